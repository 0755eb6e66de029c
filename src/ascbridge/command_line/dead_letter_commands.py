"""The commands about dead letters: list them, by cause too, send many again, watch that, hold it still, end it.

They ask the running bridge, which alone writes its database and does the work.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

if TYPE_CHECKING:
    from collections.abc import Mapping

dead_letter_commands = typer.Typer(
    invoke_without_command=True,
    help="List what was given up on; send it again, many at a time.",
)

RunId = Annotated[str, typer.Argument(metavar="RUN", help="From `ascbridge dead-letters runs`.")]
Consumer = Annotated[str, typer.Option(help="A reader: translator, discharge or record.")]
Cause = Annotated[str, typer.Option(help="The cause, as `ascbridge dead-letters groups` says it.")]
Feed = Annotated[str, typer.Option(help="A feed's name.")]
LONG_S = 60


@dead_letter_commands.callback()
def dead_letters(
    context: typer.Context, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080"
) -> None:
    """List what was given up on: id, consumer, message, cause; exit code 1 if there is any."""
    if context.invoked_subcommand is not None:
        return
    from ascbridge.operations import asking

    with answered():
        count = asking.dead_letters(bridge_at(data_dir, http), typer.echo)
    raise typer.Exit(1 if count else 0)


@dead_letter_commands.command()
def groups(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List them by cause: reader, feed, place, letters, people, oldest, cause, what to do; 1 if there is any."""
    from ascbridge.web.wording import iso

    found = _ask(data_dir, http, "dead-letters/groups")
    for one in found:
        many = (f"{one['count']} letters", f"{one['people']} people", iso(one["first_ms"]))
        said = (
            one["consumer"],
            one["feed"] or "-",
            one["place"] or "-",
            *many,
            one["cause"],
            one["what_to_do"],
        )
        typer.echo("\t".join(said))
    raise typer.Exit(1 if found else 0)


@dead_letter_commands.command("send-again")
def send_again(
    consumer: Consumer = "",
    cause: Cause = "",
    feed: Feed = "",
    messages: Annotated[
        list[str] | None,
        typer.Option("--message", help="A message whose dead letters are meant; several times."),
    ] = None,
    rate: Annotated[int, typer.Option(min=1, max=5_000, help="Most letters a second.")] = 50,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many, and how some of them would go.")
    ] = False,
    why: Annotated[str, typer.Option(help="Written into the audit.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Send many again, each in its person's order; news goes first, and it goes on after a restart."""
    if not (consumer or cause or feed or messages):
        typer.echo("Say which: --consumer, --cause, --feed or --message.", err=True)
        raise typer.Exit(2)
    if not dry_run and not why.strip():
        typer.echo("Say why: --why. Try --dry-run first.", err=True)
        raise typer.Exit(2)
    body = {
        "consumer": consumer, "cause": cause, "feed": feed, "messages": messages or [], "per_second": rate,
        "dry_run": dry_run, "why": why,
    }  # fmt: skip
    found = _ask(data_dir, http, "replays", body)
    for one in found["sample"]:
        goes = f"would fail again: {one['fails']}" if one["fails"] else "would go through"
        typer.echo("\t".join((one["dead_id"], goes, f"{len(one['events'])} events")))
    if found["run"] is None:
        typer.echo(f"{found['letters']} dead letters; nothing was begun")
    else:
        _tell(found["run"])


@dead_letter_commands.command()
def runs(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List what is sent again: id, state, how far, rate, given up again, which, by whom; 1 while one is under way."""
    found = _ask(data_dir, http, "replays")
    for run in found:
        _tell(run)
    raise typer.Exit(1 if any(run["state"] == "running" for run in found) else 0)


@dead_letter_commands.command()
def pause(run: RunId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Hold a run still where it is."""
    _tell(_ask(data_dir, http, f"replays/{run}/pause", {}))


@dead_letter_commands.command()
def resume(run: RunId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Let a paused run go on where it is."""
    _tell(_ask(data_dir, http, f"replays/{run}/resume", {}))


@dead_letter_commands.command()
def stop(run: RunId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """End a run for good; the rest stay dead letters."""
    _tell(_ask(data_dir, http, f"replays/{run}/stop", {}))


def _ask(data_dir: Path, http: str, path: str, body: Mapping[str, object] | None = None) -> Any:
    with answered():
        bridge = bridge_at(data_dir, http)
        return bridge.get(path) if body is None else bridge.post(path, body, timeout_s=LONG_S)


def _tell(run: Mapping[str, Any]) -> None:
    far = f"{run['sent']} of {run['letters']} letters"
    which = ", ".join(one for one in (run["cause"], run["feed"], run["consumer"]) if one)
    which = which or f"{run['messages']} messages"
    values = (run["run_id"], run["state"], far, f"{run['per_second']}/s", f"{run['again']} given up again")
    typer.echo("\t".join((*values, which, run["asked_by"])))

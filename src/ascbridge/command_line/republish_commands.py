"""The commands that publish people to the shared record again: begin, see how far it is, pause, go on, stop.

They ask the running bridge, which alone writes its database and does the work.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

if TYPE_CHECKING:
    from collections.abc import Mapping

republish_commands = typer.Typer(
    no_args_is_help=True, help="Publish people to the shared record again, at a bounded rate."
)

RunId = Annotated[str, typer.Argument(metavar="RUN", help="From `ascbridge republish status`.")]
COUNT_S = 600
"""How long the bridge may take to count everybody."""


@republish_commands.command()
def start(
    people: Annotated[
        list[str] | None, typer.Argument(metavar="[PERSON]...", help="Person ids or patient keys.")
    ] = None,
    authority: Annotated[str, typer.Option(help="Everybody whom this source has, such as RKB.")] = "",
    sent_since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Of whom something was sent since: 2026-11-22T02:00Z.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody.")] = False,
    what: Annotated[
        str,
        typer.Option(help="differing (from what was sent), looked-at (at the FHIR server), or everything."),
    ] = "differing",
    rate: Annotated[int, typer.Option(min=1, max=1_000, help="Most people a second.")] = 20,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many people that is.")] = False,
    why: Annotated[str, typer.Option(help="Written into the audit.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Begin: one person, those whom a source has, those sent since a time, or all. It goes on after a restart."""
    if sum((bool(people), bool(authority), sent_since is not None, everybody)) != 1:
        typer.echo("Say whom: PERSON..., --authority, --sent-since or --all, one of them.", err=True)
        raise typer.Exit(2)
    body = {
        "people": people or [], "authority": authority, "sent_since": sent_since, "everybody": everybody,
        "what": what, "per_second": rate, "dry_run": dry_run, "why": why,
    }  # fmt: skip
    found = _ask(data_dir, http, "", body)
    if found["run"] is None:
        typer.echo(f"{found['people']} people; nothing was begun")
    else:
        _tell(found["run"])


@republish_commands.command()
def status(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List the latest runs: id, state, how far, at what rate, what of them, by whom; 1 while one is under way."""
    found = _ask(data_dir, http, "")
    for run in found:
        _tell(run)
    raise typer.Exit(1 if any(run["state"] == "running" for run in found) else 0)


@republish_commands.command("not-taken")
def not_taken(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List people whom the record refused, or who cannot be sent: id, tries, why; 1 if there is any."""
    found = _ask(data_dir, http, "/not-taken")
    for one in found:
        typer.echo("\t".join((one["person_id"], one["sink"], f"{one['tries']} tries", one["cause"])))
    raise typer.Exit(1 if found else 0)


@republish_commands.command()
def pause(run: RunId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Hold a run still where it is."""
    _tell(_ask(data_dir, http, f"/{run}/pause", {}))


@republish_commands.command()
def resume(run: RunId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Let a paused run go on where it is."""
    _tell(_ask(data_dir, http, f"/{run}/resume", {}))


@republish_commands.command()
def stop(run: RunId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """End a run for good; who was marked is sent all the same."""
    _tell(_ask(data_dir, http, f"/{run}/stop", {}))


def _ask(data_dir: Path, http: str, path: str, body: Mapping[str, object] | None = None) -> Any:
    where = f"republish{path}"
    with answered():
        bridge = bridge_at(data_dir, http)
        return bridge.get(where) if body is None else bridge.post(where, body, timeout_s=COUNT_S)


def _tell(run: Mapping[str, Any]) -> None:
    far = f"{run['marked']} of {run['people']} people"
    values = (run["run_id"], run["state"], far, f"{run['per_second']}/s", run["what"], run["asked_by"])
    typer.echo("\t".join(values))

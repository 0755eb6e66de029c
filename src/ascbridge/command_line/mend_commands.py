"""The commands that mend a message: open it, change it and see what would follow, let it take effect, refuse it.

They ask the running bridge, whose rules they go by: a second person, another account of this machine, must agree to
what changes whom a message is about.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

if TYPE_CHECKING:
    from collections.abc import Mapping

mend_commands = typer.Typer(
    no_args_is_help=True, help="Mend a message that became a dead letter, after a dry-run."
)

DeadId = Annotated[str, typer.Argument(metavar="DEAD_ID", help="From `ascbridge dead-letters`.")]
ChangeId = Annotated[str, typer.Argument(metavar="CHANGE", help="From `ascbridge mend change` or `waiting`.")]
Why = Annotated[str, typer.Option(help="Written into the audit; no names or numbers of people.")]
LONG_S = 60


@mend_commands.command("open")
def open_(
    dead_id: DeadId,
    why: Why,
    text: Annotated[bool, typer.Option("--text", help="The whole message, to be edited.")] = False,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Show each place and what stands there; what may name somebody by its shape alone."""
    found = _ask(data_dir, http, f"dead-letters/{dead_id}/open", {"why": why})
    if text:
        typer.echo(found["text"])
        return
    if fault := found["fault"]:
        typer.echo(f"at fault\t{fault['place']}\t{fault['found']}\twanted: {fault['wanted']}\t{fault['row']}")
    for one in found["parts"]:
        typer.echo(f"{one['place']}\t{one['shown']}")


@mend_commands.command()
def change(
    dead_id: DeadId,
    why: Why,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PLACE=VALUE", help="Such as PV1-36=21; several times."),
    ] = None,
    asked: Annotated[
        list[str] | None,
        typer.Option("--ask", metavar="PLACE", help="Ask for the value, so that it stands in no history."),
    ] = None,
    text: Annotated[
        Path | None, typer.Option(help="A file with the whole text, as `mend open --text` gave it.")
    ] = None,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Try a change out and say what would follow; nothing takes effect. Exit code 1 where it cannot be read even so."""
    said = dict(one.partition("=")[::2] for one in values or ())
    said |= {place: typer.prompt(place, err=True, hide_input=True) for place in asked or ()}
    if bool(said) == (text is not None):
        typer.echo("Give --set or --ask, or --text.", err=True)
        raise typer.Exit(2)
    body = {"why": why, "values": said, "text": "" if text is None else text.read_text()}
    _tell(_ask(data_dir, http, f"dead-letters/{dead_id}/changes", body))


@mend_commands.command()
def waiting(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List changes that wait for a decision: id, by whom, feed, places, what it needs; exit code 1 if there is any."""
    found = _ask(data_dir, http, "changes")
    for one in found:
        needs = "a second person" if one["about_whom"] else "a decision"
        typer.echo(
            "\t".join((one["mending_id"], one["made_by"], one["feed"], " ".join(one["places"]), needs))
        )
    raise typer.Exit(1 if found else 0)


@mend_commands.command()
def show(wanted: ChangeId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Say what a change is, what would follow, and what became of it."""
    _tell(_ask(data_dir, http, f"changes/{wanted}"))


@mend_commands.command("try-again")
def try_again(wanted: ChangeId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Try a change out again, against how everything stands now."""
    _tell(_ask(data_dir, http, f"changes/{wanted}/try-again", {}))


@mend_commands.command("take-effect")
def take_effect(wanted: ChangeId, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Let a change take effect where what its dry-run said still holds; exit code 1 where that moved."""
    found = _ask(data_dir, http, f"changes/{wanted}/take-effect", {})
    typer.echo(
        "mended" if found["came"] == "mended" else "something changed meanwhile; this would follow now:"
    )
    if found["came"] != "mended":
        _tell(found["change"])
        raise typer.Exit(1)


@mend_commands.command()
def refuse(
    wanted: ChangeId, why: Why, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080"
) -> None:
    """Refuse a change, or take back one's own."""
    typer.echo(_ask(data_dir, http, f"changes/{wanted}/refuse", {"why": why})["state"])


def _ask(data_dir: Path, http: str, path: str, body: Mapping[str, object] | None = None) -> Any:
    with answered():
        bridge = bridge_at(data_dir, http)
        return bridge.get(path) if body is None else bridge.post(path, body, timeout_s=LONG_S)


def _tell(one: Mapping[str, Any]) -> None:
    said = one["foreseen"]
    needs = ", a second person must agree" if one["about_whom"] and one["state"] == "asked" else ""
    typer.echo(f"{one['mending_id']}\t{one['state']}{needs}\t{' '.join(one['places'])}")
    if said["refused"]:
        typer.echo(f"refused\t{said['refused']}")
    for event in said["events"]:
        typer.echo(f"event\t{event['event_type']}\t{', '.join(event['says'])}")
    for kind in ("whom", "decisions", "tasks", "resources"):
        for then in said[kind]:
            typer.echo(f"{kind}\t{then['what']}\t{then['before'] or 'none'}\t{then['after'] or 'none'}")
    if said["refused"]:
        raise typer.Exit(1)

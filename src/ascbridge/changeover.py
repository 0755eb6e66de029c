"""The commands of a cut-over, when one case system takes over from another: they ask the running bridge."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ascbridge import config

if TYPE_CHECKING:
    from ascbridge.operations.asking import Asking

cutover_commands = typer.Typer(
    no_args_is_help=True, help="Change from one case system to the next, event type by event type."
)

LONG_S = 600
_COLUMNS = {"kind": "kind", "old_id": "old", "new_id": "new"}

DataDir = Annotated[Path, typer.Option(help="Where databases, keys and sockets are kept.")]
Http = Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the running bridge serves its pages.")]
EventTypes = Annotated[
    list[str], typer.Argument(metavar="EVENT-TYPE...", help="review, package, worker... or all.")
]
Why = Annotated[str, typer.Option(help="Written into the audit.")]
Anyway = Annotated[
    bool, typer.Option("--anyway", help="Also where something stands against it, which is then recorded.")
]


@cutover_commands.command()
def status(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Say which feed is heard of each event type; 1 where no cut-over is set up."""
    found = _answer(lambda bridge: bridge.get("cutover"), data_dir, http)
    if not found["old"]:
        typer.echo("no cut-over is set up: name its feeds in the settings, as cutover.old and cutover.new")
        raise typer.Exit(1)
    for one in found["heard"]:
        typer.echo(f"{one['word']}\t{one['live']}\t{'switched' if one['since_ms'] else 'as it was'}")


@cutover_commands.command()
def switch(
    event_types: EventTypes,
    to: Annotated[str, typer.Option(help="The feed that is to be heard.")],
    why: Why,
    anyway: Anyway = False,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Hear these event types from another feed from now on; recorded, and taken back with `back`."""
    _switch({"event_types": event_types, "to": to, "why": why, "anyway": anyway}, data_dir, http)


@cutover_commands.command()
def back(
    event_types: EventTypes,
    why: Why,
    anyway: Anyway = False,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Hear these event types from the old system again."""
    old = _answer(lambda bridge: bridge.get("cutover"), data_dir, http)["old"]
    _switch({"event_types": event_types, "to": old, "why": why, "anyway": anyway}, data_dir, http)


@cutover_commands.command()
def crosswalk(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns kind, old_id, new_id.", exists=True, dir_okay=False)
    ],
    why: Why,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Load which of the new system's numbers stands for which old one; 1 where a row waits or was not changed."""
    with file.open(newline="", encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    if not rows or not set(_COLUMNS) <= rows[0].keys():
        typer.echo(f"{file.name}: wants rows with the columns {', '.join(_COLUMNS)}", err=True)
        raise typer.Exit(2)
    wanted = {
        "rows": [{ours: (row[column] or "").strip() for column, ours in _COLUMNS.items()} for row in rows],
        "why": why,
    }
    found = _answer(lambda bridge: bridge.post("cutover/crosswalk", wanted, timeout_s=LONG_S), data_dir, http)
    typer.echo(f"{found['rows']} rows loaded, {found['already']} were there already")
    if found["not_heard_of"]:
        typer.echo(f"{found['not_heard_of']} persons nobody has heard of yet: load it again later")
    for one in found["in_use"]:
        typer.echo(f"not changed, it is in use\t{one}")
    raise typer.Exit(1 if found["not_heard_of"] or found["in_use"] else 0)


def _switch(wanted: dict[str, object], data_dir: Path, http: str) -> None:
    for one in _answer(lambda bridge: bridge.post("cutover/switches", wanted), data_dir, http):
        against = f"\tagainst advice: {one['against']}" if one["against"] else ""
        typer.echo(f"{one['event_type']}\tnow from {one['live']}, {one['other']} in shadow{against}")


def _answer(ask: Any, data_dir: Path, http: str) -> Any:
    """What the running bridge answers, asked as IT operations; where it does not, say why and stop with exit code 1."""
    from ascbridge.bootstrap import commands
    from ascbridge.operations.asking import Asking, NotAnswered

    try:
        token = commands.mint_token(config.load(None, data_dir=data_dir), "it-operations")
    except (OSError, ValueError, config.ConfigError) as fault:
        typer.echo(f"No token: {fault}. Is {data_dir} the data directory of a running bridge?", err=True)
        raise typer.Exit(1) from None
    bridge: Asking = Asking(f"http://{http}", token)
    try:
        return ask(bridge)
    except NotAnswered as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None

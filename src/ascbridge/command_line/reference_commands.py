"""The commands about reference data: check files, see what would change, load, take back, list, what nobody agreed to.

All but `check` ask the running bridge, which alone writes its database.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ascbridge.calendars import LONDON
from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ascbridge.reference.agreement import ListFile

reference_commands = typer.Typer(
    no_args_is_help=True, help="Lists that change by date: teams, hours, providers..."
)

File = Annotated[Path, typer.Argument(help="A list, as TOML.", exists=True, dir_okay=False)]
Why = Annotated[str, typer.Option(help="Written into the audit.")]


@reference_commands.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Lists, as TOML.", exists=True, dir_okay=False)],
    owner_team: Annotated[str, typer.Option(help="As in the settings.")] = "Community Discharge Team",
) -> None:
    """Say every fault in these files, and whether they fit together with what ships; no bridge is needed."""
    from ascbridge.operations.changing import reference_lists
    from ascbridge.reference.list_files import BadList

    sound, read = True, []
    for path in files:
        try:
            found = reference_lists.checked(_text(path))
        except BadList as fault:
            sound = False
            for line in fault.lines:
                typer.echo(f"FAULT {path}: {line}")
        else:
            read.append(found)
            typer.echo(f"ok    {path}: {_about(found)}")
    for line in reference_lists.fits(read, owner_team, round(time.time() * 1000)) if sound else ():
        sound = False
        typer.echo(f"FAULT together: {line}")
    raise typer.Exit(0 if sound else 1)


@reference_commands.command()
def diff(file: File, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Say what loading a list would change against what is in force, and change nothing."""
    _tell(_ask(data_dir, http, "difference", {"text": _text(file)}), "would hold")


@reference_commands.command()
def load(file: File, why: Why = "", data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Load a list: it holds from its day on, without a restart."""
    _tell(_ask(data_dir, http, "load", {"text": _text(file), "why": why}), "holds")


@reference_commands.command("take-back")
def take_back(
    kind: Annotated[str, typer.Argument(help="The list, such as service-hours.")],
    version: Annotated[int, typer.Argument(help="Which of its versions.")],
    why: Why = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Let a loaded version hold no longer; what was decided by it stays."""
    left = _ask(data_dir, http, f"{kind}/{version}/take-back", {"why": why})
    typer.echo(f"{kind}@{version} holds no longer; {kind}@{left['version']} is in force")


@reference_commands.command("list")
def list_(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List every version of every list: state, from, until, by whom it was loaded."""
    for one in _ask(data_dir, http, ""):
        times = [_when(one["begins_ms"]) if one["loaded_ms"] else "always", _when(one["until_ms"])]
        values = [f"{one['kind']}@{one['version']}", one["state"], *times, one["loaded_by"] or "ships"]
        typer.echo("\t".join([*values, f"{one['not_agreed']} not agreed"]))


@reference_commands.command("not-agreed")
def not_agreed(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List every value in force that nobody has agreed to; exit code 1 if there is any."""
    found = _ask(data_dir, http, "not-agreed")
    for one in found:
        mark = "not known" if one["not_known"] else "not agreed"
        typer.echo("\t".join((f"{one['kind']}@{one['version']}", mark, one["what"], one["source"])))
    raise typer.Exit(1 if found else 0)


def _ask(data_dir: Path, http: str, path: str, body: Mapping[str, object] | None = None) -> Any:
    where = f"reference/{path}".rstrip("/")
    with answered():
        bridge = bridge_at(data_dir, http)
        return bridge.get(where) if body is None else bridge.post(where, body)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        typer.echo(f"{path}: cannot be read: {fault}", err=True)
        raise typer.Exit(2) from None


def _about(found: ListFile) -> str:
    values = len(list(found.not_agreed()))
    until = f" to {found.effective_to}" if found.effective_to else ""
    return (
        f"{found.ident}, {len(found.things())} entries, from {found.effective_from}{until}, "
        f"{values} not agreed or not known"
    )


def _tell(plan: Mapping[str, Any], holds: str) -> None:
    ident, until = f"{plan['kind']}@{plan['version']}", plan["until_ms"]
    typer.echo(
        f"{ident} {holds} from {_when(plan['begins_ms'])}" + (f" until {_when(until)}" if until else "")
    )
    for one in plan["differences"]:
        typer.echo(f"{one['how']}: {one['what']}" + (f" ({one['words']})" if one["words"] else ""))
    if not plan["differences"]:
        typer.echo(f"nothing differs from {plan['kind']}@{plan['before']}")
    for note in plan["notes"]:
        typer.echo(f"note: {note}")


def _when(at_ms: int | None) -> str:
    return "-" if at_ms is None else f"{datetime.fromtimestamp(at_ms / 1000, LONDON):%Y-%m-%d %H:%M}"

"""The commands that show alerts, say that somebody has one, and plan work during which nobody is written to.

They ask the running bridge, so that roles are checked and what is done is audited.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ascbridge.calendars import LONDON
from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

maintenance_commands = typer.Typer(
    no_args_is_help=True, help="Planned work: nobody is told what is wrong with it meanwhile."
)
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As the list has it.")]


def alerts(
    over: Annotated[
        bool, typer.Option("--over", help="Those that ended last instead.")
    ] = False,  # an option of the command line
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """List what is wrong now: number, state, since, what, who has it, runbook; exit code 1 if anything is."""
    from ascbridge.web.wording import iso

    with answered():
        found = bridge_at(data_dir, http).get("alerts", over="true" if over else "false")
    for one in found:
        has = one["acknowledged_by"] or "nobody yet"
        values = (str(one["number"]), one["state"], iso(one["since_ms"]), one["text"], has, one["runbook"])
        typer.echo("\t".join(values))
    if not found:
        typer.echo("Nothing is wrong.")
    raise typer.Exit(1 if found and not over else 0)


def acknowledge(
    number: Number,
    reason: Annotated[str, typer.Option(help="What is done about it; it names no patient.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Say that somebody has an alert: nobody else is written to about it."""
    with answered():
        found = bridge_at(data_dir, http).post(f"alerts/{number}/acknowledge", {"why": reason})
    typer.echo(f"{found['text']}: {found['acknowledged_by']} has it.")


@maintenance_commands.command("list")
def list_(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List planned work: number, what, from, until, by whom, why."""
    with answered():
        _tell(bridge_at(data_dir, http).get("maintenance"))


@maintenance_commands.command("plan")
def plan(
    reason: Annotated[str, typer.Option(help="Why; it names no patient.")],
    minutes: Annotated[int, typer.Option(help="For how long.")],
    about: Annotated[
        str, typer.Argument(metavar="WHAT", help="all, feed:NAME, sink:NAME or service:NAME.")
    ] = "all",
    begins: Annotated[
        str, typer.Option(help="When, on Coventry's clock: 2026-11-22T22:00; without it, now.")
    ] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Plan work: what is wrong with it meanwhile is written down, and nobody is told until it ends."""
    body: dict[str, object] = {"about": about, "minutes": minutes, "why": reason}
    if begins:
        try:
            at = datetime.fromisoformat(begins).replace(tzinfo=LONDON)
        except ValueError:
            typer.echo(f"{begins!r} is no time such as 2026-11-22T22:00", err=True)
            raise typer.Exit(2) from None
        body["begins_ms"] = round(at.timestamp() * 1000)
    with answered():
        _tell(bridge_at(data_dir, http).post("maintenance", body))


@maintenance_commands.command("end")
def end(number: Number, data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """End planned work before its time: what is still wrong is told."""
    with answered():
        _tell(bridge_at(data_dir, http).post(f"maintenance/{number}/end"))


def _tell(found: list[dict[str, Any]]) -> None:
    from ascbridge.web.wording import iso

    for one in found:
        values = (
            str(one["number"]),
            one["about"],
            iso(one["from_ms"]),
            iso(one["until_ms"]),
            one["who"],
            one["why"],
        )
        typer.echo("\t".join(values))
    if not found:
        typer.echo("No work is planned.")

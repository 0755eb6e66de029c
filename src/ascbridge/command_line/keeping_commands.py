"""The commands about what is kept and what goes: what retention did, and legal holds, which keep from it.

They ask the running bridge, so that roles are checked and what is done is audited.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

hold_commands = typer.Typer(
    no_args_is_help=True, help="Legal holds: what must not be erased or removed while they stand."
)
Why = Annotated[str, typer.Option(help="A case number, no names; written into the audit.")]
GOVERNANCE = "information-governance"


def retention(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List what is removed once it is resolved, and what the last round of each kind came to; 1 where one failed."""
    from ascbridge.web.wording import iso

    with answered():
        found = bridge_at(data_dir, http).get("retention")
    for one in found:
        counts = [str(one[name]) for name in ("removed", "unresolved", "on_hold", "in_touch", "removed_ever")]
        days = "-" if one["days"] is None else str(one["days"])
        ended = iso(one["ended_ms"]) if one["ended_ms"] else "none yet"
        typer.echo("\t".join([one["kind"], days, ended, *counts, one["fault"] or "-"]))
    raise typer.Exit(1 if any(one["fault"] for one in found) else 0)


@hold_commands.command("list")
def list_(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List the holds that stand: id, kind, about, since, until, by whom, why."""
    with answered():
        found = bridge_at(data_dir, http, GOVERNANCE).get("holds", part="settle")
    for one in found:
        _say(one)


@hold_commands.command()
def place(
    kind: Annotated[str, typer.Argument(help="person or message.")],
    about: Annotated[str, typer.Argument(help="A person's id, or a message's.")],
    why: Why,
    until: Annotated[str, typer.Option(help="The day on which somebody must look again: 2027-03-31.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Place a hold. It never lapses by itself."""
    try:
        day = datetime.strptime(until, "%Y-%m-%d").date() if until else None  # noqa: DTZ007  # a day; its zone is below
    except ValueError:
        typer.echo(f"there is no day such as {until}: write it as 2027-03-31", err=True)
        raise typer.Exit(2) from None
    said: dict[str, object] = {"kind": kind, "about": about, "why": why}
    if day is not None:
        said["until"] = datetime.combine(day, time(12), UTC).isoformat()
    with answered():
        _say(bridge_at(data_dir, http, GOVERNANCE).post("holds", said, part="settle"))


@hold_commands.command()
def end(
    hold: Annotated[str, typer.Argument(help="Its id, as the list has it.")],
    why: Why,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """End a hold: what was approved to be erased meanwhile is erased within seconds."""
    with answered():
        path = f"holds/{quote(hold, safe='')}/end"
        left = bridge_at(data_dir, http, GOVERNANCE).post(path, {"why": why}, part="settle")
    typer.echo(f"ended; {len(left)} stand")


def _say(one: dict[str, object]) -> None:
    from ascbridge.web.wording import iso

    until = one["until_ms"]
    when = (iso(int(str(one["since_ms"]))), iso(int(str(until))) if until else "-")
    typer.echo(
        "\t".join(map(str, [one["hold_id"], one["kind"], one["about"], *when, one["who"], one["why"]]))
    )

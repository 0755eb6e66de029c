"""The commands that stop a feed, a sink or a family of events on purpose, and let it go on.

They ask the running bridge, so that roles are checked and what is done is audited. It holds over restarts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

Kind = Annotated[str, typer.Argument(metavar="KIND", help="feed, sink or family.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As on the flow map: itk-v24, icr, discharge...")]
Reason = Annotated[str, typer.Option(help="Why; it stands on every page, so it names no patient.")]
Ring = Annotated[str, typer.Option(help="Whom to ring about it; it stands on every page.")]


def pauses(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List what is stopped: kind, name, how, since, by whom, people waiting, why; exit code 1 if anything is."""
    with answered():
        found = bridge_at(data_dir, http).get("pauses")
    _tell(found)
    raise typer.Exit(1 if found else 0)


def pause(
    kind: Kind,
    name: Name,
    reason: Reason,
    ring: Ring = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Stop working on a feed or family, or sending to a sink; what comes is kept and waits."""
    _stop(data_dir, http, {"kind": kind, "name": name, "mode": "pause", "why": reason, "ring": ring})


def drain(
    name: Annotated[str, typer.Argument(metavar="FEED", help="A feed, as on the flow map.")],
    reason: Reason,
    ring: Ring = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Take nothing new of a feed, and work off what is kept: its sender keeps the rest."""
    _stop(data_dir, http, {"kind": "feed", "name": name, "mode": "drain", "why": reason, "ring": ring})


def resume(
    kind: Kind,
    name: Name,
    reason: Reason,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Let it go on; what waits is worked off in its order."""
    with answered():
        _tell(bridge_at(data_dir, http).post(f"pauses/{kind}/{name}/resume", {"why": reason}))


def _stop(data_dir: Path, http: str, body: dict[str, object]) -> None:
    with answered():
        _tell(bridge_at(data_dir, http).post("pauses", body))


def _tell(found: list[dict[str, Any]]) -> None:
    from ascbridge.web.wording import iso

    for one in found:
        people = f"{one['people']} people waiting"
        values = (one["kind"], one["name"], one["mode"], iso(one["since_ms"]), one["who"], people, one["why"])
        typer.echo("\t".join(values))
    if not found:
        typer.echo("Nothing is stopped.")

"""The commands about the hourly ledger: show what is missing, verify the chain, export it.

`verify FILE` needs no bridge: whoever was given an export proves it alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from ascbridge.command_line.options import DataDir, Http, answered, bridge_at

ledger_commands = typer.Typer(
    no_args_is_help=True, help="The hourly ledger: that nothing was lost, feed by feed."
)


@ledger_commands.command()
def show(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Say what is missing, one line each; exit code 1 if anything is."""
    from ascbridge.operations import asking

    with answered():
        missing = asking.missing(bridge_at(data_dir, http), typer.echo)
    raise typer.Exit(1 if missing else 0)


@ledger_commands.command()
def export(
    file: Annotated[
        Path, typer.Argument(help="Where to write it, as JSON lines; - is standard output.")
    ] = Path("-"),
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Write every entry, one JSON object a line, and last the head of the chain with its signature."""
    from ascbridge.operations import asking

    with answered():
        lines = [orjson.dumps(one) + b"\n" for one in asking.ledger_lines(bridge_at(data_dir, http))]
    if str(file) == "-":
        sys.stdout.buffer.writelines(lines)
    else:
        file.write_bytes(b"".join(lines))
        typer.echo(f"{len(lines) - 1} entries in {file}")


@ledger_commands.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An export; without one the running bridge is asked.")
    ] = None,
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """See that no entry was changed, taken out or moved; exit code 1 and where, if one was. A file is proved alone."""
    from ascbridge.operations import asking
    from ascbridge.operations.flowing import ledger_file

    if file is not None:
        try:
            lines = ledger_file.read(file.read_bytes())
        except ValueError as fault:
            typer.echo(f"{file} is no export of a ledger: {fault}", err=True)
            raise typer.Exit(1) from None
    else:
        with answered():
            lines = asking.ledger_lines(bridge_at(data_dir, http))
    flaws = ledger_file.flaws(lines)
    for flaw in flaws:
        typer.echo(flaw)
    if flaws:
        raise typer.Exit(1)
    typer.echo(f"{len(lines) - 1} entries, the chain holds; head {lines[-1]['head']}")

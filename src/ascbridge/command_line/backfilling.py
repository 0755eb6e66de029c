"""The commands that look after history on its way in: how far it is, hold it still, let it go on.

They look at its folders and need no running bridge: what they say and do stands there as files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import typer

from ascbridge import config
from ascbridge.command_line.options import Config, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

backfill_commands = typer.Typer(no_args_is_help=True, help="History on its way in, behind what is live.")


@backfill_commands.command()
def status(config_file: Config = None) -> None:
    """Say how far the history in each folder is; 1 where files still wait or are read."""
    from ascbridge.intake.doors import history_drop

    left = 0
    for name, folder in _folders(config_file):
        files = sorted(history_drop.files_in(folder))
        left += len(files)
        held = (
            "paused" if (folder / history_drop.PAUSE).exists() else "under way" if files else "nothing waits"
        )
        typer.echo(f"{name}\t{held}\t{len(files)} files\t{folder}")
        told = folder / history_drop.PROGRESS
        if told.exists():
            one = orjson.loads(told.read_bytes())
            became = ", ".join(f"{one[what]} {what}" for what in ("kept", "duplicate", "refused"))
            typer.echo(
                f"\t{one['file']}\t{one['state']}\tline {one['lines']}: {became}\t{one['lines_a_second']} lines/s"
            )
    raise typer.Exit(1 if left else 0)


@backfill_commands.command()
def pause(config_file: Config = None) -> None:
    """Hold all history still, from its next portion on; a restart changes nothing of it."""
    from ascbridge.intake.doors import history_drop

    for name, folder in _folders(config_file):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / history_drop.PAUSE).touch()
        typer.echo(f"{name}\tpaused")


@backfill_commands.command()
def resume(config_file: Config = None) -> None:
    """Let all history go on where it is."""
    from ascbridge.intake.doors import history_drop

    for name, folder in _folders(config_file):
        (folder / history_drop.PAUSE).unlink(missing_ok=True)
        typer.echo(f"{name}\tgoes on")


def _folders(config_file: Path | None) -> Iterator[tuple[str, Path]]:
    """Give every folder that a feed of history writes to; without one, say so and stop with exit code 2."""
    from ascbridge.bootstrap.parts import settled
    from ascbridge.intake.agreed import profiles

    settings = settings_of(config_file)
    try:
        folders = settled.council_folders(settings)
        found = {name: one.folder for name, one in folders.items() if profiles.read(one.profile).feed.history}
    except config.ConfigError as fault:
        typer.echo(f"These settings cannot be used:\n{fault}", err=True)
        raise typer.Exit(2) from None
    if not found:
        typer.echo("no folder of the settings brings history: give one a profile with feed.history", err=True)
        raise typer.Exit(2)
    yield from found.items()

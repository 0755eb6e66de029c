"""The commands that keep a bridge safe: back-up, restore, and what follows the restore of a shared database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ascbridge.command_line.options import Config, MaybeDataDir, settings_of

Erasures = Annotated[
    Path | None, typer.Option(help="The journal of erasures that `erasures_file` kept: they are done again.")
]


def backup(
    folder: Annotated[Path, typer.Argument(help="Where to make it; must not be there yet.")],
    data_dir: MaybeDataDir = None,
    config_file: Config = None,
    with_key: Annotated[
        bool,
        typer.Option("--with-key", help="Put the master key and other secrets in too; else keep them apart."),
    ] = False,
) -> None:
    """Back up one machine, running or not: databases, settings, profiles and certificates with a signed manifest of
    their sums. On PostgreSQL, which has tools of its own, all but the database.
    """
    from ascbridge.bootstrap.backups import backing_up, manifest

    try:
        lines = backing_up.back_up(
            settings_of(config_file, data_dir=data_dir), folder, with_key=with_key, config_file=config_file
        )
    except manifest.BackupFault as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    for line in lines:
        typer.echo(line)


def restore(
    folder: Annotated[Path, typer.Argument(help="The back-up.")],
    data_dir: MaybeDataDir = None,
    config_file: Config = None,
    key: Annotated[Path | None, typer.Option(help="The master key, where the back-up has none.")] = None,
    erasures: Erasures = None,
    check: Annotated[bool, typer.Option("--check", help="Only see that it is whole and opens.")] = False,
    setup: Annotated[
        bool, typer.Option("--setup", help="Put settings, profiles and certificates back where they stood.")
    ] = False,
) -> None:
    """Put a back-up of one machine back, into an empty folder; starts nothing."""
    from ascbridge.bootstrap.backups import manifest, restoring

    settings = settings_of(config_file, data_dir=data_dir)
    try:
        if check:
            lines = restoring.check(folder, settings, key_file=key)
        else:
            lines = restoring.restore(folder, settings, key_file=key, erasures=erasures, with_setup=setup)
    except manifest.BackupFault as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    for line in lines:
        typer.echo(line)


def after_restore(config_file: Config = None, erasures: Erasures = None) -> None:
    """Take up a PostgreSQL database that was restored from a back-up, before any service is started on it."""
    from ascbridge.bootstrap.backups import after_restore as taking
    from ascbridge.bootstrap.backups import manifest

    try:
        lines = asyncio.run(taking.take_up(settings_of(config_file), erasures))
    except manifest.BackupFault as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    for line in lines:
        typer.echo(line)

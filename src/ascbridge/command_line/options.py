"""What commands have in common: their options, the settings that they load, and the running bridge that they ask."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ascbridge import config
from ascbridge.config_sections import HostPort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.operations.asking import Asking

DataDir = Annotated[Path, typer.Option(help="Where databases, keys and sockets are kept.")]
MaybeDataDir = Annotated[
    Path | None, typer.Option(help="Where databases and keys are; default: as the settings say.")
]
Config = Annotated[Path | None, typer.Option("--config", help="Settings, as TOML.")]
Http = Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the running bridge serves its pages.")]


def settings_of(path: Path | None, **overrides: object) -> config.Settings:
    """Load settings, or tell every fault and stop with exit code 2."""
    try:
        return config.load(path, **{k: v for k, v in overrides.items() if v is not None})
    except config.ConfigError as fault:
        typer.echo(f"These settings cannot be used:\n{fault}", err=True)
        raise typer.Exit(2) from None


def address_of(text: str | None) -> dict[str, object] | None:
    """Read HOST:PORT as settings hold it, or say what is wrong with it and stop with exit code 2."""
    if text is None:
        return None
    try:
        return HostPort.parse(text).model_dump()
    except ValueError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None


def bridge_at(data_dir: Path, http: str, role: str = "it-operations") -> Asking:
    """A running bridge, to be asked by `role`; without a key to sign with, say so and stop with exit code 1."""
    from ascbridge.bootstrap import commands
    from ascbridge.operations.asking import Asking

    try:
        token = commands.mint_token(settings_of(None, data_dir=data_dir), role)
    except (OSError, ValueError, config.ConfigError) as fault:
        typer.echo(f"No token: {fault}. Is {data_dir} the data directory of a running bridge?", err=True)
        raise typer.Exit(1) from None
    return Asking(f"http://{http}", token)


@contextlib.contextmanager
def answered() -> Iterator[None]:
    """Where the bridge does not answer, or says no, say why and stop with exit code 1."""
    from ascbridge.operations.asking import NotAnswered

    try:
        yield
    except NotAnswered as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None

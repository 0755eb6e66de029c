"""The commands that install, start and check a bridge.

Parts are imported by the command that needs them: `version` and `token` must answer at once.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from ascbridge import __version__, config
from ascbridge.bootstrap.parts.services import SERVICES
from ascbridge.command_line.options import Config, DataDir, MaybeDataDir, address_of, settings_of


def up(
    data_dir: MaybeDataDir = None,
    http: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Default: as the settings say, 127.0.0.1:8080.")
    ] = None,
    mllp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Default: as the settings say, 127.0.0.1:2575.")
    ] = None,
    feed: Annotated[str | None, typer.Option(help="Feed profile: a shipped name or a path.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that prepare what is published.")] = None,
    config_file: Config = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="Stop when standard input, a pipe, ends.")
    ] = False,
) -> None:
    """Run everything on this machine until told to stop."""
    settings = settings_of(
        config_file,
        data_dir=data_dir,
        http__address=address_of(http),
        mllp__address=address_of(mllp),
        mllp__feed=feed,
        workers=workers,
    )
    from ascbridge import supervisor

    _prepare(settings)
    raise typer.Exit(supervisor.run(settings, with_parent=with_parent))


def serve(
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
    config_file: Config = None,
) -> None:
    """Run one deployable."""
    if service not in SERVICES:
        typer.echo(f"There is no service {service!r}; there are {', '.join(SERVICES)}.", err=True)
        raise typer.Exit(2)
    settings = settings_of(config_file)
    from ascbridge import supervisor

    raise typer.Exit(supervisor.run_service(service, settings))


def migrate(
    data_dir: MaybeDataDir = None,
    config_file: Config = None,
) -> None:
    """Bring the databases to the present schema."""
    settings = settings_of(config_file, data_dir=data_dir)
    from ascbridge.bootstrap import commands

    try:
        typer.echo(f"schema {asyncio.run(commands.migrate(settings))}")
    except (OSError, config.ConfigError) as fault:
        typer.echo(f"Nothing was changed: {fault}", err=True)
        raise typer.Exit(1) from None


def topics(
    config_file: Config = None,
) -> None:
    """Create the Kafka topics that deploy/topics.toml declares, and tell where existing ones differ."""
    settings = settings_of(config_file)
    from ascbridge.bootstrap import commands

    try:
        lines = asyncio.run(commands.create_topics(settings))
    except config.ConfigError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None
    for line in lines:
        typer.echo(line)


def profile(
    name: Annotated[str, typer.Argument(help="Feed profile: a shipped name or a path.")],
    against: Annotated[
        str | None,
        typer.Option(help="Another one, such as that in use: say what differs; 1 where anything does."),
    ] = None,
) -> None:
    """Check a feed profile, and say whether it is signed and what its text's hash is, or what differs from another."""
    from ascbridge.bootstrap import commands

    try:
        if against is not None:
            lines = commands.differences(against, name)
            for line in lines:
                typer.echo(line)
            raise typer.Exit(1 if lines else 0)
        for line in commands.describe(name):
            typer.echo(line)
    except config.ConfigError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None


def token(
    role: Annotated[str, typer.Option(help="One of the roles in `access`.")],
    data_dir: DataDir = Path("data"),
    facility: Annotated[str, typer.Option(help="For role hospital: the ODS code of its sites.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="A SMART scope, such as system/Task.rs; may be given again.")
    ] = None,
    patient: Annotated[str, typer.Option(help="For patient/ scopes: the id of the person.")] = "",
    organisation: Annotated[
        str, typer.Option(help="Whose system or staff it is for; otherwise the installation's own.")
    ] = "",
) -> None:
    """Print a bearer token, valid one hour, for scripts on this machine; minting it is audited."""
    from ascbridge.access import ROLES
    from ascbridge.bootstrap import commands

    if role not in ROLES:
        typer.echo(f"There is no role {role!r}; there are {', '.join(ROLES)}.", err=True)
        raise typer.Exit(2)
    try:
        typer.echo(
            commands.mint_token(
                settings_of(None, data_dir=data_dir), role, facility, scope or (), patient, organisation
            )
        )
    except (OSError, ValueError, config.ConfigError) as fault:
        typer.echo(
            f"No token: {fault}. Is {data_dir} the data directory of a system that was started?", err=True
        )
        raise typer.Exit(1) from None


def master_key(path: Annotated[Path, typer.Argument(help="Where to make the file.")]) -> None:
    """Make a new master key file, for a bridge that holds nothing yet. Never overwrites one."""
    from ascbridge.events.logs.sealing import Keyring

    if path.exists():
        typer.echo(
            f"{path} is there already; a new key would make everything sealed with it unreadable", err=True
        )
        raise typer.Exit(1)
    Keyring.load(path, create=True)
    typer.echo(f"made {path}: back it up where the databases' back-ups are not")


def demo(
    story: Annotated[str, typer.Argument(help="Which story to play.")] = "day",
    speed: Annotated[float | None, typer.Option(help="Shown seconds in each real second.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 1,
    exit_: Annotated[bool, typer.Option("--exit", help="End with a verdict when the story is over.")] = False,
) -> None:
    """Play a hospital and council day of invented people into a running system."""
    from ascbridge.simulator.demo import run_demo

    raise typer.Exit(run_demo(story, speed=speed, seed=seed, exit_when_done=exit_))


def doctor(
    data_dir: MaybeDataDir = None,
    config_file: Config = None,
    kill_test: Annotated[
        bool,
        typer.Option(
            "--kill-test", help="Prove in a sandbox that what is installed here recovers; under four minutes."
        ),
    ] = False,
    seed: Annotated[
        int | None, typer.Option(help="With --kill-test: strike at the same moments again.")
    ] = None,
) -> None:
    """Check settings, profiles, files, keys, certificates, clock, disk and servers; say what to do about faults."""
    if kill_test:
        from ascbridge.simulator import kill_test as sandbox

        raise typer.Exit(sandbox.kill_test(typer.echo, seed=seed))
    settings = settings_of(config_file, data_dir=data_dir)
    from ascbridge.bootstrap import commands, examining

    lines, sound = commands.examine(settings)
    lines += asyncio.run(examining.look(settings))
    for line in lines:
        typer.echo(line)
    raise typer.Exit(0 if sound and not any(line.startswith("FAULT") for line in lines) else 1)


def version() -> None:
    """Print the version."""
    typer.echo(f"ascbridge {__version__} (Python {sys.version.split()[0]})")


def _prepare(settings: config.Settings) -> None:
    """Make the data directory ready, or tell what is wrong and stop with exit code 2."""
    from ascbridge.bootstrap import commands
    from ascbridge.bootstrap.parts.settled import CannotStart
    from ascbridge.discharge.deciding.reference import ReferenceFault

    try:
        commands.prepare(settings)
    except (config.ConfigError, ReferenceFault, OSError, CannotStart) as fault:
        typer.echo(f"Cannot start:\n{fault}", err=True)
        raise typer.Exit(2) from None

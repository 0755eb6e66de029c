"""The `ascbridge` command. Each function reads its arguments and calls the part that does the work.

Parts are imported by the command that needs them: `send` and `token` must answer at once.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ascbridge import __version__, config, safekeeping
from ascbridge.backfilling import backfill_commands
from ascbridge.bootstrap.services import SERVICES
from ascbridge.changeover import cutover_commands
from ascbridge.config_sections import HostPort
from ascbridge.reference_commands import reference_commands
from ascbridge.republish_commands import republish_commands
from ascbridge.simulator.bench.command import bench_commands

if TYPE_CHECKING:
    from ascbridge.operations.asking import Asking
    from ascbridge.operations.trial import Trial

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The bridge between adult social care and the NHS."
)

app.add_typer(backfill_commands, name="backfill")
app.add_typer(bench_commands, name="bench")
app.add_typer(cutover_commands, name="cutover")
app.add_typer(reference_commands, name="reference")
app.add_typer(republish_commands, name="republish")

DataDir = Annotated[Path, typer.Option(help="Where databases, keys and sockets are kept.")]
MaybeDataDir = Annotated[
    Path | None, typer.Option(help="Where databases and keys are; default: as the settings say.")
]


def _settings(path: Path | None, **overrides: object) -> config.Settings:
    """Load settings, or tell every fault and stop with exit code 2."""
    try:
        return config.load(path, **{k: v for k, v in overrides.items() if v is not None})
    except config.ConfigError as fault:
        typer.echo(f"These settings cannot be used:\n{fault}", err=True)
        raise typer.Exit(2) from None


def _address(text: str | None) -> dict[str, object] | None:
    if text is None:
        return None
    try:
        return HostPort.parse(text).model_dump()
    except ValueError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None


def _prepare(settings: config.Settings) -> None:
    """Make the data directory ready, or tell what is wrong and stop with exit code 2."""
    from ascbridge.bootstrap import commands
    from ascbridge.bootstrap.settled import CannotStart
    from ascbridge.discharge.reference import ReferenceFault

    try:
        commands.prepare(settings)
    except (config.ConfigError, ReferenceFault, OSError, CannotStart) as fault:
        typer.echo(f"Cannot start:\n{fault}", err=True)
        raise typer.Exit(2) from None


@app.command()
def up(
    data_dir: DataDir = Path("data"),
    http: Annotated[str, typer.Option(metavar="HOST:PORT")] = "127.0.0.1:8080",
    mllp: Annotated[str, typer.Option(metavar="HOST:PORT")] = "127.0.0.1:2575",
    feed: Annotated[str | None, typer.Option(help="Feed profile: a shipped name or a path.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that prepare what is published.")] = None,
    config_file: Annotated[Path | None, typer.Option("--config", help="Settings, as TOML.")] = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="Stop when standard input, a pipe, ends.")
    ] = False,
) -> None:
    """Run everything on this machine until told to stop."""
    settings = _settings(
        config_file,
        data_dir=data_dir,
        http__address=_address(http),
        mllp__address=_address(mllp),
        mllp__feed=feed,
        workers=workers,
    )
    from ascbridge import supervisor

    _prepare(settings)
    raise typer.Exit(supervisor.run(settings, with_parent=with_parent))


@app.command()
def serve(
    service: Annotated[str, typer.Argument(help=", ".join(SERVICES))],
    config_file: Annotated[Path | None, typer.Option("--config", help="Settings, as TOML.")] = None,
) -> None:
    """Run one deployable."""
    if service not in SERVICES:
        typer.echo(f"There is no service {service!r}; there are {', '.join(SERVICES)}.", err=True)
        raise typer.Exit(2)
    settings = _settings(config_file)
    from ascbridge import supervisor

    raise typer.Exit(supervisor.run_service(service, settings))


@app.command()
def migrate(
    data_dir: MaybeDataDir = None,
    config_file: Annotated[Path | None, typer.Option("--config", help="Settings, as TOML.")] = None,
) -> None:
    """Bring the databases to the present schema."""
    settings = _settings(config_file, data_dir=data_dir)
    from ascbridge.bootstrap import commands

    try:
        typer.echo(f"schema {asyncio.run(commands.migrate(settings))}")
    except (OSError, config.ConfigError) as fault:
        typer.echo(f"Nothing was changed: {fault}", err=True)
        raise typer.Exit(1) from None


@app.command()
def topics(
    config_file: Annotated[Path | None, typer.Option("--config", help="Settings, as TOML.")] = None,
) -> None:
    """Create the Kafka topics that deploy/topics.toml declares, and tell where existing ones differ."""
    settings = _settings(config_file)
    from ascbridge.bootstrap import commands

    try:
        lines = asyncio.run(commands.create_topics(settings))
    except config.ConfigError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None
    for line in lines:
        typer.echo(line)


@app.command()
def send(
    files: Annotated[
        list[Path], typer.Argument(help="Files of HL7 v2 messages.", exists=True, dir_okay=False)
    ],
    mllp: Annotated[str, typer.Option(metavar="HOST:PORT")] = "127.0.0.1:2575",
) -> None:
    """Send HL7 files over MLLP; prints control id, acknowledgment code and text, one line a message."""
    from ascbridge.operations import sending

    address = HostPort.model_validate(_address(mllp))
    raise typer.Exit(asyncio.run(sending.send_files(address.host, address.port, files, typer.echo)))


@app.command("try")
def try_(
    profile: Annotated[str, typer.Argument(help="Feed profile: a shipped name or a path.")],
    files: Annotated[
        list[Path],
        typer.Argument(help="Files of messages, in the order they were sent.", exists=True, dir_okay=False),
    ],
) -> None:
    """Show events, rule decisions, FHIR and everything not mapped, and change nothing."""
    from ascbridge.bootstrap.trying import CannotRead, messages_in, trial

    with tempfile.TemporaryDirectory(prefix="ascbridge-try-") as folder:
        try:
            messages = [message for path in files for message in messages_in(path, profile, typer.echo)]
            made = trial(profile, Path(folder))
        except (config.ConfigError, CannotRead) as fault:
            typer.echo(str(fault), err=True)
            raise typer.Exit(2) from None
        raise typer.Exit(1 if asyncio.run(_try(made, messages)) else 0)


async def _try(made: Trial, messages: list[bytes]) -> int:
    from ascbridge.operations.trial import tell

    try:
        return await tell(made, messages, typer.echo)
    finally:
        await made.close()


@app.command()
def profile(name: Annotated[str, typer.Argument(help="Feed profile: a shipped name or a path.")]) -> None:
    """Check a feed profile, and say whether it is signed and what its text's hash is."""
    from ascbridge.bootstrap import commands

    try:
        for line in commands.describe(name):
            typer.echo(line)
    except config.ConfigError as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None


@app.command()
def token(
    role: Annotated[str, typer.Option(help="One of the roles in `access`.")],
    data_dir: DataDir = Path("data"),
    facility: Annotated[str, typer.Option(help="For role hospital: the ODS code of its sites.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="A SMART scope, such as system/Task.rs; may be given again.")
    ] = None,
    patient: Annotated[str, typer.Option(help="For patient/ scopes: the id of the person.")] = "",
) -> None:
    """Print a bearer token, valid one hour, for scripts on this machine; minting it is audited."""
    from ascbridge.access import ROLES
    from ascbridge.bootstrap import commands

    if role not in ROLES:
        typer.echo(f"There is no role {role!r}; there are {', '.join(ROLES)}.", err=True)
        raise typer.Exit(2)
    try:
        typer.echo(
            commands.mint_token(_settings(None, data_dir=data_dir), role, facility, scope or (), patient)
        )
    except (OSError, ValueError, config.ConfigError) as fault:
        typer.echo(
            f"No token: {fault}. Is {data_dir} the data directory of a system that was started?", err=True
        )
        raise typer.Exit(1) from None


Http = Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the running bridge serves its pages.")]


def _asking(data_dir: Path, http: str) -> Asking:
    """A running bridge, asked as IT operations."""
    from ascbridge.bootstrap import commands
    from ascbridge.operations.asking import Asking

    try:
        token = commands.mint_token(_settings(None, data_dir=data_dir), "it-operations")
    except (OSError, ValueError, config.ConfigError) as fault:
        typer.echo(f"No token: {fault}. Is {data_dir} the data directory of a running bridge?", err=True)
        raise typer.Exit(1) from None
    return Asking(f"http://{http}", token)


@app.command()
def trace(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="A message id, event id or control id.")],
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Show a message's trail: kept, answered, events, readers, sink."""
    from ascbridge.operations import asking

    try:
        trails = asking.trail(_asking(data_dir, http), wanted)
    except asking.NotAnswered as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(trails, indent=2))
    raise typer.Exit(0 if trails else 1)


@app.command("dead-letters")
def dead_letters(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """List what was given up on: id, consumer, message, cause; exit code 1 if there is any."""
    from ascbridge.operations import asking

    try:
        count = asking.dead_letters(_asking(data_dir, http), typer.echo)
    except asking.NotAnswered as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    raise typer.Exit(1 if count else 0)


@app.command()
def replay(
    dead_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DEAD_ID]...", help="Dead letters, from `ascbridge dead-letters`."),
    ] = None,
    consumer: Annotated[str | None, typer.Option(help="A reader that is to read events again.")] = None,
    from_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="From when, with its zone: 2026-11-22T10:00Z.")
    ] = None,
    from_position: Annotated[
        str | None, typer.Option(metavar="TOPIC/PARTITION/OFFSET", help="From which position.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be read again.")] = False,
    why: Annotated[str, typer.Option(help="Written into the audit.")] = "",
    data_dir: DataDir = Path("data"),
    http: Http = "127.0.0.1:8080",
) -> None:
    """Send dead letters again, each at the head of its person's line; or let a reader read events again."""
    from ascbridge.operations import asking

    if bool(dead_ids) == bool(consumer) or (consumer and bool(from_time) == bool(from_position)):
        typer.echo("Give dead letters, or --consumer with --from-time or --from-position.", err=True)
        raise typer.Exit(2)
    if dead_ids and (from_time or from_position or dry_run):
        typer.echo("--from-time, --from-position and --dry-run go with --consumer.", err=True)
        raise typer.Exit(2)
    try:
        bridge = _asking(data_dir, http)
        for dead_id in dead_ids or ():
            typer.echo(json.dumps(bridge.post(f"dead-letters/{dead_id}/send-again"), indent=2))
        if consumer:
            wanted = {"from_time": from_time, "from_position": from_position, "dry_run": dry_run, "why": why}
            asking.read_again(bridge, consumer, wanted, typer.echo)
    except asking.NotAnswered as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None


@app.command()
def complete(data_dir: DataDir = Path("data"), http: Http = "127.0.0.1:8080") -> None:
    """Read the profiles' code maps again and complete what lacked a code; exit code 1 if any code is not mapped."""
    from ascbridge.operations import asking

    try:
        left = asking.complete(_asking(data_dir, http), typer.echo)
    except asking.NotAnswered as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
    raise typer.Exit(1 if left else 0)


@app.command("master-key")
def master_key(path: Annotated[Path, typer.Argument(help="Where to make the file.")]) -> None:
    """Make a new master key file, for a bridge that holds nothing yet. Never overwrites one."""
    from ascbridge.events.sealing import Keyring

    if path.exists():
        typer.echo(
            f"{path} is there already; a new key would make everything sealed with it unreadable", err=True
        )
        raise typer.Exit(1)
    Keyring.load(path, create=True)
    typer.echo(f"made {path}: back it up where the databases' back-ups are not")


@app.command()
def demo(
    story: Annotated[str, typer.Argument(help="Which story to play.")] = "day",
    speed: Annotated[float | None, typer.Option(help="Shown seconds in each real second.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 1,
    exit_: Annotated[bool, typer.Option("--exit", help="End with a verdict when the story is over.")] = False,
) -> None:
    """Play a hospital and council day of invented people into a running system."""
    from ascbridge.simulator.demo import run_demo

    raise typer.Exit(run_demo(story, speed=speed, seed=seed, exit_when_done=exit_))


@app.command()
def doctor(
    data_dir: MaybeDataDir = None,
    config_file: Annotated[Path | None, typer.Option("--config", help="Settings, as TOML.")] = None,
) -> None:
    """Check settings, profiles, files, keys and schema, and say what to do about each fault."""
    settings = _settings(config_file, data_dir=data_dir)
    from ascbridge.bootstrap import commands

    lines, sound = commands.examine(settings)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(0 if sound else 1)


for _command in (safekeeping.backup, safekeeping.restore, safekeeping.after_restore):
    app.command()(_command)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"ascbridge {__version__} (Python {sys.version.split()[0]})")

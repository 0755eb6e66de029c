"""What `ascbridge doctor` looks at beyond what a start needs: certificates, clocks, disk, servers, maps and agreement.

Each look gives a line: ``ok``, ``note`` for what somebody has still to decide, or ``FAULT`` with what to do. Nothing is
changed, nothing is made, and nothing that a server says of anybody is shown.
"""

from __future__ import annotations

import asyncio
import ctypes
import shutil
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import httpx
from cryptography import x509
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.bootstrap.parts import settled
from ascbridge.config import ConfigError
from ascbridge.nudges import worker_work
from ascbridge.operations.changing import reference_lists
from ascbridge.people.data_keys import DataKeys
from ascbridge.reference.in_force import ReferenceLists
from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.config import Settings

T = TypeVar("T")

RENEW_WITHIN_DAYS = 30
LEAST_FREE_BYTES = 2_000_000_000
MOST_SKEW_MS = 2_000
PATIENCE_S = 5.0
_UNSYNCHRONISED = 5
"""What the kernel answers (`ntp_adjtime`, <sys/timex.h> TIME_ERROR) where nothing keeps its clock right."""


async def look(settings: Settings) -> list[str]:
    """Return a line for each thing that was looked at."""
    lines = [*certificates(settings), *permissions(settings), disk(settings), clock()]
    lines += [*feeds(settings), *agreement(settings), nudged(settings)]
    lines += [line async for line in workers(settings)]
    lines += [line async for line in servers(settings)]
    return lines


def certificates(settings: Settings) -> Iterator[str]:
    """How many days each listener's certificate has left; a fault from thirty days on."""
    now = settled.clock_of(settings).now_ms()
    listeners = {
        "mllp.tls": settings.mllp.tls,
        "http.tls": settings.http.tls,
        "webhook.tls": settings.webhook.tls,
        "safeguarding.webhook.tls": settings.safeguarding.webhook.tls,
    }
    for name, files in listeners.items():
        if files is None:
            continue
        try:
            found = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        except (OSError, ValueError) as fault:
            yield f"FAULT {name}: the certificate cannot be read ({type(fault).__name__}): mend the file or the setting"
            continue
        days = int((found.not_valid_after_utc.timestamp() - now / 1000) // 86_400)
        if days < 0:
            yield f"FAULT {name}: the certificate ended {-days} days ago: renew it, it is taken up without a restart"
        elif days < RENEW_WITHIN_DAYS:
            yield f"FAULT {name}: the certificate ends in {days} days: renew it, it is taken up without a restart"
        else:
            yield f"ok    {name}: the certificate has {days} days left"


def permissions(settings: Settings) -> Iterator[str]:
    """Whether the data directory and the keys are their owner's alone."""
    for path in (settings.data_dir, settled.master_key_path(settings), settled.wall_key_path(settings)):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue  # what is not there is told where it is needed
        if mode & 0o077:
            yield f"FAULT permissions: {path} is open to others ({mode:o}): chmod go= {path}"
        else:
            yield f"ok    permissions: {path} is its owner's alone"


def disk(settings: Settings) -> str:
    """How much room there is where the data is, or would be."""
    folder: Path = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        return f"FAULT disk: {free / 1e9:.1f} GB are free at {folder}: make room, else messages are refused"
    return f"ok    disk: {free / 1e9:.1f} GB are free"


def clock() -> str:
    """Whether something keeps this machine's clock right, as the kernel says."""
    try:
        state = ctypes.CDLL(None).ntp_adjtime(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        state = -1
    if state == _UNSYNCHRONISED:
        return (
            "note  clock: the kernel says that nothing keeps it right: run chrony or systemd-timesyncd here"
        )
    return (
        "ok    clock: kept right"
        if state >= 0
        else "note  clock: the kernel does not say whether it is kept right"
    )


def feeds(settings: Settings) -> Iterator[str]:
    """Which feed profiles nobody signed as they stand, and what of them nobody knows."""
    try:
        profiles = settled.profiles_of(settings)
    except ConfigError:
        return  # told beside the profile
    for name, profile in sorted(profiles.items()):
        if profile.shadow:
            yield f"note  feed {name}: in shadow, not signed as it is: `ascbridge profile {name}` says what to check"
        else:
            yield f"ok    feed {name}: signed"
        for one in profile.not_known:
            yield f"note  feed {name}: not known: {one}"


def agreement(settings: Settings) -> Iterator[str]:
    """How many values of the lists that ship nobody agreed to; a running bridge knows those that were loaded too."""
    now_ms = settled.clock_of(settings).now_ms()
    if not settings.sign_in.table_agreed_by:
        yield (
            "note  access: which organisation may see what is not agreed: have information governance sign the "
            "table in docs/reference/roles.md, and say who did in sign_in.table_agreed_by"
        )
    if (switch := settings.sink.safeguarding_flag).on:
        yield (
            "note  sink: holds bare flags about safeguarding, "
            f"approved by {switch.approved_by} on {switch.approved_on}, read by {switch.read_by}"
        )
    values = len(reference_lists.not_agreed(ReferenceLists(), now_ms))
    if values:
        yield (
            f"note  reference data: {values} values that ship are not agreed or not known: "
            "`ascbridge reference not-agreed` lists what is in force"
        )


def nudged(settings: Settings) -> str:
    """Which teams that ship nobody writes to; /reference says it of the list that is in force."""
    names = ReferenceLists().teams(settled.clock_of(settings).now_ms()).names
    silent = [name for name in names if not settings.nudges.to.get(name)]
    if silent:
        return f"note  nudges: nobody is written to of {', '.join(silent)}: name addresses in nudges.to"
    return "ok    nudges: every team has an address"


async def workers(settings: Settings) -> AsyncIterator[str]:
    """Which workers are to be written to of whom the bridge knows nothing: perhaps a name was written wrong.

    It names what stands in the settings, and nobody else.
    """
    if not settings.nudges.workers:
        return
    try:
        data_keys = DataKeys(settled.keyring_of(settings))
        lost = await _read(
            settings, lambda c: worker_work.not_found(c, data_keys, settings.nudges.workers, generation=1)
        )
    except (ConfigError, OSError, SQLAlchemyError, TimeoutError):
        return  # a key or a database that cannot be read is told in a line of its own
    for name in lost:
        yield (
            f"note  nudges: nobody called {name!r} has a task, and nobody is allocated to them: is it the name "
            "with which they sign in, and the one that the case system has?"
        )
    if not lost:
        yield "ok    nudges: every worker has a task, or somebody is allocated to them"


async def _read(settings: Settings, work: Callable[[Connection], T]) -> T:
    """Read the bridge's database. Raises what a database that is not there, or not ours, raises."""
    database = (
        PostgresDatabase(settings.database_url, pool_size=1)
        if settings.on_postgres
        else SqliteDatabase(settled.file_of(settings, "bridge"), writable=False)
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await database.read(work)
    finally:
        await database.close()


async def servers(settings: Settings) -> AsyncIterator[str]:
    """Whether database, broker and the shared record's server answer, at which schema, and by which clock."""
    if settings.on_postgres:
        yield await _database(settings)
        yield await _broker(settings)
    if settings.sink.kind == "fhir":
        yield await _record(settings)
    for name, one in settings.replies.items():
        yield await _reached(f"replies {name}", one.host, one.port)
    if settings.nudges.smtp is not None:
        yield await _reached("mail", settings.nudges.smtp.host, settings.nudges.smtp.port)


async def _reached(name: str, host: str, port: int) -> str:
    """Whether somebody listens there: nothing is said to them, so nothing is sent."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as fault:
        return (
            f"FAULT {name}: {type(fault).__name__}: see that {host}:{port} runs and can be reached from here"
        )
    writer.close()
    return f"ok    {name}: {host}:{port} can be reached"


async def _database(settings: Settings) -> str:
    engine = create_async_engine(settings.database_url, connect_args={"timeout": PATIENCE_S})
    try:
        async with engine.connect() as connection:
            found = await connection.execute(
                text("SELECT clock_timestamp(), version_num FROM alembic_version")
            )
            there, revision = found.one()
    except (OSError, SQLAlchemyError, TimeoutError) as fault:
        return f"FAULT database: {type(fault).__name__}: see that it runs, and run `ascbridge migrate` where it is new"
    finally:
        await engine.dispose()
    skew_ms = abs((datetime.now(UTC) - there).total_seconds()) * 1000
    if skew_ms > MOST_SKEW_MS:
        return (
            f"FAULT database: its clock is {skew_ms / 1000:.0f} s from this machine's: keep both right by NTP"
        )
    if migration.knows(revision) and revision != migration.head():
        return f"FAULT database: schema {revision}, not {migration.head()}: run `ascbridge migrate`"
    return f"ok    database: schema {revision}, its clock within {skew_ms / 1000:.1f} s of this machine's"


async def _broker(settings: Settings) -> str:
    from ascbridge.events import topics  # Kafka's client is not needed where there is none
    from ascbridge.events.logs import kafka_topics  # Kafka's client is not needed where there is none

    try:
        declared = topics.load(settings.kafka.topics_file or topics.shipped())
        there = await kafka_topics.look(settings.kafka, declared)
    except (OSError, TimeoutError, topics.TopicsFault) as fault:
        said = str(fault) or type(fault).__name__
        return f"FAULT broker: {said}: see that {settings.kafka.bootstrap} answers and lets us in"
    if there:
        return f"FAULT topics: {'; '.join(there)}: `ascbridge topics` makes what is missing; the rest is for a person"
    return "ok    broker: it answers, and has every topic as declared"


async def _record(settings: Settings) -> str:
    url = f"{settings.sink.url.rstrip('/')}/metadata"
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            status = (await client.get(url)).status_code
    except httpx.HTTPError as fault:
        return (
            f"FAULT sink {settings.sink.name}: {type(fault).__name__}: see that {settings.sink.url} answers"
        )
    if status >= 500:
        return f"FAULT sink {settings.sink.name}: it answers {status}: tell who runs it"
    return f"ok    sink {settings.sink.name}: it answers ({status})"

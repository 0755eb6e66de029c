"""Opens what stands behind the safeguarding wall: its database and its key, neither of which anything else is given.

A wall that cannot be opened does not stop the bridge: hospitals are heard, and safeguarding says that it is shut.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge import telemetry
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.posting import SecretFiles, serve_webhook
from ascbridge.bootstrap.parts.proving import DoNotBelongTogether
from ascbridge.config import ConfigError
from ascbridge.events import topics
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.events.logs.log import SAFEGUARDING
from ascbridge.events.logs.outbox import Outbox
from ascbridge.events.logs.relay import Relay
from ascbridge.events.logs.sealing import Keyring
from ascbridge.intake.doors.webhook import Terms, Webhook
from ascbridge.people import data_keys
from ascbridge.people.behind_wall import NoWall
from ascbridge.people.data_keys import DataKeys
from ascbridge.safeguarding import practice_rules, wall_time
from ascbridge.safeguarding.case_post import PATH, CasePost
from ascbridge.safeguarding.case_words import raise_what_waits
from ascbridge.safeguarding.concern_files import ConcernFolder
from ascbridge.safeguarding.strays import take_strays
from ascbridge.safeguarding.vault import Vault
from ascbridge.safeguarding.wall_slot import WallSlot
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from ascbridge.storage.files import WALLED
from ascbridge.storage.tables import data_key

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.events.logs.log import EventLog
    from ascbridge.people.behind_wall import BehindTheWall
    from ascbridge.people.stray import Stray
    from ascbridge.storage.database import Database

RELAY_LOCK = 0x61736377  # "ascw"
FORGET_EVERY_S = 3_600.0
_log = telemetry.log("wall")


@dataclass(frozen=True, slots=True)
class Wall:
    """The wall of this process: what stands behind it, or why it is shut (empty where it is merely not set up)."""

    vault: Vault | None = None
    trouble: str = ""

    @property
    def slot(self) -> BehindTheWall:
        """What desks are given: a way in, and none out."""
        return WallSlot(self.vault) if self.vault is not None else NoWall()

    async def close(self) -> None:
        """Let go of the database."""
        if self.vault is not None:
            await self.vault.database.close()


def put_now(vault: Vault, strays: Sequence[Stray]) -> None:
    """Put what an intake found by the way behind the wall, in the calling thread (SQLite)."""
    assert isinstance(vault.database, SqliteDatabase)
    vault.database.write_now(lambda connection: take_strays(connection, vault, strays))


async def put(vault: Vault, strays: Sequence[Stray]) -> None:
    """Put what an intake found by the way behind the wall."""
    await vault.database.write(lambda connection: take_strays(connection, vault, strays))


def rules_are_sound(settings: Settings) -> None:
    """See that safeguarding's values can be used. Raises `PracticeFault`."""
    practice_rules.load(settings.safeguarding.rules_file)


def nothing_lost(settings: Settings) -> None:
    """See, before files are made, that no file is missing that there was. Raises `DoNotBelongTogether`."""
    path, key = settled.file_of(settings, WALLED), settled.wall_key_path(settings)
    if key.exists() and not path.exists() and settled.file_of(settings, "bridge").exists():
        raise DoNotBelongTogether(
            f"{path.name} is missing beside {key}: nothing is started. Restore the whole back-up into an empty folder "
            "(`ascbridge restore`), or move that key away if this bridge never held a concern"
        )


def open_wall(settings: Settings, clock: Clock, writer: str) -> Wall:
    """Open the wall on one machine, where its key opens it; a file that holds nothing yet is given a new key.

    Raises `PracticeFault`.
    """
    rules = practice_rules.load(settings.safeguarding.rules_file)
    path = settled.file_of(settings, WALLED)
    if not path.exists():
        return Wall(trouble=f"{path.name} is missing: `ascbridge migrate` makes it")
    database = SqliteDatabase(path)
    try:
        empty = database.read_now(_is_empty)
        keyring = Keyring.load(settled.wall_key_path(settings), create=empty)
        if not database.read_now(lambda connection: data_keys.opens(connection, keyring)):
            raise ConfigError(
                "safeguarding.key is not the key of safeguarding.db: put back the one that belongs to it"
            )
    except ConfigError as fault:
        return Wall(trouble=str(fault))
    return Wall(_vault(settings, database, keyring, rules, clock, writer))


async def open_shared_wall(settings: Settings, clock: Clock, writer: str) -> Wall:
    """Open the wall on PostgreSQL, where settings name its role. Raises `PracticeFault`, `MasterKeyFault`."""
    rules = practice_rules.load(settings.safeguarding.rules_file)
    if not settings.safeguarding.database_url:
        return Wall()
    keyring = Keyring.load(settled.wall_key_path(settings))
    database = PostgresDatabase(settings.safeguarding.database_url, walled=True)
    return Wall(_vault(settings, database, keyring, rules, clock, writer))


def relay_of(settings: Settings, wall: Wall, clock: Clock) -> tuple[Relay, EventLog] | None:
    """What carries the outbox behind the wall to its topic, by a name of its own and counted nowhere, and its log."""
    if wall.vault is None or not isinstance(wall.vault.database, PostgresDatabase):
        return None
    from ascbridge.events.logs.kafka_log import KafkaEventLog  # one machine does without its driver

    own = {"sasl_username": settings.safeguarding.sasl_username,
           "sasl_password_file": settings.safeguarding.sasl_password_file}  # fmt: skip
    kafka = settings.kafka.model_copy(update=own if settings.kafka.sasl else {})
    log = KafkaEventLog(kafka, session_timeout_ms=round(kafka.session_seconds * 1000))
    return Relay(wall.vault.database, log, clock=clock, lock=RELAY_LOCK, counted=False), log


async def keep(
    settings: Settings,
    wall: Wall,
    clock: Clock,
    stop: asyncio.Event,
    beside: Callable[[Vault, asyncio.Event], Coroutine[None, None, None]] | None = None,
) -> None:
    """Carry what is to be carried and forget what is past its time, until told to stop; then let go of the wall.

    `beside` is what else runs while the wall is open.
    """
    carrier = relay_of(settings, wall, clock)
    carrying = asyncio.create_task(carrier[0].run()) if carrier is not None else None
    try:
        if wall.vault is not None:
            more = [beside(wall.vault, stop)] if beside is not None else []
            await asyncio.gather(
                _forget(settings, wall.vault, stop), *_ways_in(settings, wall.vault, clock, stop), *more
            )
        await stop.wait()
    finally:
        if carrier is not None and carrying is not None:
            relay, log = carrier
            relay.stop()
            await carrying
            await log.close()
        await wall.close()


def _ways_in(
    settings: Settings, vault: Vault, clock: Clock, stop: asyncio.Event
) -> Iterator[Coroutine[None, None, None]]:
    """What a case system sends by, as it is set; what is wrong with it is told inside alone."""
    wanted = settings.safeguarding
    if wanted.folder is not None:
        folder = ConcernFolder(vault, wanted.folder)
        vault.troubles["folder"] = lambda: folder.trouble
        yield folder.run(stop)
    if wanted.webhook.address is not None:
        post, secrets = CasePost(vault), SecretFiles(wanted.webhook.secret_files)
        most = wanted.webhook.max_body_bytes
        terms = Terms("", secrets, wanted.webhook.replay_seconds, most, path=PATH, told=False)
        webhook = Webhook(terms, post.keep, post.reused, clock)
        vault.troubles["webhook"] = lambda: webhook.trouble
        yield serve_webhook(wanted.webhook, webhook, stop)


async def _forget(settings: Settings, vault: Vault, stop: asyncio.Event) -> None:
    kept = topics.load(settings.kafka.topics_file or topics.shipped()).topic[SAFEGUARDING]
    while not stop.is_set():
        try:
            await vault.database.write(lambda c: wall_time.forget(c, vault, kept.retention_ms))
            await vault.database.write(lambda c: raise_what_waits(c, vault))
        except Exception as fault:
            if not is_infrastructure(fault):
                raise
            _log.warning(
                "nothing forgotten this time", exception=type(fault).__name__, reason=reason_of(fault)
            )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), FORGET_EVERY_S)


def _vault(
    settings: Settings,
    database: Database,
    keyring: Keyring,
    rules: practice_rules.PracticeRules,
    clock: Clock,
    writer: str,
) -> Vault:
    prefix = settings.council.event_prefix
    outbox = Outbox(settings.kafka.partitions if settings.on_postgres else 1, prefix, {})
    return Vault(database, keyring, DataKeys(keyring), outbox, prefix, rules, clock, writer)


def _is_empty(connection: Connection) -> bool:
    return connection.execute(select(data_key.c.key_id).limit(1)).first() is None

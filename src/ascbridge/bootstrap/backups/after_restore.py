"""What follows the restore of a PostgreSQL database from an older back-up, before any service is started on it."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ascbridge.bootstrap.backups import restoring
from ascbridge.bootstrap.backups.manifest import BackupFault
from ascbridge.bootstrap.parts import proving, replying, settled
from ascbridge.bootstrap.parts.ground import READERS
from ascbridge.config import ConfigError
from ascbridge.events.ledgers import audit
from ascbridge.events.logs import relay, taking_up
from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.events.logs.log import Assignment
from ascbridge.intake.reading.translator import Translator
from ascbridge.people import erasure_journal
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage.database import PostgresDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.config import Settings
    from ascbridge.events.logs.kafka_log import KafkaEventLog
    from ascbridge.events.logs.log import Record
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.events.logs.taking_up import TakenUp


EVERY_READER = {Translator.name: Translator.topics, **READERS}


async def take_up(settings: Settings, erasures: Path | None = None) -> list[str]:
    """Set the readers of a restored database past what it never said; return what to tell. Raises `BackupFault`."""
    from ascbridge.events.logs.kafka_log import KafkaEventLog  # Kafka's client is not needed by most commands

    if not settings.on_postgres:
        raise BackupFault("this is for PostgreSQL; one machine is restored by `ascbridge restore`")
    journal = restoring.journal_of(erasures)
    database, log = PostgresDatabase(settings.database_url), KafkaEventLog(settings.kafka)
    try:
        keyring = settled.keyring_of(settings)
        if not await proving.key_opens(settings, keyring, database):
            raise BackupFault("the database cannot be reached: nothing was changed")
        async with database.connect() as alone:
            if not await alone.scalar(select(func.pg_try_advisory_lock(relay.LOCK))):
                raise BackupFault("a service is running on this database: stop all of them first")
            return await _taken_up(settings, database, log, keyring, journal)
    except ConfigError as fault:
        raise BackupFault(str(fault)) from fault
    except (SQLAlchemyError, OSError, InfrastructureFault) as fault:
        raise BackupFault(f"nothing was changed: {type(fault).__name__}: {fault}") from fault
    finally:
        await log.close()
        await database.close()


async def _taken_up(
    settings: Settings,
    database: PostgresDatabase,
    log: KafkaEventLog,
    keyring: Keyring,
    journal: list[dict[str, object]] | None,
) -> list[str]:
    readers = EVERY_READER | replying.readers(settings)
    bounds: dict[Assignment, tuple[int, int]] = {}
    for topic in dict.fromkeys(topic for topics in readers.values() for topic in topics):
        parts = await log.bounds(topic)
        bounds |= {Assignment(topic, partition): parts[partition] for partition in sorted(parts)}
    first = await database.read(partial(taking_up.beyond, readers=readers, bounds=bounds))
    ends = {here: end for here, (_, end) in bounds.items()}
    records = [record for here, start in first.items() for record in await log.read(here, start, ends[here])]
    now_ms = settled.clock_of(settings).now_ms()
    write = partial(
        _write,
        readers=readers,
        records=records,
        ends=ends,
        keyring=keyring,
        journal=journal or [],
        now_ms=now_ms,
    )
    done, again = await database.write(write)
    told = [f"topics: {done.put_back} events put back that are still owed, {done.left_out} left out"]
    for feed, times in sorted(done.lost.items()):
        told.append(
            f"{feed}: {len(times)} messages that were answered are not in the back-up, the first of "
            f"{_time(min(times))}; have the sender send again everything from then on (repeats do no harm)"
        )
    return [*told, restoring.erasures_told(again, "the back-up was made", known=journal is not None)]


def _write(
    connection: Connection,
    *,
    readers: dict[str, tuple[str, ...]],
    records: list[Record],
    ends: dict[Assignment, int],
    keyring: Keyring,
    journal: list[dict[str, object]],
    now_ms: int,
) -> tuple[TakenUp, int]:
    done = taking_up.take_up(connection, records, readers, ends, now_ms)
    again = erasure_journal.do_again(connection, connection, DataKeys(keyring), journal, now_ms)
    entry = audit.AuditEntry(
        writer="restore", who=getpass.getuser(), role="", what="restored database taken up",
        result=f"{done.put_back} put back, {done.left_out} left out, {again} erasures done again",
    )  # fmt: skip
    audit.record(connection, entry, now_ms)
    return done, again


def _time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""Removes what is resolved, past its time and no message: dead letters, alerts, changes, counts, one machine's log.

On many machines `intake` does all of it, messages too, one process of all (`bootstrap.retaining`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.alerts import alert_store
from ascbridge.bootstrap.jobs.retaining import DAY_MS, Job, Retention, messages
from ascbridge.events import topics
from ascbridge.events.ledgers import sink_counts
from ascbridge.events.logs import retention
from ascbridge.events.logs.retention_rounds import Portion
from ascbridge.intake.keeping import emptying
from ascbridge.people import legal_holds
from ascbridge.storage.alone import PostgresTurn
from ascbridge.storage.database import PostgresDatabase
from ascbridge.storage.tables import bridge_round

if TYPE_CHECKING:
    import asyncio

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground

EVENTS_EVERY_MS = 600_000
COUNTS_DAYS = 7


def _rest(ground: Ground) -> dict[str, Job]:
    database, wanted = ground.database, ground.settings.retention

    async def letters(after: str, before_ms: int) -> Portion:
        return await database.write(
            lambda c: retention.drop_letters(c, after, before_ms, legal_holds.held_messages)
        )

    async def alerts(_after: str, before_ms: int) -> Portion:
        gone = await database.write(lambda c: alert_store.forget(c, before_ms))
        return Portion(gone, after="" if gone else None)

    async def changes(after: str, _before_ms: int) -> Portion:
        def work(connection: Connection) -> Portion:
            out, said = emptying.changes_to_empty(connection, after)
            emptying.empty_changes(connection, out)
            return said

        return await database.write(work)

    async def counts(_after: str, before_ms: int) -> Portion:
        return Portion(await database.write(lambda c: sink_counts.gather(c, before_ms)), after=None)

    found = {"counts": Job(counts, COUNTS_DAYS * DAY_MS)}
    if wanted.letters_days:
        found["letters"] = Job(letters, wanted.letters_days * DAY_MS)
    if wanted.alerts_days:
        found["alerts"] = Job(alerts, wanted.alerts_days * DAY_MS)
    if wanted.messages_days or wanted.refused_days:
        found["changes"] = Job(changes, 0)
    return found


def _events(ground: Ground) -> dict[str, Job]:
    """The log of one machine. On many, Kafka forgets by itself, by the same file."""
    kept = topics.load(ground.settings.kafka.topics_file or topics.shipped())

    async def some(_after: str, now_ms: int) -> Portion:
        gone = await ground.database.write(lambda c: retention.prune(c, kept, now_ms))
        return Portion(gone, after="" if gone else None)

    return {"events": Job(some, 0, EVENTS_EVERY_MS)}


async def forget_in_files(ground: Ground, stop: asyncio.Event) -> None:
    """Remove what the working process of one machine writes."""
    jobs = _events(ground) | _rest(ground)
    await Retention(jobs, bridge_round, ground.database.write, ground.database.read, ground.clock).run(stop)


async def forget_in_postgres(ground: Ground, stop: asyncio.Event) -> None:
    """Remove everything that is past its time, in one process of all."""
    assert isinstance(ground.database, PostgresDatabase)
    database = ground.database
    jobs = messages(ground.settings, database.read, database.write) | _rest(ground)
    turn = PostgresTurn(database, "retention")
    await Retention(jobs, bridge_round, database.write, database.read, ground.clock, turn).run(stop)

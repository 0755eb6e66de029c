"""In a city where nothing was dropped nothing is missing. The drops: `tests/bootstrap/jobs/test_closing_hours.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.logs.envelope import first_id
from ascbridge.events.logs.log import INBOUND
from ascbridge.operations.flowing import hour_watch
from ascbridge.operations.flowing.hour_watch import HourWatch
from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase
from ascbridge.storage.tables import event_log, message, message_state, open_effect, position
from ascbridge.storage.upsert import upsert
from tests.web.city import MINUTE, NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

    from tests.web.city import City


async def test_nothing_is_missing_of_an_afternoon(city: City) -> None:
    watch = HourWatch(city.bridge, city.log, city.readers, "translator", leaves_to_others=0)
    now_ms = city.clock.now_ms()
    assert await watch.missing(now_ms - 6_000 * MINUTE, now_ms) == []


class Topics:
    """What Kafka holds: a test says where each topic ends, in one partition."""

    def __init__(self, **ends: int) -> None:
        self.ends = ends

    async def bounds(self, topic: str) -> dict[int, tuple[int, int]]:
        return {0: (0, self.ends[topic])}


READERS = {"record": ("person", "task"), "translator": (INBOUND,)}
HERE = NOON + MINUTE


@pytest.fixture
async def shared(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    await migration.upgrade_postgres(postgres_url)
    made = PostgresDatabase(postgres_url)
    yield made
    await made.close()


def kept(message_id: str) -> dict[str, object]:
    return {
        "message_id": message_id, "feed": "itk-v24", "lane": "p1", "received_ms": NOON, "outcome": "kept",
        "body": b"x", "answer": b"",
    }  # fmt: skip


async def moved(database: PostgresDatabase, consumer: str, **offsets: int) -> None:
    rows = [
        {"consumer": consumer, "topic": topic, "partition": 0, "next_offset": to, "moved_ms": NOON}
        for topic, to in offsets.items()
    ]
    await database.write(lambda c: upsert(c, position, rows))


@pytest.mark.postgres
async def test_on_kafka_what_left_the_outbox_is_missing_once_its_reader_has_read_all_that_there_was(
    shared: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hour_watch, "SURE_AFTER_S", 0)
    one, event = first_id(NOON), first_id(NOON + 1)
    state = {"message_id": one, "feed": "itk-v24", "state": "waiting", "kept_ms": NOON, "changed_ms": NOON}
    owed = {"message_id": one, "event_id": event, "reader": "record", "subject": "p1"}

    def prepare(connection: Connection) -> None:
        connection.execute(message.insert(), [kept(one)])
        connection.execute(message_state.insert(), [state])
        connection.execute(open_effect.insert(), [owed])

    await shared.write(prepare)
    log = Topics(person=7, task=3)
    watch = HourWatch(shared, log, READERS, "translator", leaves_to_others=0)  # type: ignore[arg-type]  # ends alone
    await moved(shared, "record", person=5, task=3)
    assert await watch.missing(NOON, HERE) == []  # it is on its way
    await moved(shared, "record", person=6)
    log.ends["person"] = 9  # what came later does not matter
    assert await watch.missing(NOON, HERE) == []
    await moved(shared, "record", person=7)
    (lost,) = await watch.missing(NOON, HERE)
    assert (lost.hop, lost.message_id, lost.reader, lost.event_id) == ("log", one, "record", event)
    await shared.write(lambda c: c.execute(open_effect.delete()))
    assert await watch.missing(NOON, HERE) == []  # it has come right


@pytest.mark.postgres
async def test_on_kafka_a_message_that_the_translator_has_gone_past_is_missing(
    shared: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hour_watch, "SURE_AFTER_S", 0)
    one = first_id(NOON)
    waits = {
        "topic": INBOUND,
        "partition": 0,
        "key": "p1",
        "event_id": one,
        "time_ms": NOON,
        "headers": "{}",
        "value": b"",
    }

    def prepare(connection: Connection) -> None:
        connection.execute(message.insert(), [kept(one)])
        connection.execute(event_log.insert(), [waits])

    await shared.write(prepare)
    watch = HourWatch(shared, Topics(**{INBOUND: 4}), READERS, "translator", leaves_to_others=0)  # type: ignore[arg-type]  # ends alone
    await moved(shared, "translator", **{INBOUND: 4})
    assert await watch.missing(NOON, HERE) == []  # its pointer is in the outbox still
    await shared.write(lambda c: c.execute(event_log.delete()))
    await moved(shared, "translator", **{INBOUND: 3})
    assert await watch.missing(NOON, HERE) == []  # carried, and not read yet
    await moved(shared, "translator", **{INBOUND: 4})
    (lost,) = await watch.missing(NOON, HERE)
    assert (lost.hop, lost.message_id) == ("understood", one)

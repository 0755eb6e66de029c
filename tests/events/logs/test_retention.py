"""Pruning the log of the single machine: the old goes, and nothing that anybody may still need."""

import pytest
from sqlalchemy import delete, insert, select

from ascbridge.events.handlers import holds
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs import positions
from ascbridge.events.logs.log import Assignment, Record
from ascbridge.events.logs.log_table import LogTable, as_row
from ascbridge.events.logs.retention import prune
from ascbridge.events.topics import Topic, Topics
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import event_log, message, open_effect
from tests.events.machines import NOON, PREFIX

DAY = 86_400_000
TOPICS = Topics(
    partitions=1,
    topic={
        "person": Topic(about="x", retention_days=90),
        "task": Topic(about="x", retention_days=5),
        "inbound": Topic(about="x", retention_days=1),
    },
)
PERSON = Assignment("person", 0)


def record(offset: int, topic: str = "person", age_days: float = 100) -> Record:
    headers = {"ce_id": f"e{offset}", "ce_correlationid": f"m{offset}"}
    return Record(topic, 0, offset, f"p{offset}", headers, b"{}", NOON - round(age_days * DAY))


@pytest.fixture
async def database(sqlite_database: SqliteDatabase) -> SqliteDatabase:
    """Give a log of five old persons (1 to 5), two young ones (6, 7), an old task (8) and one from today (9)."""
    records = [record(n) for n in range(1, 6)] + [record(6, age_days=10), record(7, age_days=1)]
    records += [record(8, "task", 10), record(9, "task", 0)]
    await sqlite_database.write(lambda c: c.execute(insert(event_log), [as_row(one) for one in records]))
    return sqlite_database


async def left(database: SqliteDatabase) -> list[int]:
    wanted = select(event_log.c.position).order_by(event_log.c.position)
    return list(await database.read(lambda c: c.scalars(wanted).all()))


async def pruned(database: SqliteDatabase, at_once: int = 5_000) -> int:
    return await database.write(lambda c: prune(c, TOPICS, NOON, at_once))


async def test_each_topic_keeps_what_its_retention_says(database: SqliteDatabase) -> None:
    assert await pruned(database) == 6
    assert await left(database) == [6, 7, 9]
    assert await pruned(database) == 0


async def test_the_log_knows_where_it_begins_now(database: SqliteDatabase) -> None:
    await pruned(database)
    table = LogTable(PREFIX, 1)
    assert await database.read(lambda c: table.bounds(c, "person")) == {0: (6, 10)}
    assert await database.read(lambda c: table.bounds(c, "task")) == {0: (9, 10)}
    assert await database.read(lambda c: table.bounds(c, "care")) == {0: (0, 10)}


async def test_nothing_goes_that_a_reader_has_not_read(database: SqliteDatabase) -> None:
    for consumer, offset in (("quick", 6), ("slow", 3)):
        await database.write(
            lambda c, who=consumer, to=offset: positions.claim(c, who, [PERSON], "one", NOON, {PERSON: to})
        )
    await pruned(database)
    assert await left(database) == [3, 4, 5, 6, 7, 9]


async def test_nothing_goes_that_waits_behind_a_fault(database: SqliteDatabase) -> None:
    await database.write(lambda c: holds.hold(c, "record", record(2), "odd", NOON, NOON))
    await pruned(database)
    assert await left(database) == [2, 3, 4, 5, 6, 7, 9]


async def test_nothing_goes_that_somebody_still_owes_an_effect(database: SqliteDatabase) -> None:
    owed = {"message_id": "m3", "event_id": "e3", "reader": "sink:icr", "subject": "p3"}
    await database.write(lambda c: c.execute(insert(open_effect), [owed]))
    await pruned(database)
    # What stays is a beginning: only what lies before all that is needed may go.
    assert await left(database) == [3, 4, 5, 6, 7, 9]
    await database.write(lambda c: ledger.sink_done(c, "icr", {"p3": ["e3"]}, NOON))
    await pruned(database)
    assert await left(database) == [6, 7, 9]


async def test_the_newest_row_stays_so_that_no_position_is_given_twice(
    sqlite_database: SqliteDatabase,
) -> None:
    database = sqlite_database
    rows = [as_row(record(n)) for n in (1, 2, 3)]
    await database.write(lambda c: c.execute(insert(event_log), rows))
    await pruned(database)
    assert await left(database) == [3]
    await database.write(lambda c: c.execute(insert(event_log), [as_row(record(4))]))
    assert await left(database) == [3, 4]


async def test_a_long_log_is_pruned_in_pieces(database: SqliteDatabase) -> None:
    assert [await pruned(database, 4) for _ in range(3)] == [4, 2, 0]
    assert await left(database) == [6, 7, 9]


async def test_topics_the_file_does_not_name_and_kept_messages_are_left_alone(
    database: SqliteDatabase,
) -> None:
    await database.write(
        lambda c: c.execute(insert(event_log), [as_row(record(10, "unheard-of")), as_row(record(11))])
    )
    row = {"message_id": "m1", "received_ms": NOON - 999 * DAY, "body": b"", "answer": b"", "outcome": "kept"}
    await database.write(lambda c: c.execute(insert(message), [row]))
    await pruned(database)
    assert 10 in await left(database)
    assert len(await database.read(lambda c: c.execute(select(message)).all())) == 1


async def test_an_empty_log_has_nothing_to_prune(sqlite_database: SqliteDatabase) -> None:
    await sqlite_database.write(lambda c: c.execute(delete(event_log)))
    assert await pruned(sqlite_database) == 0

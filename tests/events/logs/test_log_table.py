"""Records as rows, and what of a log can be read off its tables."""

from dataclasses import replace

import orjson
import pytest
from sqlalchemy import Connection, insert, select

from ascbridge.events.logs import log_table, trace_context
from ascbridge.events.logs.cloud_event import to_record
from ascbridge.events.logs.envelope import ReleasedEvent
from ascbridge.events.logs.log import INBOUND, Assignment, Record
from ascbridge.events.logs.log_table import LogTable, as_record, as_row, short_row
from ascbridge.storage.database import Database
from ascbridge.storage.tables import event_log, message
from tests.events.machines import NOON, PREFIX

PERSON = Assignment("person", 0)


def record(said: str, time_ms: int = NOON, topic: str = "person") -> Record:
    return Record(topic, 0, 0, "p1", {"ce_id": said, "ce_type": "t"}, said.encode(), time_ms)


async def fill(database: Database, *records: Record) -> None:
    await database.write(lambda c: c.execute(event_log.insert(), [as_row(one) for one in records]))


async def test_a_record_and_its_row_say_the_same(database: Database) -> None:
    await fill(database, record('é"\n'))
    row = await database.read(lambda c: c.execute(select(event_log)).one())
    assert row.event_id == 'é"\n'
    assert as_record(row) == replace(record('é"\n'), offset=row.position)


FACT = ReleasedEvent(
    id="01a0", type=f"{PREFIX}.person.patient-died.v1", topic="person", subject="p1", time_ms=NOON,
    recorded_ms=NOON, correlation_id="m", causation_id="m", key_id="",
    traceparent=trace_context.traceparent("m", "01a0"), data={"died_on": ""},
)  # fmt: skip


def event(**more: str) -> Record:
    whole = to_record(FACT, prefix=PREFIX, now_ms=NOON)
    return replace(whole, headers={**whole.headers, **more})


@pytest.mark.parametrize("whole", [event(), event(gap="e9"), event(ce_source="elsewhere"), record("e1")])
async def test_a_short_row_holds_the_same_record(whole: Record, database: Database) -> None:
    row = as_row(whole, short=True)
    await database.write(lambda c: c.execute(event_log.insert(), [row]))
    kept = await database.read(lambda c: c.execute(select(event_log)).one())
    assert as_record(kept) == replace(whole, offset=kept.position)


def test_a_short_row_leaves_out_what_follows_from_its_other_columns() -> None:
    assert set(orjson.loads(as_row(event(), short=True)["headers"])) == {
        "ce_type", "ce_time", "ce_recordedtime", "ce_correlationid", "ce_causationid",
    }  # fmt: skip
    assert orjson.loads(as_row(event())["headers"]) == event().headers


async def test_a_trace_that_a_sender_began_is_kept_and_one_that_follows_from_ids_takes_no_room(
    database: Database,
) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    rows = [as_row(event(), short=True), as_row(event(ce_traceparent=theirs), short=True)]
    assert [theirs in row["headers"] for row in rows] == [False, True]
    assert "traceparent" not in rows[0]["headers"]
    await database.write(lambda c: c.execute(event_log.insert(), rows))
    read = await database.read(lambda c: [as_record(row) for row in c.execute(select(event_log))])
    assert [one.headers["ce_traceparent"] for one in read] == [FACT.traceparent, theirs]


@pytest.mark.parametrize("fact", [FACT, replace(FACT, key_id="p1.1", traceparent="00-ab-cd-01")])
def test_the_short_row_of_an_event_is_that_of_its_record(fact: ReleasedEvent) -> None:
    assert short_row(fact, 3, NOON) == as_row(
        to_record(fact, prefix=PREFIX, partition=3, now_ms=NOON), short=True
    )


async def test_the_first_record_at_a_time_is_found_between_records_of_other_topics(
    database: Database,
) -> None:
    table = LogTable(PREFIX, 1)
    times = [NOON, NOON, NOON + 5, NOON + 5, NOON + 9]
    for time_ms in times:
        await fill(database, record("x", time_ms), record("y", time_ms, topic="task"))
    rows = await database.read(lambda c: table.some(c, PERSON, 0, 10))
    offsets = [row.offset for row in rows]

    def at(time_ms: int) -> int:
        return {NOON: offsets[0], NOON + 1: offsets[2], NOON + 5: offsets[2], NOON + 9: offsets[4]}[time_ms]

    for time_ms in (NOON, NOON + 1, NOON + 5, NOON + 9):
        assert await database.read(lambda c, t=time_ms: table.first_at(c, PERSON, t)) == at(time_ms)
    end = (await database.read(lambda c: table.bounds(c, "person")))[0][1]
    assert await database.read(lambda c: table.first_at(c, PERSON, NOON + 10)) == end
    assert end == offsets[-1] + 2  # positions are numbered over all topics


async def test_an_empty_log_begins_and_ends_at_the_same_place(database: Database) -> None:
    table = LogTable(PREFIX, 2)

    def look(connection: Connection) -> tuple[object, object, int]:
        return (
            table.bounds(connection, "task"),
            table.bounds(connection, INBOUND),
            table.first_at(connection, Assignment("task", 1), NOON),
        )

    assert await database.read(look) == ({0: (0, 1), 1: (0, 1)}, {0: (0, 1), 1: (0, 1)}, 1)


async def test_messages_that_were_deleted_are_outside_the_log(database: Database) -> None:
    rows = [
        {"position": position, "message_id": f"m{position}", "received_ms": NOON, "body": b"", "answer": b"",
         "outcome": "kept"}
        for position in (41, 42)
    ]  # fmt: skip
    await database.write(lambda c: c.execute(insert(message), rows))
    assert await database.read(lambda c: LogTable(PREFIX, 1).bounds(c, INBOUND)) == {0: (41, 43)}


async def test_a_limit_holds_over_all_partitions_and_the_first_asked_is_served_first(
    database: Database,
) -> None:
    await fill(
        database, *[record(str(n)) for n in range(4)], *[record(str(n), topic="task") for n in range(4)]
    )
    table, task = LogTable(PREFIX, 1), Assignment("task", 0)
    fetched = await database.read(lambda c: table.read(c, [(task, 0), (PERSON, 0)], 6))
    assert {one: len(some) for one, some in fetched.records.items()} == {task: 4, PERSON: 2}
    assert await database.read(lambda c: table.count(c, PERSON, 0)) == 4


async def test_a_long_backlog_is_not_counted_to_its_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_table, "COUNTED", 3)
    await fill(database, *[record(str(n)) for n in range(5)])
    table = LogTable(PREFIX, 1)
    first = (await database.read(lambda c: table.some(c, PERSON, 0, 1)))[0].offset
    assert await database.read(lambda c: table.count(c, PERSON, first + 3)) == 2
    assert await database.read(lambda c: table.count(c, PERSON, first)) == 5

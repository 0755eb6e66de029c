"""The outbox: events leave with their cause, and owe an effect to everybody who reads their topic."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from ascbridge.events.facts.catalogue import PatientRestricted
from ascbridge.events.logs.envelope import Draft, Ref, partition_of
from ascbridge.events.logs.outbox import Outbox
from ascbridge.storage.database import Database
from ascbridge.storage.tables import event_log, message, open_effect
from tests.events.ledgers.test_ledger import event
from tests.events.machines import NOON, PREFIX, Machine

READERS = {"discharge": ("person", "discharge"), "record": ("person", "task")}


async def rows(database: Database, statement: Any) -> list[Any]:
    return list(await database.read(lambda c: c.execute(statement).all()))


async def test_events_leave_in_order_each_in_its_keys_partition(database: Database) -> None:
    outbox = Outbox(8, PREFIX, {})
    events = [event(f"m{n}", lane=f"p{n % 3}") for n in range(7)]
    await database.write(lambda c: outbox.emit(c, events, NOON))
    found = await rows(database, select(event_log).order_by(event_log.c.position))
    assert [row.event_id for row in found] == [one.id for one in events]
    assert all(row.partition == partition_of(row.key, 8) for row in found)
    assert {row.time_ms for row in found} == {NOON}
    assert found[0].value == b"{}"


async def test_each_reader_of_the_topic_owes_an_effect(database: Database) -> None:
    outbox = Outbox(1, PREFIX, READERS)
    await database.write(lambda c: outbox.emit(c, [event("m1"), event("m2", lane="p2")], NOON))
    owed = await rows(database, select(open_effect).order_by(open_effect.c.message_id, open_effect.c.reader))
    assert [tuple(row) for row in owed] == [
        ("m1", "m1-person", "discharge", "p1"),
        ("m1", "m1-person", "record", "p1"),
        ("m2", "m2-person", "discharge", "p2"),
        ("m2", "m2-person", "record", "p2"),
    ]


async def test_emitting_again_owes_nothing_more(database: Database) -> None:
    outbox = Outbox(1, PREFIX, READERS)
    for _ in range(2):
        await database.write(lambda c: outbox.emit(c, [event("m1")], NOON))
    assert len(await rows(database, select(open_effect))) == 2
    assert len(await rows(database, select(event_log))) == 2  # a topic may show an id twice


async def test_what_its_cause_takes_back_never_left(database: Database) -> None:
    outbox = Outbox(1, PREFIX, READERS)

    def fail(connection: Any) -> None:
        outbox.emit(connection, [event("m1")], NOON)
        raise RuntimeError("changed its mind")

    with pytest.raises(RuntimeError):
        await database.write(fail)
    assert await rows(database, select(event_log)) == []
    assert await rows(database, select(open_effect)) == []


async def test_nothing_leaves_that_was_not_released(database: Database) -> None:
    draft = Draft(Ref("patient", "RKB", "1"), "person", NOON, PatientRestricted(level="local"))
    with pytest.raises(TypeError, match=r"people\.release"):
        await database.write(lambda c: Outbox(1, PREFIX, {}).emit(c, [draft], NOON))  # type: ignore[list-item]  # mypy says so too
    assert await rows(database, select(event_log)) == []


async def test_nothing_to_say_is_nothing_said(database: Database) -> None:
    await database.write(lambda c: Outbox(1, PREFIX, READERS).emit(c, [], NOON))
    assert await rows(database, select(event_log)) == []


async def test_kept_messages_are_announced_in_the_order_they_were_kept(database: Database) -> None:
    outbox = Outbox(4, PREFIX, {})
    kept = [
        {"message_id": f"m{n}", "feed": "ward", "lane": f"p{n}", "received_ms": NOON + n, "body": b"MSH|",
         "answer": b"", "outcome": outcome}
        for n, outcome in enumerate(["kept", "refused", "kept"])
    ]  # fmt: skip
    await database.write(lambda c: c.execute(insert(message), kept))
    await database.write(lambda c: outbox.announce(c, ["m2", "m1", "m0"]))
    found = await rows(database, select(event_log).order_by(event_log.c.position))
    assert [(row.topic, row.event_id, row.partition) for row in found] == [
        ("inbound", "m0", partition_of("p0", 4)),
        ("inbound", "m2", partition_of("p2", 4)),
    ]
    assert not any(b"MSH" in row.value for row in found)


async def test_on_one_machine_the_outbox_is_the_log(sqlite_machine: Machine) -> None:
    await sqlite_machine.say(("p1", "a"))
    topic = sqlite_machine.topic("person")
    assert (await sqlite_machine.log.bounds(topic))[partition_of("p1", 2)] == (0, 2)

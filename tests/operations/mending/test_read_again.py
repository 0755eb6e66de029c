"""A reader reads again, on both machines: from a time or a place, never forward, and nothing is done twice by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.events.handlers import delivery
from ascbridge.events.ledgers import ledger
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.events.logs import positions
from ascbridge.events.logs.envelope import partition_of
from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.events.logs.log import Assignment
from ascbridge.operations.finding import audit_search
from ascbridge.operations.mending.read_again import CannotReadAgain, Place, plan, read_again
from ascbridge.storage.tables import (
    desk_act,
    event_log,
    evidence,
    ledger_count,
    message_state,
    open_effect,
    record_part,
    spell,
    task,
)
from tests.events.conftest import (
    clock,
    database,
    kafka_machine,
    machine,
    postgres_database,
    postgres_tables,
    sqlite_database,
    sqlite_machine,
)
from tests.events.machines import running, until

if TYPE_CHECKING:
    from tests.events.machines import Machine, Noting
    from tests.web.city import City

__all__ = [
    "clock", "database", "kafka_machine", "machine", "postgres_database", "postgres_tables", "sqlite_database",
    "sqlite_machine",
]  # fmt: skip
ANN, BOB = "p0", "p9"
WHO = AuditEntry("work", "Ola Green", "it-operations", "", why="the reader was mended")


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shorter than in earnest; nothing here is about how long."""
    monkeypatch.setattr(delivery, "FETCH_WAIT_S", 0.05)
    monkeypatch.setattr(delivery, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(delivery, "LONGEST_WAIT_S", 0.05)


async def reached(machine: Machine, handler: Noting) -> dict[Assignment, int]:
    standing = await machine.database.read(lambda c: positions.standing(c, handler.name))
    return {here: one.next_offset for (_, here), one in standing.items()}


async def everything_is_read(machine: Machine, handler: Noting) -> bool:
    offsets = await reached(machine, handler)
    return bool(offsets) and not any((await machine.log.behind(offsets)).values())


async def test_everything_is_handed_over_again_and_done_once(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    ids = await machine.say((ANN, "a1"), (BOB, "b1"), (ANN, "a2"))
    async with running(machine.delivery(handler)):
        await until(lambda: everything_is_read(machine, handler))
        balance, effects = await machine.balance(), await machine.effects(handler.name)
        handler.batches.clear()
        wanted = await plan(machine.log, machine.database, handler.name, time_ms=0)
        assert wanted.events == 3
        assert handler.batches == []  # to ask changes nothing
        await machine.database.write(lambda c: read_again(c, wanted, WHO, machine.clock.now_ms()))
        machine.clock.pass_minutes(0.1)  # within which an idle reader notices
        await until(lambda: {one for batch in handler.batches for one in batch} == set(ids))
        await until(lambda: everything_is_read(machine, handler))
    assert await machine.effects(handler.name) == effects
    assert await machine.balance() == balance
    (entry,) = await machine.database.read(audit_search.entries)
    assert (entry.what, entry.whom, entry.result, entry.why) == (
        "events read again", f"reader:{handler.name}", "3", "the reader was mended"
    )  # fmt: skip


async def test_one_place_is_where_it_begins_and_no_other_partition_moves(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    ids = await machine.say((ANN, "a1"), (BOB, "b1"), (ANN, "a2"))
    topic, partition = machine.topic("person"), partition_of(ANN, 2)
    async with running(machine.delivery(handler)):
        await until(lambda: everything_is_read(machine, handler))
        handler.batches.clear()
        end = (await reached(machine, handler))[Assignment(topic, partition)]
        place = Place.parse(f"{topic}/{partition}/{end - 1}")
        wanted = await plan(machine.log, machine.database, handler.name, place=place)
        assert ([step.place for step in wanted.steps], wanted.events) == ([place], 1)
        await machine.database.write(lambda c: read_again(c, wanted, WHO, machine.clock.now_ms()))
        machine.clock.pass_minutes(0.1)
        await until(lambda: handler.batches)
        await until(lambda: everything_is_read(machine, handler))
    assert handler.batches == [[ids[2]]]


async def test_what_is_not_there_to_be_read_is_told(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a1"))
    topic, partition = machine.topic("person"), partition_of(ANN, 2)
    async with running(machine.delivery(handler)):
        await until(lambda: everything_is_read(machine, handler))
    end = (await reached(machine, handler))[Assignment(topic, partition)]

    async def refused(consumer: str, place: Place) -> str:
        with pytest.raises(CannotReadAgain) as told:
            await plan(machine.log, machine.database, consumer, place=place)
        return str(told.value)

    assert f"readers are {handler.name}" in await refused("nobody", Place(topic, partition, 0))
    assert "it reads" in await refused(handler.name, Place("care", 0, 0))
    assert "would leave events out" in await refused(handler.name, Place(topic, partition, end + 1))
    nothing = await plan(machine.log, machine.database, handler.name, place=Place(topic, partition, end))
    assert (nothing.steps, nothing.events) == ((), 0)


async def test_a_reader_that_went_back_meanwhile_is_not_moved_on(sqlite_machine: Machine) -> None:
    machine = sqlite_machine
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a1"), (ANN, "a2"), (ANN, "a3"))
    topic, partition = machine.topic("person"), partition_of(ANN, 2)
    here = Assignment(topic, partition)
    async with running(machine.delivery(handler)):
        await until(lambda: everything_is_read(machine, handler))
    end = (await reached(machine, handler))[here]
    late = await plan(machine.log, machine.database, handler.name, place=Place(topic, partition, end - 1))
    await machine.database.write(lambda c: positions.rewind(c, handler.name, topic, {partition: end - 2}, 1))
    await machine.database.write(lambda c: read_again(c, late, WHO, 2))
    assert (await reached(machine, handler))[here] == end - 2


async def test_what_was_pruned_is_gone_and_a_log_that_is_away_is_told(sqlite_machine: Machine) -> None:
    machine = sqlite_machine
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a1"))
    async with running(machine.delivery(handler)):
        await until(lambda: everything_is_read(machine, handler))

    class Log:
        async def bounds(self, topic: str) -> dict[int, tuple[int, int]]:
            return dict.fromkeys(range(2), (1, 9))

        async def offset_at(self, topic: str, time_ms: int) -> dict[int, int]:
            raise InfrastructureFault("Kafka: no broker")

    log: Any = Log()
    with pytest.raises(CannotReadAgain, match="begins at 1: earlier events are gone"):
        await plan(log, machine.database, handler.name, place=Place("person", 0, 0))
    with pytest.raises(CannotReadAgain, match="cannot be reached now: Kafka: no broker"):
        await plan(log, machine.database, handler.name, time_ms=0)


@pytest.mark.parametrize("text", ["", "person", "person/0", "person/0/x", "person/0/-1", "/0/1", "a/b/0/1"])
def test_another_text_is_no_position(text: str) -> None:
    with pytest.raises(CannotReadAgain, match="topic/partition/offset"):
        Place.parse(text)


BOOKKEEPING = {"changed_ms", "sealed", "event_id", "message_id"}
"""When a row was last written and by which event, and what is sealed anew each time."""


def seen(city: City) -> dict[str, list[dict[str, Any]]]:
    """What people, the record and the ledger are shown."""
    found = {}
    for table in (task, spell, record_part, message_state, ledger_count, desk_act, evidence):
        rows = [
            {name: value for name, value in row._mapping.items() if name not in BOOKKEEPING}
            for row in city.rows(table)
        ]
        found[table.name] = sorted(rows, key=str)
    return found


@pytest.mark.parametrize("consumer", ["translator", "discharge", "record"])
async def test_every_reader_of_the_bridge_leaves_all_as_it_was(city: City, consumer: str) -> None:
    city.work()
    before, owed = seen(city), {(row.reader, row.event_id) for row in city.rows(open_effect)}
    said = {row.event_id for row in city.rows(event_log)}
    wanted = await plan(city.log, city.bridge, consumer, time_ms=0)
    assert wanted.events > 0
    await city.bridge.write(lambda c: read_again(c, wanted, WHO, city.clock.at_ms))
    city._read = city._positions()
    city.work()
    city.work()  # whatever was said twice is heard twice
    assert seen(city) == before
    assert {row.event_id for row in city.rows(event_log)} == said
    assert {(row.reader, row.event_id) for row in city.rows(open_effect)} == owed
    assert city.bridge.read_now(ledger.miscounted) == {}
    assert min(row.n for row in city.rows(ledger_count)) >= 0

"""What is paused waits in its order, whatever happens meanwhile; everything else goes on."""

import pytest

from ascbridge.events.handlers import delivery, pauses, set_aside
from ascbridge.events.handlers.pauses import Pause
from ascbridge.events.logs.log import INBOUND, Assignment, Record
from ascbridge.storage.database import Database
from tests.events.handlers.test_delivery import ANN, BOB, all_read, done
from tests.events.machines import NOON, Machine, running, until
from tests.events.victim import dies, order

PERSON = Pause("family", "person", "pause", NOON, "Ann Engineer", "it-operations", "a test")


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shorter than in earnest; nothing here is about how long."""
    monkeypatch.setattr(delivery, "FETCH_WAIT_S", 0.05)
    monkeypatch.setattr(delivery, "LOOK_ROUND_MS", 0)


def said(feed: str, lane: str, offset: int) -> Record:
    return Record(INBOUND, 0, offset, lane, {"feed": feed, "ce_id": f"{feed}{offset}"}, b"{}", NOON)


async def pause(database: Database, *these: Pause) -> None:
    for one in these:
        await database.write(lambda c, one=one: pauses.begin(c, one))


async def resume(database: Database, one: Pause) -> None:
    await database.write(lambda c: pauses.end(c, one.kind, one.name, "Bob", "done", NOON))


async def test_a_feed_waits_and_no_message_of_a_person_overtakes_another_afterwards(
    database: Database,
) -> None:
    ward = Pause("feed", "ward", "pause", NOON, "Ann", "it-operations", "a test")
    here = {Assignment(INBOUND, 0)}

    async def lay(*records: Record) -> list[str]:
        return [one.event_id for one in await database.write(lambda c: set_aside.lay(c, "t", records))]

    async def due(limit: int) -> list[Record]:
        return await database.read(lambda c: set_aside.due(c, "t", here, limit))

    assert await lay(said("ward", "a", 1)) == ["ward1"]
    await pause(database, ward)
    assert await lay(said("ward", "a", 2), said("door", "a", 3), said("ward", "b", 4)) == ["door3"]
    assert await lay(said("ward", "a", 2)) == []  # read again: it waits once
    assert await due(10) == []
    assert await database.read(lambda c: set_aside.people(c, "feed", "ward")) == 2
    assert await database.read(lambda c: set_aside.count(c, "feed", "ward")) == 2
    await resume(database, ward)
    assert await lay(said("ward", "a", 5), said("ward", "c", 6), said("door", "a", 7)) == ["ward6", "door7"]
    first = await due(1)
    assert first == [said("ward", "a", 2)]
    await database.write(lambda c: set_aside.take_out(c, "t", first))
    assert [one.event_id for one in await due(10)] == ["ward4", "ward5"]
    assert await database.read(lambda c: set_aside.due(c, "t", {Assignment(INBOUND, 1)}, 10)) == []


async def test_a_family_waits_over_a_kill_and_everybodys_order_stays(sqlite_machine: Machine) -> None:
    machine = sqlite_machine
    handler = machine.noting("record", "person", "discharge")
    await machine.say((ANN, "a1"), (BOB, "b1"))
    async with running(machine.delivery(handler)):
        await done(machine, handler, 2)
        await pause(machine.database, PERSON)
        await machine.say((ANN, "a2"), (BOB, "b2"))
        await machine.say((ANN, "stay"), topic="discharge")
        await done(machine, handler, 3)
    assert await machine.of_lane(handler.name, ANN) == ["a1", "stay"]
    assert (await machine.balance()).waiting == 2  # the sums come out: what is paused waits

    await machine.say((ANN, "a3"), (BOB, "b3"))
    await resume(machine.database, PERSON)
    await dies(order(machine, "delivery", 1, handler))
    async with running(machine.delivery(handler, batch=1)) as _:
        await done(machine, handler, 7)
    assert await machine.of_lane(handler.name, ANN) == ["a1", "stay", "a2", "a3"]
    assert await machine.of_lane(handler.name, BOB) == ["b1", "b2", "b3"]
    assert (await machine.balance()).delivered == 7


async def test_a_held_person_is_not_tried_while_their_feed_or_family_is_paused(
    sqlite_machine: Machine,
) -> None:
    machine = sqlite_machine
    handler = machine.noting("record", "person")
    broken = True

    def fault(_record: Record) -> None:
        if broken:
            raise ValueError("odd")

    handler.fault = fault
    await machine.say((ANN, "a1"), (ANN, "a2"))
    async with running(reader := machine.delivery(handler)):
        await all_read(machine, reader)
        await pause(machine.database, PERSON)
        broken = False
        tries = len(handler.batches)
        for _ in range(3):
            machine.clock.pass_minutes(30)
            await machine.say((BOB, "b"))
            await all_read(machine, reader)
        assert await machine.effects(handler.name) == []
        assert len(handler.batches) == tries
        await resume(machine.database, PERSON)
        machine.clock.pass_minutes(30)
        await done(machine, handler, 5)

        async def settled() -> bool:
            return (await machine.balance()).delivered == 5

        await until(settled)
    assert await machine.of_lane(handler.name, ANN) == ["a1", "a2"]

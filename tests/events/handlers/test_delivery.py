"""Delivery on both machines: nothing lost, nothing twice, one person's fault is nobody else's."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from prometheus_client import generate_latest
from sqlalchemy import Connection, func, insert, select

from ascbridge import telemetry
from ascbridge.events.handlers import dead_letters, delivery, holds, portions, retry
from ascbridge.events.handlers.delivery import Delivery, EventFault, InfrastructureFault
from ascbridge.events.handlers.holds import HoldRules
from ascbridge.events.logs import positions
from ascbridge.events.logs.cloud_event import to_record
from ascbridge.events.logs.envelope import partition_of
from ascbridge.events.logs.log import INBOUND, Assignment, Fetched, Record
from ascbridge.storage.tables import dead_letter, held, intake_count, message, parked, position
from ascbridge.storage.upsert import add_counts
from tests.events.machines import NOON, PATIENCE_S, PREFIX, Machine, Noting, effect, running, until
from tests.events.victim import dies, order

ANN, BOB, CAT = "p0", "p9", "p1"  # Bob is in another partition than Ann and Cat


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shorter than in earnest; nothing here is about how long."""
    monkeypatch.setattr(delivery, "FETCH_WAIT_S", 0.05)
    monkeypatch.setattr(delivery, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(delivery, "LONGEST_WAIT_S", 0.05)


def broken(*texts: str, cause: str = "no such ward; map it") -> Callable[[Record], None]:
    """A fault of the events that say one of these texts, for as long as it stands in `texts`."""

    def fault(record: Record) -> None:
        if any(f'"{text}"'.encode() in record.value for text in texts):
            raise EventFault(cause)

    return fault


def mended(_record: Record) -> None:
    """No fault at all."""


async def done(machine: Machine, handler: Noting, count: int) -> None:
    async def noted() -> bool:
        return len(await machine.effects(handler.name)) >= count

    await until(noted)


async def rewound(machine: Machine, handler: Noting, topic: str, offsets: dict[int, int]) -> None:
    """Rewind, and let the seconds pass within which an idle reader notices."""
    await machine.database.write(lambda c: positions.rewind(c, handler.name, topic, offsets, NOON))
    machine.clock.pass_minutes(0.1)


async def held_lanes(machine: Machine) -> dict[str, int]:
    return {row.lane: row.tries for row in await machine.rows(select(held.c.lane, held.c.tries))}


async def all_read(machine: Machine, reader: Delivery) -> None:
    """Wait until the reader's positions are at the end of its topics."""

    async def there() -> bool:
        standing = await machine.database.read(lambda c: positions.standing(c, reader.name))
        offsets = {assignment: one.next_offset for (_, assignment), one in standing.items()}
        return bool(offsets) and not any((await machine.log.behind(offsets)).values())

    await until(there)


async def test_every_event_is_handled_once_in_the_order_of_its_person(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    for turn in range(4):
        await machine.say((ANN, f"a{turn}"), (BOB, f"b{turn}"), (CAT, f"c{turn}"))
    reader = machine.delivery(handler, batch=5)
    async with running(reader):
        await done(machine, handler, 12)
    for lane, letter in ((ANN, "a"), (BOB, "b"), (CAT, "c")):
        assert await machine.of_lane(handler.name, lane) == [f"{letter}{turn}" for turn in range(4)]
    assert (await machine.balance()).delivered == 12
    assert reader.healthy
    assert all(len(batch) <= 5 for batch in handler.batches)


async def test_many_readers_each_get_everything_and_the_message_waits_for_the_last(machine: Machine) -> None:
    quick, slow = machine.noting("quick", "person"), machine.noting("slow", "person")
    await machine.say((ANN, "a"), (BOB, "b"))
    async with running(machine.delivery(quick)):
        await done(machine, quick, 2)
    assert (await machine.balance()).waiting == 2
    async with running(machine.delivery(slow)):
        await done(machine, slow, 2)
    assert (await machine.balance()).delivered == 2


async def test_families_of_events_are_handled_in_the_order_of_the_handlers_topics(machine: Machine) -> None:
    handler = machine.noting("record", "person", "discharge")
    await machine.say((ANN, "stay"), topic="discharge")
    await machine.say((ANN, "who"), topic="person")
    async with running(machine.delivery(handler)):
        await done(machine, handler, 2)
    assert set(await machine.of_lane(handler.name, ANN)) == {"stay", "who"}
    assert (await machine.balance()).delivered == 2


async def test_a_reader_that_is_behind_takes_more_at_a_time_and_leaves_nobody_out(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "QUICK_S", float("inf"))  # however slow the machine
    handler = machine.noting("record", "person")
    for turn in range(20):
        await machine.say((ANN, f"a{turn}"), (CAT, f"c{turn}"))
    reader = machine.delivery(handler, batch=2, batch_behind=8)
    behind: list[bool] = []
    handler.fault = lambda _record: behind.append(reader.behind)
    async with running(reader):
        await done(machine, handler, 40)
        async with asyncio.timeout(30):
            while reader.behind:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
    assert behind[0] is False
    assert any(behind)
    sizes = [len(batch) for batch in handler.batches]
    assert (max(sizes), sum(sizes)) == (8, 40)
    for lane, letter in ((ANN, "a"), (CAT, "c")):
        assert await machine.of_lane(handler.name, lane) == [f"{letter}{turn}" for turn in range(20)]


async def test_a_restarted_reader_goes_on_where_it_stopped(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a"), (BOB, "b"))
    async with running(machine.delivery(handler)):
        await done(machine, handler, 2)
    handler.batches.clear()
    (third,) = await machine.say((ANN, "c"))
    async with running(machine.delivery(handler)):
        await done(machine, handler, 3)
    assert handler.batches == [[third]]


async def test_what_failed_before_the_commit_is_done_again_and_once(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a"), (BOB, "b"))
    failures = ["the disk is full"] * 4

    def fault(_record: Record) -> None:
        if failures:
            raise InfrastructureFault(failures.pop())

    handler.fault = fault
    reader = machine.delivery(handler)
    troubles = []
    async with running(reader):
        await until(lambda: troubles.append(reader.trouble) or not failures)
        await done(machine, handler, 2)
    assert "the disk is full" in troubles
    assert reader.healthy
    assert len(await machine.effects(handler.name)) == 2
    assert await held_lanes(machine) == {}
    assert (await machine.balance()).delivered == 2


async def test_a_process_killed_between_handling_and_commit_leaves_no_half_batch(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say(*[(lane, f"{lane}-{n}") for n in range(10) for lane in (ANN, BOB)])
    for after in (1, 8):  # in its first batch, then in its second
        await dies(order(machine, "delivery", after, handler))
    done_before = await machine.effects(handler.name)
    assert len(done_before) == 7  # just the batch that was committed
    balance = await machine.balance()
    assert (balance.delivered, balance.waiting) == (7, 13)
    async with running(machine.delivery(handler)):
        await done(machine, handler, 20)
    for lane in (ANN, BOB):
        assert await machine.of_lane(handler.name, lane) == [f"{lane}-{n}" for n in range(10)]
    assert (await machine.balance()).delivered == 20


class Stalling:
    """A log whose readers, once they have fetched something, stand still until they are let go."""

    def __init__(self, log: Any) -> None:
        self.log, self.stalled, self.go_on = log, asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)

    async def subscribe(self, consumer: str, topics: Sequence[str], member: str) -> Any:
        subscription = await self.log.subscribe(consumer, topics, member)
        fetch = subscription.fetch

        async def stalling(limit: int, wait_s: float) -> Fetched:
            fetched: Fetched = await fetch(limit, wait_s)
            if fetched.records:
                self.stalled.set()
                await self.go_on.wait()
            return fetched

        subscription.fetch = stalling
        return subscription


async def test_a_stalled_owner_is_fenced_and_its_batch_rolled_back(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a"), (ANN, "b"))
    log = Stalling(machine.log)
    stalled = machine.delivery(handler, log=log)
    async with running(stalled):
        await until(log.stalled.is_set)
        # It is restarted elsewhere, under its name, while the old process still hangs.
        successor = machine.noting("record", "person")
        async with running(machine.delivery(successor, log=machine.new_log())):
            await done(machine, successor, 2)
            await machine.say((ANN, "c"))
            await done(machine, successor, 3)
        log.go_on.set()
        await until(lambda: stalled.progress_ms > 0)  # it has rejoined, and found nothing left to do
        assert stalled.healthy
    assert await machine.of_lane(handler.name, ANN) == ["a", "b", "c"]
    assert len(successor.batches) >= 1
    assert handler.batches == []  # the position comes first: its handler was never asked
    assert (await machine.balance()).delivered == 3


async def test_one_persons_fault_holds_that_person_only(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a2"))
    await machine.say((ANN, "a1"), (BOB, "b1"), (ANN, "a2"), (BOB, "b2"), (ANN, "a3"), (CAT, "c1"))
    reader = machine.delivery(handler)
    async with running(reader):
        await done(machine, handler, 4)
        await all_read(machine, reader)
        await machine.say((ANN, "a4"), (BOB, "b3"))
        await done(machine, handler, 5)
        await all_read(machine, reader)
        assert reader.healthy
    assert await machine.of_lane(handler.name, ANN) == ["a1"]
    assert await machine.of_lane(handler.name, BOB) == ["b1", "b2", "b3"]
    assert await held_lanes(machine) == {ANN: 1}
    balance = await machine.balance()
    assert (balance.delivered, balance.held, balance.parked) == (5, 1, 2)
    (row,) = await machine.rows(select(held))
    assert row.cause == "no such ward; map it"


async def test_a_held_person_recovers_and_everything_follows_in_order(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a1"))
    await machine.say((ANN, "a1"), (ANN, "a2"))
    reader = machine.delivery(handler)
    async with running(reader):
        await until(lambda: held_is(machine, {ANN: 1}))
        await machine.say((ANN, "a3"), (BOB, "b1"))
        await done(machine, handler, 1)
        await all_read(machine, reader)
        machine.clock.pass_minutes(2)
        await until(lambda: held_is(machine, {ANN: 2}))
        handler.fault = mended
        machine.clock.pass_minutes(3)
        await done(machine, handler, 4)
        await until(lambda: held_is(machine, {}))
        await machine.say((ANN, "a4"))
        await done(machine, handler, 5)
    assert await machine.of_lane(handler.name, ANN) == ["a1", "a2", "a3", "a4"]
    assert await machine.scalar(select(func.count()).select_from(parked)) == 0
    assert (await machine.balance()).delivered == 5


async def held_is(machine: Machine, wanted: dict[str, int]) -> bool:
    return await held_lanes(machine) == wanted


async def test_a_person_whose_long_queue_is_let_go_keeps_nobody_waiting(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "TAIL", 10)
    handler = machine.noting("record", "person", fault=broken("a0"))
    await machine.say(*[(ANN, f"a{n}") for n in range(60)])
    reader = machine.delivery(handler)
    async with running(reader):
        await until(lambda: held_is(machine, {ANN: 1}))
        await all_read(machine, reader)
        mark = asyncio.Event()

        def first_of_the_queue(record: Record) -> None:
            mark.set()

        handler.fault = first_of_the_queue
        machine.clock.pass_minutes(2)
        await until(mark.is_set)
        await machine.say((BOB, "b0"))
        await done(machine, handler, 61)
    said = await machine.effects(handler.name)
    assert [text for who, text in said if who == ANN] == [f"a{n}" for n in range(60)]
    turns = (said.index((BOB, "b0")), len(said) - 1)
    assert turns[0] < turns[1], "Bob waited for the whole of Ann's queue"


async def test_nothing_is_tried_again_before_its_time(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a1"))
    await machine.say((ANN, "a1"))
    reader = machine.delivery(handler, hold_tries=3, hold_minutes=7)  # after 1, 3 and 7 minutes
    async with running(reader):
        await until(lambda: held_is(machine, {ANN: 1}))
        tried = len(handler.batches)
        machine.clock.pass_minutes(0.9)
        await machine.say((BOB, "b1"))
        await done(machine, handler, 1)
        assert await held_lanes(machine) == {ANN: 1}
        assert len(handler.batches) == tried + 1
        machine.clock.pass_minutes(0.2)
        await until(lambda: held_is(machine, {ANN: 2}))


async def test_a_clock_that_is_set_back_keeps_no_reader_from_looking_round(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a"))
    topic = machine.topic("person")
    async with running(machine.delivery(handler)):
        await done(machine, handler, 1)
        first = {partition: edges[0] for partition, edges in (await machine.log.bounds(topic)).items()}
        # An idle reader notices a rewind by looking round, and only so: in five seconds of a clock that stands still.
        await machine.database.write(lambda c: positions.rewind(c, handler.name, topic, first, NOON))
        machine.clock.pass_minutes(-120)
        await until(lambda: sum(map(len, handler.batches)) == 2)


async def test_after_the_last_try_only_the_head_is_given_up_and_the_rest_go_on_marked(
    machine: Machine,
) -> None:
    handler = machine.noting("record", "person", fault=broken("a1"))
    first, *_ = await machine.say((ANN, "a1"), (ANN, "a2"), (ANN, "a3"))
    reader = machine.delivery(handler, hold_tries=2, hold_minutes=3)
    async with running(reader):
        await until(lambda: held_is(machine, {ANN: 1}))
        machine.clock.pass_minutes(1)
        await until(lambda: held_is(machine, {ANN: 2}))
        machine.clock.pass_minutes(2)
        await done(machine, handler, 2)
        await until(lambda: held_is(machine, {}))
        await machine.say((ANN, "a4"))
        await done(machine, handler, 3)
    assert await machine.of_lane(handler.name, ANN) == ["a2", "a3", "a4"]
    (letter,) = await machine.rows(select(dead_letter))
    assert (letter.event_id, letter.message_id, letter.lane) == (first, "m1", ANN)
    assert (letter.cause, letter.state) == ("no such ward; map it", "open")
    gaps = await machine.rows(select(effect.c.gap).order_by(effect.c.n))
    assert [row.gap for row in gaps] == [first, first, ""]
    balance = await machine.balance()
    assert (balance.delivered, balance.dead) == (3, 1)


async def test_each_feed_has_a_bound_of_its_own(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a1", "b1"))
    await machine.say((ANN, "a1"), (ANN, "a2"), feed="ward")
    await machine.say((BOB, "b1"), (BOB, "b2"), feed="clinic")
    feeds = {"clinic": HoldRules(tries=1, minutes=2)}
    async with running(machine.delivery(handler, hold_tries=2, hold_minutes=30, feeds=feeds)):
        await until(lambda: held_is(machine, {ANN: 1, BOB: 1}))
        machine.clock.pass_minutes(2)
        await done(machine, handler, 1)
        assert await machine.of_lane(handler.name, BOB) == ["b2"]
        machine.clock.pass_minutes(8)
        await until(lambda: held_is(machine, {ANN: 2}))
        machine.clock.pass_minutes(20)
        await done(machine, handler, 2)
    assert await machine.of_lane(handler.name, ANN) == ["a2"]
    assert ((await machine.balance("ward")).dead, (await machine.balance("clinic")).dead) == (1, 1)


async def test_a_second_poison_behind_the_first_gets_tries_of_its_own(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a1", "a3"))
    first, _, third, _ = await machine.say((ANN, "a1"), (ANN, "a2"), (ANN, "a3"), (ANN, "a4"))
    async with running(machine.delivery(handler, hold_tries=1, hold_minutes=1)):
        await until(lambda: held_is(machine, {ANN: 1}))
        machine.clock.pass_minutes(1)
        await done(machine, handler, 1)
        assert await held_lanes(machine) == {ANN: 1}
        assert (await machine.rows(select(dead_letter.c.event_id))) == [(first,)]
        machine.clock.pass_minutes(1)
        await done(machine, handler, 2)
        await until(lambda: held_is(machine, {}))
    assert await machine.of_lane(handler.name, ANN) == ["a2", "a4"]
    gaps = await machine.rows(select(effect.c.gap).order_by(effect.c.n))
    assert [row.gap for row in gaps] == [first, third]
    assert (await machine.balance()).dead == 2


async def test_a_dead_letter_is_replayed_at_the_head_of_its_person(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a1", "a2"))
    await machine.say((ANN, "a1"), (ANN, "a2"), (ANN, "a3"))
    async with running(machine.delivery(handler, hold_tries=1, hold_minutes=1)):
        await until(lambda: held_is(machine, {ANN: 1}))
        machine.clock.pass_minutes(1)
        await until(lambda: machine.rows(select(dead_letter)))
        letter = (await machine.rows(select(dead_letter)))[0]
        handler.fault = mended
        now_ms = machine.clock.now_ms()
        await machine.database.write(lambda c: dead_letters.replay(c, letter.dead_id, now_ms))
        machine.clock.pass_minutes(6)  # at the latest, the reader looks round
        await done(machine, handler, 3)
        await until(lambda: held_is(machine, {}))
    assert await machine.of_lane(handler.name, ANN) == ["a1", "a2", "a3"]
    assert (await machine.balance()).delivered == 3
    with pytest.raises(dead_letters.NoDeadLetter):
        await machine.database.write(lambda c: dead_letters.dismiss(c, letter.dead_id, now_ms))


async def test_many_people_with_one_cause_are_our_fault_and_nobody_is_held_or_given_up(
    machine: Machine,
) -> None:
    everybody = [(f"p{n}", "x") for n in range(12)]
    handler = machine.noting("record", "person", fault=broken("x"))
    await machine.say(*everybody)
    reader = machine.delivery(handler, common_lanes=10, hold_tries=1)
    async with running(reader):
        await until(lambda: not reader.healthy)
        assert reader.trouble == "12 people are held with one cause: no such ward; map it"
        machine.clock.pass_minutes(60)
        tried = len(handler.batches)
        await until(lambda: len(handler.batches) > tried + 30)  # it keeps looking whether that is over
        assert await held_lanes(machine) == {}
        assert await machine.rows(select(dead_letter)) == []
        assert (await machine.balance()).waiting == 12
        handler.fault = mended

        async def everybody_is_done() -> bool:
            # Some may have been held by a round that was under way while it was mended.
            machine.clock.pass_minutes(60)
            return len(await machine.effects(handler.name)) == 12

        await until(everybody_is_done)
        await until(lambda: reader.healthy)
    assert (await machine.balance()).delivered == 12


async def test_people_already_held_with_the_common_cause_are_not_given_up(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("x"))
    await machine.say(*[(f"p{n}", "x") for n in range(8)])
    reader = machine.delivery(handler, common_lanes=10, hold_tries=1, hold_minutes=1)
    async with running(reader):
        await until(lambda: held_is(machine, {f"p{n}": 1 for n in range(8)}))
        assert reader.healthy
        await machine.say(*[(f"p{n}", "x") for n in range(10, 14)])
        await until(lambda: not reader.healthy)
        machine.clock.pass_minutes(30)
        await until(lambda: held_is(machine, {f"p{n}": 2 for n in range(8)}))
        assert await machine.rows(select(dead_letter)) == []
        handler.fault = mended
        machine.clock.pass_minutes(30)
        await done(machine, handler, 12)
        await until(lambda: reader.healthy)
    assert (await machine.balance()).delivered == 12


async def test_an_exception_nobody_foresaw_holds_its_person_and_tells_no_values(machine: Machine) -> None:
    def fault(record: Record) -> None:
        if record.key == ANN:
            raise KeyError("Mrs Ann Archer, 943 476 5919")

    handler = machine.noting("record", "person", fault=fault)
    await machine.say((ANN, "a1"), (BOB, "b1"))
    async with running(machine.delivery(handler)):
        await until(lambda: held_is(machine, {ANN: 1}))
        await done(machine, handler, 1)
    (row,) = await machine.rows(select(held))
    assert row.cause.startswith("KeyError in ")
    assert "Ann" not in row.cause
    assert "943" not in row.cause


async def test_a_statement_the_database_refuses_is_the_events_fault(machine: Machine) -> None:
    class Clashing(Noting):
        def handle(self, connection: Connection, records: Sequence[Record]) -> None:
            super().handle(connection, records)
            for record in records:
                if record.key == ANN:
                    row = {"consumer": "x", "topic": "x", "partition": 0, "moved_ms": 0}
                    connection.execute(insert(position), [row, row])

    handler = Clashing(machine.consumer("record"), (machine.topic("person"),))
    machine.readers[handler.name] = handler.topics
    await machine.say((ANN, "a1"), (BOB, "b1"))
    async with running(machine.delivery(handler)):
        await until(lambda: held_is(machine, {ANN: 1}))
        await done(machine, handler, 1)
    assert await machine.effects(handler.name) == [(BOB, "b1")]
    assert "IntegrityError" in (await machine.rows(select(held)))[0].cause


async def test_an_id_that_is_on_the_topic_twice_has_one_effect(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    twice = to_record(machine.event(ANN, "a1", 1), prefix=PREFIX)
    await machine.log.append([twice])
    await machine.log.append([to_record(machine.event(ANN, "a2", 2), prefix=PREFIX), twice])
    reader = machine.delivery(handler, batch=1)
    async with running(reader):
        await done(machine, handler, 2)
        await all_read(machine, reader)
    assert await machine.of_lane(handler.name, ANN) == ["a1", "a2"]
    assert len(handler.batches) == 3


async def test_an_offset_outside_the_log_stops_the_reader_until_a_person_decides(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a1"))
    here = Assignment(machine.topic("person"), partition_of(ANN, 2))
    row = {
        "consumer": handler.name, "topic": here.topic, "partition": here.partition, "next_offset": 999,
        "moved_ms": 0,
    }  # fmt: skip
    await machine.database.write(lambda c: c.execute(insert(position), [row]))
    reader = machine.delivery(handler)
    async with running(reader):
        await until(lambda: not reader.healthy)
        assert "and 999 is wanted" in reader.trouble
        first, _ = (await machine.log.bounds(here.topic))[here.partition]
        assert await machine.effects(handler.name) == []
        await rewound(machine, handler, here.topic, {here.partition: first})
        await done(machine, handler, 1)
        await until(lambda: reader.healthy)


async def test_a_replay_from_a_position_hands_everything_over_again(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    ids = await machine.say((ANN, "a1"), (ANN, "a2"), (ANN, "a3"))
    topic, partition = machine.topic("person"), partition_of(ANN, 2)
    reader = machine.delivery(handler, batch=1)
    async with running(reader):
        await done(machine, handler, 3)
        end = (await machine.database.read(lambda c: positions.standing(c, handler.name)))[
            handler.name, Assignment(topic, partition)
        ].next_offset
        handler.batches.clear()
        # The third record's offset is just before the end.
        await rewound(machine, handler, topic, {partition: end - 1})
        await until(lambda: handler.batches)
        await all_read(machine, reader)
    assert handler.batches == [[ids[2]]]
    assert len(await machine.effects(handler.name)) == 3  # their rows are keyed: no effect twice
    assert (await machine.balance()).delivered == 3


async def test_a_replay_from_a_time(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a1"))
    machine.clock.pass_minutes(1)
    offsets = {p: end for p, (_, end) in (await machine.log.bounds(machine.topic("person"))).items()}
    if machine.kind == "sqlite":
        offsets = await machine.log.offset_at(machine.topic("person"), machine.clock.now_ms())
    ids = await machine.say((ANN, "a2"), (BOB, "b2"))
    reader = machine.delivery(handler)
    async with running(reader):
        await done(machine, handler, 3)
        handler.batches.clear()
        await rewound(machine, handler, machine.topic("person"), offsets)
        await until(lambda: {one for batch in handler.batches for one in batch} >= set(ids))
        await all_read(machine, reader)
    assert {one for batch in handler.batches for one in batch} == set(ids)


async def test_a_replay_parks_what_belongs_to_a_held_person_once(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a1"))
    await machine.say((ANN, "a1"), (ANN, "a2"), (BOB, "b1"))
    topic = machine.topic("person")
    reader = machine.delivery(handler)
    async with running(reader):
        await until(lambda: held_is(machine, {ANN: 1}))
        await all_read(machine, reader)
        starts = {p: first for p, (first, _) in (await machine.log.bounds(topic)).items()}
        tried = len(handler.batches)
        await rewound(machine, handler, topic, starts)
        await until(lambda: len(handler.batches) > tried)
        await all_read(machine, reader)
        assert await machine.scalar(select(func.count()).select_from(parked)) == 2
        handler.fault = mended
        machine.clock.pass_minutes(5)
        await done(machine, handler, 3)
    assert await machine.of_lane(handler.name, ANN) == ["a1", "a2"]
    assert (await machine.balance()).delivered == 3


async def test_an_engineer_can_have_a_person_tried_at_once(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a1"))
    await machine.say((ANN, "a1"))
    async with running(machine.delivery(handler)):
        await until(lambda: held_is(machine, {ANN: 1}))
        handler.fault = mended
        now_ms = machine.clock.now_ms()
        assert await machine.database.write(lambda c: holds.retry_now(c, handler.name, ANN, now_ms))
        assert not await machine.database.write(lambda c: holds.retry_now(c, handler.name, BOB, now_ms))
        machine.clock.pass_minutes(0.1)  # within the five seconds in which it looks round
        await done(machine, handler, 1)


async def test_a_pointer_that_cannot_be_translated_is_in_the_books(sqlite_machine: Machine) -> None:
    machine = sqlite_machine

    def fault(record: Record) -> None:
        if record.event_id == "m0":
            raise EventFault("the feed has no profile")

    handler = Noting(machine.consumer("translator"), (INBOUND,), fault=fault)
    rows = [
        {"message_id": f"m{n}", "feed": "ward", "lane": lane, "received_ms": NOON, "body": b"", "answer": b"",
         "outcome": "kept"}
        for n, lane in enumerate((ANN, ANN, BOB))
    ]  # fmt: skip

    def keep(connection: Connection) -> None:
        connection.execute(insert(message), rows)
        add_counts(connection, intake_count, [{"feed": "ward", "name": "kept", "n": 3}])

    await machine.database.write(keep)
    reader = machine.delivery(handler)
    async with running(reader):
        await done(machine, handler, 1)
        await all_read(machine, reader)
        balance = await machine.balance()
        assert (balance.waiting, balance.held, balance.parked) == (1, 1, 1)
        handler.fault = mended
        machine.clock.pass_minutes(5)
        await done(machine, handler, 3)
        await until(lambda: held_is(machine, {}))
    balance = await machine.balance()
    assert (balance.delivered, balance.waiting) == (2, 1)


async def test_readers_of_what_was_emitted_are_woken_after_the_commit(machine: Machine) -> None:
    seen: list[int] = []
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a1"))
    async with running(machine.delivery(handler, wake=lambda: seen.append(len(handler.batches)))):
        await until(lambda: seen)
    assert seen == [1]


async def test_metrics_say_how_a_reader_stands(machine: Machine) -> None:
    handler = machine.noting("record", "person", fault=broken("a1"))
    await machine.say((ANN, "a1"), (BOB, "b1"))
    reader = machine.delivery(handler)
    async with running(reader):
        await until(lambda: held_is(machine, {ANN: 1}))
        await all_read(machine, reader)
        machine.clock.pass_minutes(0.1)
        wanted = f'ascbridge_held_lanes{{consumer="{handler.name}"}} 1.0'
        await until(lambda: wanted in generate_latest(telemetry.registry).decode())
    told = generate_latest(telemetry.registry).decode()
    assert f'ascbridge_events_handled_total{{consumer="{handler.name}"}} 1.0' in told
    assert f'ascbridge_lag_records{{consumer="{handler.name}",topic="{machine.topic("person")}"}} 0.0' in told
    assert f'ascbridge_backlog_age_seconds{{consumer="{handler.name}"}} 0.0' in told


async def test_a_reader_that_waits_for_the_log_can_be_stopped(machine: Machine) -> None:
    class Silent:
        async def subscribe(self, *_: object) -> None:
            await asyncio.Event().wait()

    reader = machine.delivery(machine.noting("record", "person"), log=Silent())  # type: ignore[arg-type]  # a log that never answers
    task = asyncio.ensure_future(reader.run())
    await asyncio.sleep(0)
    reader.stop()
    await asyncio.wait_for(task, PATIENCE_S)


async def test_a_reader_survives_a_log_that_cannot_be_reached(machine: Machine) -> None:
    handler = machine.noting("record", "person")
    await machine.say((ANN, "a1"))
    failures = [OSError("no route"), InfrastructureFault("Kafka: gone"), OSError("no route")]

    class Failing(Stalling):
        async def subscribe(self, consumer: str, topics: Sequence[str], member: str) -> Any:
            if failures:
                raise failures.pop()
            return await self.log.subscribe(consumer, topics, member)

    reader = machine.delivery(handler, log=Failing(machine.log))  # type: ignore[arg-type]  # as a log, with faults
    seen: list[str] = []
    async with running(reader):
        await until(lambda: seen.append(reader.trouble) or reader.progress_ms)
        await done(machine, handler, 1)
    assert "OSError: no route" in seen
    assert reader.healthy


async def whatever_happens(machine: Machine, seed: int) -> None:
    """Poison, passing faults, a failing machine, readers that come, go and take each other's place."""
    chance = random.Random(seed)
    lanes = [f"p{n}" for n in range(14)]
    said = [(chance.choice(lanes), str(n)) for n in range(150)]
    failures = {str(n): chance.choice([0] * 12 + [1, 2, 99]) for n in range(150)}

    def fault(record: Record) -> None:
        text = record.value.decode()[9:-2]
        if chance.random() < 0.02:
            raise InfrastructureFault("the disk is full")
        if failures[text] > 0:
            failures[text] -= 1
            raise EventFault(f"odd {text}")

    handler = machine.noting("record", "person", fault=fault)
    logs = [machine.log, machine.new_log()]

    async def settled() -> bool:
        dead = await machine.scalar(select(func.count()).select_from(dead_letter))
        return len(await machine.effects(handler.name)) + dead == len(said)

    for turn in range(5):
        await machine.say(*said[turn * 30 : turn * 30 + 30])
        # The second of them sometimes comes in the first one's name, which fences the first.
        members = ["one", chance.choice(["one", "two"])]
        readers = [
            machine.delivery(handler, member=m, log=log, batch=20)
            for m, log in zip(members, logs, strict=True)
        ]
        async with running(*readers[: chance.choice([1, 2])]):
            await until(lambda some=readers: any(reader.progress_ms for reader in some))
            machine.clock.pass_minutes(chance.choice([0.1, 3, 20]))

    last = machine.delivery(handler)

    async def time_passes() -> bool:
        machine.clock.pass_minutes(1)
        return await settled()

    async with running(last):
        await until(time_passes)
        await until(lambda: held_is(machine, {}))
    dead = {row.event_id for row in await machine.rows(select(dead_letter.c.event_id))}
    for lane in lanes:
        numbers = [int(text) for text in await machine.of_lane(handler.name, lane)]
        assert numbers == sorted(set(numbers))
    assert len(await machine.effects(handler.name)) == len(said) - len(dead)
    balance = await machine.balance()
    assert (balance.delivered, balance.dead) == (len(said) - len(dead), len(dead))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_happens_nothing_is_lost_doubled_or_out_of_order(
    sqlite_machine: Machine, seed: int
) -> None:
    await whatever_happens(sqlite_machine, seed)


@pytest.mark.kafka
@pytest.mark.postgres
async def test_whatever_happens_on_many_machines_nothing_is_lost_doubled_or_out_of_order(
    kafka_machine: Machine,
) -> None:
    await whatever_happens(kafka_machine, seed=4)

"""Held lanes as tables: who waits, in what order, and when the next try is due."""

from itertools import pairwise

import pytest

from ascbridge.events.handlers import holds
from ascbridge.events.handlers.holds import Held, HoldRules
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.cloud_event import Pointer, inbound_record, to_record
from ascbridge.events.logs.log import Assignment, Record
from ascbridge.storage.database import Database
from tests.events.ledgers.test_ledger import event
from tests.events.machines import NOON, PREFIX

ALL = [Assignment("person", 0), Assignment("stay", 0)]


def record(offset: int, lane: str = "p1", topic: str = "person") -> Record:
    made = to_record(event(f"m{offset}", topic, lane), prefix=PREFIX)
    return Record(topic, 0, offset, lane, made.headers, made.value, NOON)


async def hold(database: Database, head: Record, next_ms: int = NOON + 10, cause: str = "odd") -> None:
    await database.write(lambda c: holds.hold(c, "record", head, cause, next_ms, NOON))


async def waiting(database: Database, limit: int = 100) -> list[tuple[str, int]]:
    def read(connection):  # type: ignore[no-untyped-def]  # a connection
        lane = holds.take(connection, "record", "p1")
        assert lane is not None
        return [(one.topic, one.offset) for one in holds.waiting(connection, "record", lane, limit)]

    return await database.write(read)


@pytest.mark.parametrize("tries,minutes", [(5, 10), (3, 7), (1, 1), (8, 0.5)])
def test_the_tries_fill_the_minutes_each_wait_twice_the_last(tries: int, minutes: float) -> None:
    rules = HoldRules(tries, minutes)
    waits = [rules.wait_ms(failures) for failures in range(1, tries + 1)]
    assert sum(waits) == pytest.approx(minutes * 60_000, abs=tries)
    assert all(later == pytest.approx(2 * earlier, abs=2) for earlier, later in pairwise(waits))
    assert rules.wait_ms(tries + 5) == waits[-1]


def test_a_head_is_spent_after_its_tries_or_its_minutes_but_never_untried() -> None:
    rules = HoldRules(tries=3, minutes=10)
    assert not rules.spent(3, NOON, NOON + 1)
    assert rules.spent(4, NOON, NOON + 1)
    assert rules.spent(2, NOON, NOON + 600_000)
    assert not rules.spent(1, NOON, NOON + 600_000)  # the machine was off meanwhile


async def test_the_head_comes_first_and_each_topic_in_its_order(database: Database) -> None:
    await hold(database, record(7))
    await database.write(
        lambda c: holds.park(
            c, "record", [record(9), record(3, topic="discharge"), record(8), record(5, topic="task")], NOON
        )
    )
    assert await waiting(database) == [
        ("person", 7),
        ("discharge", 3),
        ("person", 8),
        ("person", 9),
        ("task", 5),
    ]


def test_what_a_feed_does_not_set_apart_is_as_for_every_other() -> None:
    rules = HoldRules(5, 10, feeds={"clinic": HoldRules(1, 40)})
    assert (rules.of("clinic").tries, rules.of("ward"), rules.of("")) == (1, rules, rules)
    assert rules.longest_ms == 40 * 60_000


async def test_the_feed_of_an_event_is_that_of_its_message(database: Database) -> None:
    arrived = record(1)
    await database.write(lambda c: ledger.appear(c, [("m1", "clinic", NOON)], NOON))
    assert await database.read(lambda c: holds.feed_of(c, arrived)) == "clinic"
    assert await database.read(lambda c: holds.feed_of(c, record(2))) == ""
    pointer = inbound_record(Pointer("m3", "ward", "p1", NOON), prefix=PREFIX)
    assert await database.read(lambda c: holds.feed_of(c, pointer)) == "ward"


async def test_parking_twice_is_parking_once(database: Database) -> None:
    await hold(database, record(7))
    for _ in range(2):
        await database.write(lambda c: holds.park(c, "record", [record(8)], NOON))
    assert await waiting(database) == [("person", 7), ("person", 8)]


async def test_what_is_parked_comes_back_as_it_was(database: Database) -> None:
    await hold(database, record(7))
    lane = await database.write(lambda c: holds.take(c, "record", "p1"))
    assert lane == Held("p1", ("person", 0, 7), "odd", NOON, 1, NOON + 10)
    assert lane.assignment == Assignment("person", 0)
    assert await database.read(lambda c: holds.waiting(c, "record", lane, 5)) == [record(7)]


async def test_lanes_are_due_in_their_time_and_for_their_owner(database: Database) -> None:
    await hold(database, record(1, "p1"), NOON + 10)
    await hold(database, record(2, "p2"), NOON + 5)
    await hold(database, record(3, "p3", "stay"), NOON + 5)
    await hold(database, record(4, "p4"), NOON + 30)

    async def due(now_ms: int, owned: list[Assignment]) -> tuple[list[str], int | None]:
        return await database.read(lambda c: holds.due(c, "record", owned, now_ms, 100))

    assert await due(NOON, ALL) == ([], NOON + 5)
    assert await due(NOON + 10, ALL[:1]) == (["p2", "p1"], NOON + 30)
    assert await due(NOON + 5, ALL[1:]) == (["p3"], None)
    assert await database.read(lambda c: holds.due(c, "discharge", ALL, NOON + 99, 100)) == ([], None)


async def test_a_time_that_only_a_clock_set_back_can_have_named_is_not_waited_for(database: Database) -> None:
    longest_ms = HoldRules(minutes=10).longest_ms
    await hold(database, record(1, "p1"), NOON + longest_ms)
    await hold(database, record(2, "p2"), NOON + longest_ms + 1)
    found = await database.read(lambda c: holds.due(c, "record", ALL, NOON, longest_ms))
    assert found == (["p2"], NOON + longest_ms)


async def test_lanes_of_one_consumer_do_not_hold_up_another(database: Database) -> None:
    await hold(database, record(1))
    lanes = {"p1", "p2"}
    assert await database.write(lambda c: holds.held_lanes(c, "record", lanes)) == {"p1"}
    assert await database.write(lambda c: holds.held_lanes(c, "discharge", lanes)) == set()
    assert await database.write(lambda c: holds.take(c, "discharge", "p1")) is None


async def test_held_people_are_counted_by_cause(database: Database) -> None:
    for number, cause in enumerate(["odd", "odd", "other"]):
        await hold(database, record(number, f"p{number}"), cause=cause)
    assert await database.read(lambda c: holds.people_with_cause(c, "record", "odd")) == 2
    assert await database.read(lambda c: holds.people_with_cause(c, "record", "never")) == 0
    assert await database.read(lambda c: holds.count(c, "record")) == 3


async def test_a_released_lane_flows(database: Database) -> None:
    await hold(database, record(1))
    await database.write(lambda c: holds.release(c, "record", "p1"))
    assert await database.write(lambda c: holds.held_lanes(c, "record", {"p1"})) == set()
    assert await database.read(lambda c: holds.count(c, "record")) == 0

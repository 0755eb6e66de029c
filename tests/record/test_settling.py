"""What is noted when a sink has answered: nobody is let go whose state changed, and a lost lease is noticed."""

import pytest
from sqlalchemy import delete, update

from ascbridge.record.marking import mark
from ascbridge.record.preparing import Send, Taken, Unit
from ascbridge.record.settling import (
    LONGEST_WAIT_MS,
    Faulted,
    Held,
    Outcome,
    Postponed,
    Unsure,
    call_in,
    due,
    settle,
    take,
    wait_ms,
)
from ascbridge.storage.tables import dirty_person, open_effect
from tests.record.world import NOW, SINK, World

LEASE = NOW + 90_000


async def taken(world: World, limit: int = 50) -> list[Taken]:
    return await world.database.write(lambda c: take(c, SINK, limit, world.clock.now_ms(), LEASE))


async def settled(world: World, one: Taken, outcome: Outcome, *, owed=None) -> None:
    send = Send(f"Patient/{one.person_id}", {}, "digest-1", "4")
    unit = Unit(one, (send,), owed or {})
    await world.database.write(lambda c: settle(c, SINK, [(unit, outcome)], world.clock.now_ms(), "work"))


async def dirty(world: World, *people: str) -> None:
    await world.database.write(lambda c: mark(c, SINK, people, world.clock.now_ms()))


async def test_people_are_taken_in_turn_and_not_twice(either_world: World) -> None:
    world = either_world
    await dirty(world, "n1")
    world.clock.shows += 10
    await dirty(world, "n2", "n3")
    assert [each.person_id for each in await taken(world, 2)] == ["n1", "n2"]
    assert [each.person_id for each in await taken(world, 2)] == ["n3"]
    assert await taken(world) == []
    world.clock.shows = LEASE
    assert len(await taken(world)) == 3


async def test_who_would_wait_too_long_is_called_in(either_world: World) -> None:
    world = either_world
    await dirty(world, "n1")
    world.clock.shows += 10_000
    await dirty(world, "n2")
    await world.database.write(lambda c: call_in(c, SINK, NOW + 5_000, NOW))
    assert {row.next_try_ms for row in (await world.dirty()).values()} == {NOW}


async def test_the_only_publisher_of_a_sink_looks_and_leaves_people_where_they_are(world: World) -> None:
    await dirty(world, "n1", "n2")
    for _ in range(2):
        seen = await world.database.read(lambda c: due(c, SINK, 50, world.clock.now_ms()))
        assert [each.person_id for each in seen] == ["n1", "n2"]
    await dirty(world, "n2")
    for one in seen:
        await settled(world, one, Held({}))
    assert set(await world.dirty()) == {"n2"}
    assert (await world.dirty())["n2"].mark == seen[1].mark + 1


async def test_who_is_held_is_let_go_and_their_events_are_delivered(either_world: World) -> None:
    world = either_world
    ref = await world.known("A1")
    (one,) = await taken(world)
    owed = {world.keys[ref]: [row.event_id for row in await world.rows(open_effect)]}
    await settled(world, one, Held({f"Patient/{one.person_id}": "5"}), owed=owed)
    assert await world.dirty() == {}
    assert await world.states() == {"delivered": 1}
    row = (await world.sent())[f"Patient/{one.person_id}"]
    assert (row.digest, row.version, row.unsure, row.person_id) == ("digest-1", "5", 0, one.person_id)


async def test_who_changed_meanwhile_stays_and_only_what_was_included_is_delivered(world: World) -> None:
    ref = await world.known("A1")
    (one,) = await taken(world)
    owed = {world.keys[ref]: [row.event_id for row in await world.rows(open_effect)]}
    await world.stay(ref, "s1")
    await settled(world, one, Held({}), owed=owed)
    assert set(await world.dirty()) == {one.person_id}
    assert await world.states() == {"delivered": 1, "waiting": 1}
    assert len(await taken(world)) == 1


async def test_where_somebody_else_took_over_the_person_is_sent_once_more(world: World) -> None:
    await dirty(world, "n1")
    (one,) = await taken(world)
    await world.database.write(lambda c: c.execute(delete(dirty_person)))
    await settled(world, one, Held({}))
    assert set(await world.dirty()) == {"n1"}


async def test_a_lease_that_another_holds_is_not_touched(world: World) -> None:
    await dirty(world, "n1")
    (one,) = await taken(world)
    await world.database.write(lambda c: c.execute(update(dirty_person).values(next_try_ms=LEASE + 1)))
    await settled(world, one, Faulted("no"))
    row = (await world.dirty())["n1"]
    assert (row.next_try_ms, row.fault) == (LEASE + 1, "")


async def test_a_fault_is_shown_and_comes_again_later_and_later(world: World) -> None:
    await dirty(world, "n1")
    waits = []
    for tries in (1, 2, 3):
        (one,) = await taken(world)
        await settled(world, one, Faulted("the server refused it: HTTP 422 invalid"))
        row = (await world.dirty())["n1"]
        assert (row.fault, row.tries) == ("the server refused it: HTTP 422 invalid", tries)
        waits.append(row.next_try_ms - world.clock.now_ms())
        world.clock.shows = row.next_try_ms
    assert waits == [1000, 2000, 4000]
    assert wait_ms(50) == LONGEST_WAIT_MS


async def test_an_unknown_outcome_is_looked_at_first_and_at_once(world: World) -> None:
    await dirty(world, "n1")
    (one,) = await taken(world)
    await settled(world, one, Unsure("time-out"))
    assert (await world.sent())["Patient/n1"].unsure == 1
    row = (await world.dirty())["n1"]
    assert (row.next_try_ms, row.tries, row.fault) == (world.clock.now_ms(), 0, "")


async def test_not_knowing_keeps_what_was_known(world: World) -> None:
    await dirty(world, "n1")
    (one,) = await taken(world)
    await settled(world, one, Held({"Patient/n1": "5"}))
    await dirty(world, "n1")
    (one,) = await taken(world)
    await settled(world, one, Unsure("time-out"))
    row = (await world.sent())["Patient/n1"]
    assert (row.digest, row.version, row.unsure) == ("digest-1", "5", 1)


async def test_a_sink_that_keeps_changing_the_person_is_asked_less_and_less_often(world: World) -> None:
    await dirty(world, "n1")
    waits = []
    for _ in range(3):
        (one,) = await taken(world)
        await settled(world, one, Unsure("changed", counts=True))
        row = (await world.dirty())["n1"]
        waits.append(row.next_try_ms - world.clock.now_ms())
        world.clock.shows = row.next_try_ms
    assert waits == [0, 1000, 2000]


@pytest.mark.parametrize("wait", [0, 1000])
async def test_who_is_postponed_is_noted_as_nothing_else(world: World, wait: int) -> None:
    await dirty(world, "n1")
    (one,) = await taken(world)
    await settled(world, one, Postponed("sink away", wait))
    row = (await world.dirty())["n1"]
    assert (row.next_try_ms, row.tries, row.fault) == (world.clock.now_ms() + wait, 0, "")
    assert await world.sent() == {}

"""A held lane tried again: as far as it goes well, in order, and with an end to it."""

import pytest
from sqlalchemy import select

from ascbridge.events.handlers import holds, retry
from ascbridge.events.handlers.handling import Failure, Outcome
from ascbridge.events.handlers.holds import HoldRules
from ascbridge.events.handlers.retry import retry_lane
from ascbridge.events.logs import positions
from ascbridge.events.logs.faults import EventFault, InfrastructureFault
from ascbridge.events.logs.log import Assignment, Record
from ascbridge.events.logs.positions import Claim, Zombie
from ascbridge.storage.database import Database
from ascbridge.storage.tables import dead_letter, parked
from tests.events.handlers.test_holds import record
from tests.events.machines import NOON, Noting, effect

HERE = Assignment("person", 0)
RULES = HoldRules(tries=2, minutes=3, common_lanes=2)


def handler(*bad: int, fault: Exception | None = None) -> Noting:
    def fails(one: Record) -> None:
        if one.offset in bad:
            raise fault or EventFault(f"odd {one.offset}")

    return Noting("record", ("person",), fault=fails)


async def held(database: Database, *offsets: int) -> dict[Assignment, Claim]:
    """Hold p1 with these records, the first of them the head."""
    head, *tail = [record(offset) for offset in offsets]
    await database.write(lambda c: holds.hold(c, "record", head, f"odd {head.offset}", NOON, NOON))
    await database.write(lambda c: holds.park(c, "record", tail, NOON))
    return await database.write(lambda c: positions.claim(c, "record", [HERE], "one", NOON))


async def again(
    database: Database,
    who: Noting,
    claims: dict[Assignment, Claim],
    now_ms: int = NOON,
    *,
    may_bury: bool = True,
) -> Outcome:
    return await database.write(lambda c: retry_lane(c, who, claims, "p1", RULES, now_ms, may_bury=may_bury))


async def lane(database: Database) -> holds.Held | None:
    return await database.write(lambda c: holds.take(c, "record", "p1"))


async def done(database: Database) -> list[tuple[str, str]]:
    wanted = select(effect.c.event_id, effect.c.gap).order_by(effect.c.n)
    rows = await database.read(lambda c: c.execute(wanted).all())
    return [(event_id.removesuffix("-person"), gap) for event_id, gap in rows]


async def left(database: Database) -> list[int]:
    return list(
        await database.read(lambda c: c.scalars(select(parked.c.offset).order_by(parked.c.offset)).all())
    )


async def test_a_recovered_lane_is_free_and_done_in_order(database: Database) -> None:
    claims = await held(database, 1, 2, 5)
    assert await again(database, handler(), claims) == Outcome(3)
    assert [said for said, _ in await done(database)] == ["m1", "m2", "m5"]
    assert (await lane(database), await left(database)) == (None, [])


async def test_a_lane_that_fails_again_waits_longer(database: Database) -> None:
    claims = await held(database, 1, 2)
    assert await again(database, handler(1), claims, NOON + 9) == Outcome(
        0, (Failure("p1", "m1-person", "odd 1"),)
    )
    now = await lane(database)
    assert now is not None
    assert (now.tries, now.since_ms, now.next_try_ms) == (2, NOON, NOON + 9 + RULES.wait_ms(2))
    assert await left(database) == [1, 2]


async def test_a_lane_goes_on_to_its_next_poison_which_has_tries_of_its_own(database: Database) -> None:
    claims = await held(database, 1, 2, 3, 4)
    outcome = await again(database, handler(3), claims, NOON + 9)
    assert outcome == Outcome(2, (Failure("p1", "m3-person", "odd 3"),))
    now = await lane(database)
    assert now is not None
    assert (now.head, now.cause, now.tries, now.since_ms) == (("person", 0, 3), "odd 3", 1, NOON + 9)
    assert await left(database) == [3, 4]


async def test_after_the_last_try_the_head_is_buried_and_the_rest_go_on(database: Database) -> None:
    claims = await held(database, 1, 2, 3)
    for turn in (1, 2):
        outcome = await again(database, handler(1), claims, NOON + turn)
    assert outcome == Outcome(2, (), (Failure("p1", "m1-person", "odd 1"),))
    assert await done(database) == [("m2", "m1-person"), ("m3", "m1-person")]
    assert await lane(database) is None


async def test_the_mark_stays_on_those_that_are_still_held(database: Database) -> None:
    claims = await held(database, 1, 2, 3)
    for turn in (1, 2):
        outcome = await again(database, handler(1, 2), claims, NOON + turn)
    assert outcome == Outcome(
        0, (Failure("p1", "m2-person", "odd 2"),), (Failure("p1", "m1-person", "odd 1"),)
    )
    assert await again(database, handler(), claims, NOON + 3) == Outcome(2)
    assert await done(database) == [("m2", "m1-person"), ("m3", "m1-person")]


async def test_nobody_is_buried_while_the_reader_stands_still(database: Database) -> None:
    claims = await held(database, 1)
    for turn in range(1, 6):
        await again(database, handler(1), claims, NOON + turn * 3_600_000, may_bury=False)
    now = await lane(database)
    assert now is not None
    assert now.tries == 6
    assert await database.read(lambda c: c.execute(select(dead_letter)).all()) == []


async def test_nobody_is_buried_for_a_cause_that_many_share(database: Database) -> None:
    claims = await held(database, 1)
    for lane_name in ("p7", "p8", "p9"):
        head = record(int(lane_name[1:]), lane_name)
        await database.write(lambda c, h=head: holds.hold(c, "record", h, "odd 1", NOON, NOON))
    for turn in (1, 2, 3):
        outcome = await again(database, handler(1), claims, NOON + turn)
    assert outcome.dead == ()
    await database.write(lambda c: holds.release(c, "record", "p7"))
    await database.write(lambda c: holds.release(c, "record", "p8"))
    assert len((await again(database, handler(1), claims, NOON + 9)).dead) == 1


async def test_the_machines_fault_counts_as_no_try(database: Database) -> None:
    claims = await held(database, 1, 2)
    with pytest.raises(InfrastructureFault):
        await again(database, handler(2, fault=InfrastructureFault("the disk is full")), claims)
    now = await lane(database)
    assert now is not None
    assert (now.tries, now.head) == (1, ("person", 0, 1))
    assert (await done(database), await left(database)) == ([], [1, 2])


async def test_a_zombie_tries_nothing(database: Database) -> None:
    claims = await held(database, 1)
    await database.write(lambda c: positions.claim(c, "record", [HERE], "two", NOON))
    who = handler()
    with pytest.raises(Zombie):
        await again(database, who, claims)
    assert who.batches == []


async def test_a_lane_that_is_free_or_anothers_is_left_alone(database: Database) -> None:
    claims = await held(database, 1)
    assert await again(database, handler(), {Assignment("person", 1): Claim(1, 0)}) == Outcome(0)
    assert await database.write(
        lambda c: retry_lane(c, handler(), claims, "p5", RULES, NOON, may_bury=True)
    ) == Outcome(0)
    assert await left(database) == [1]


async def test_a_long_tail_is_done_in_several_transactions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "TAIL", 3)
    claims = await held(database, *range(1, 8))
    for expected in (3, 3, 1):
        assert await lane(database) is not None
        assert await again(database, handler(), claims) == Outcome(expected)
    assert await lane(database) is None
    assert [said for said, _ in await done(database)] == [f"m{n}" for n in range(1, 8)]

"""One batch in one transaction: what is rolled back, what is held, and what is nobody's fault but ours."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, select

from ascbridge.events.handlers import holds
from ascbridge.events.handlers.handling import Batch, Failure, Outcome, handle_apart, handle_together
from ascbridge.events.handlers.holds import HoldRules
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs import positions
from ascbridge.events.logs.cloud_event import to_record
from ascbridge.events.logs.faults import CommonFault, EventFault, InfrastructureFault
from ascbridge.events.logs.log import Assignment, Record
from ascbridge.events.logs.positions import Claim, Zombie
from ascbridge.storage.database import Database
from ascbridge.storage.tables import parked
from tests.events.ledgers.test_ledger import balance, event, keep, translate
from tests.events.machines import NOON, PREFIX, Noting, effect

HERE = Assignment("person", 0)
RULES = HoldRules(tries=3, minutes=7, common_lanes=2)


def batch(claimed: Claim, *said: tuple[str, str]) -> Batch:
    records = []
    for offset, (lane, message) in enumerate(said, claimed.next_offset):
        made = to_record(event(message, lane=lane), prefix=PREFIX)
        records.append(
            Record("person", 0, offset, lane, made.headers, f'{{"text":"{message}"}}'.encode(), NOON)
        )
    return Batch(tuple(records), ((HERE, claimed, claimed.next_offset + len(said)),))


def failing(*messages: str, fault: Exception | None = None) -> Noting:
    def fails(record: Record) -> None:
        if record.headers["ce_correlationid"] in messages:
            raise fault or EventFault(f"odd {record.headers['ce_correlationid']}")

    return Noting("record", ("person",), fault=fails)


async def claimed(database: Database) -> Claim:
    claims = await database.write(lambda c: positions.claim(c, "record", [HERE], "one", NOON))
    return claims[HERE]


async def next_offset(database: Database) -> int:
    return (await database.read(lambda c: positions.standing(c, "record")))["record", HERE].next_offset


async def done(database: Database) -> list[str]:
    wanted = select(effect.c.event_id).order_by(effect.c.n)
    return [said.removesuffix("-person") for said in await database.read(lambda c: c.scalars(wanted).all())]


async def test_a_batch_moves_its_position_and_settles_its_messages(database: Database) -> None:
    await keep(database, 2)
    await translate(database, "m1", "m2")
    await database.write(lambda c: ledger.effects_done(c, "discharge", ["m1-person", "m2-person"], NOON))
    one = batch(await claimed(database), ("p1", "m1"), ("p2", "m2"))
    assert await database.write(lambda c: handle_together(c, failing(), one, NOON)) == Outcome(2)
    assert await next_offset(database) == 2
    assert (await balance(database)).delivered == 2


async def test_a_zombies_handler_is_not_even_asked(database: Database) -> None:
    old = await claimed(database)
    await claimed(database)
    handler = failing()
    for how in (handle_together, lambda *told: handle_apart(*told[:3], RULES, told[3])):
        with pytest.raises(Zombie):
            await database.write(lambda c, way=how: way(c, handler, batch(old, ("p1", "m1")), NOON))
    assert handler.batches == []
    assert await next_offset(database) == 0


async def test_a_batch_that_fails_leaves_nothing(database: Database) -> None:
    one = batch(await claimed(database), ("p1", "m1"), ("p2", "m2"))
    with pytest.raises(EventFault):
        await database.write(lambda c: handle_together(c, failing("m2"), one, NOON))
    assert (await done(database), await next_offset(database)) == ([], 0)


async def test_apart_only_the_culprits_lane_is_held_from_the_culprit_on(database: Database) -> None:
    one = batch(
        await claimed(database),
        ("p1", "m1"),
        ("p2", "m2"),
        ("p1", "m3"),
        ("p1", "m4"),
        ("p2", "m5"),
        ("p1", "m6"),
    )
    outcome = await database.write(lambda c: handle_apart(c, failing("m3"), one, RULES, NOON))
    assert outcome == Outcome(3, (Failure("p1", "m3-person", "odd m3"),))
    assert sorted(await done(database)) == ["m1", "m2", "m5"]
    assert await next_offset(database) == 6
    lane = await database.write(lambda c: holds.take(c, "record", "p1"))
    assert lane is not None
    assert (lane.head, lane.cause, lane.tries, lane.next_try_ms) == (
        ("person", 0, 2),
        "odd m3",
        1,
        NOON + 60_000,
    )
    offsets = await database.read(
        lambda c: c.scalars(select(parked.c.offset).order_by(parked.c.offset)).all()
    )
    assert list(offsets) == [2, 3, 5]


async def test_what_belongs_to_a_held_lane_is_parked_unseen(database: Database) -> None:
    first = await claimed(database)
    await database.write(lambda c: handle_apart(c, failing("m1"), batch(first, ("p1", "m1")), RULES, NOON))
    handler = failing()
    two = batch(Claim(first.epoch, 1), ("p1", "m2"), ("p2", "m3"))
    assert await database.write(lambda c: handle_together(c, handler, two, NOON)) == Outcome(1)
    assert handler.batches == [["m3-person"]]
    only_held = batch(Claim(first.epoch, 3), ("p1", "m4"))
    assert await database.write(lambda c: handle_together(c, handler, only_held, NOON)) == Outcome(0)
    assert await next_offset(database) == 4


async def test_a_fault_that_passed_by_itself_holds_nobody(database: Database) -> None:
    once = [EventFault("a moment ago")]

    class Passing(Noting):
        def handle(self, connection: Connection, records: Sequence[Record]) -> None:
            super().handle(connection, records)
            if once:
                raise once.pop()

    one = batch(await claimed(database), ("p1", "m1"), ("p1", "m2"))
    outcome = await database.write(
        lambda c: handle_apart(c, Passing("record", ("person",)), one, RULES, NOON)
    )
    assert outcome == Outcome(2)
    assert await done(database) == ["m1", "m2"]


async def test_the_machines_fault_is_never_the_events(database: Database) -> None:
    one = batch(await claimed(database), ("p1", "m1"), ("p2", "m2"))
    handler = failing("m2", fault=InfrastructureFault("the disk is full"))
    with pytest.raises(InfrastructureFault, match="the disk is full"):
        await database.write(lambda c: handle_apart(c, handler, one, RULES, NOON))
    assert (await done(database), await next_offset(database)) == ([], 0)
    assert await database.read(lambda c: holds.count(c, "record")) == 0


async def test_more_people_than_can_be_their_own_fault_are_not_held(database: Database) -> None:
    first = await claimed(database)
    same = failing("m1", "m2", "m3", fault=EventFault("no map"))
    two = batch(first, ("p1", "m1"), ("p2", "m2"))
    assert len((await database.write(lambda c: handle_apart(c, same, two, RULES, NOON))).held) == 2
    third = batch(Claim(first.epoch, 2), ("p3", "m3"), ("p4", "m4"))
    with pytest.raises(CommonFault, match="3 people are held with one cause: no map"):
        await database.write(lambda c: handle_apart(c, same, third, RULES, NOON))
    assert await database.read(lambda c: holds.count(c, "record")) == 2
    assert await next_offset(database) == 2


async def test_as_many_people_with_causes_of_their_own_are(database: Database) -> None:
    one = batch(await claimed(database), *((f"p{n}", f"m{n}") for n in range(6)))
    outcome = await database.write(
        lambda c: handle_apart(c, failing(*(f"m{n}" for n in range(6))), one, RULES, NOON)
    )
    assert len(outcome.held) == 6
    assert outcome.handled == 0

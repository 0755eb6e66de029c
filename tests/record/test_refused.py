"""Who a sink refused, by cause, and trying them now."""

from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.record.marking import mark
from ascbridge.record.refused import refusals, send_again
from ascbridge.record.settling import take
from ascbridge.storage.tables import audit, dirty_person
from tests.record.world import NOW, SINK, World

WHO = AuditEntry("work", "Ola Green", "it-operations", "")
LATER = NOW + 900_000


async def refuse(world: World, **causes: str) -> None:
    await world.database.write(lambda c: mark(c, SINK, [*causes, "well"], NOW))
    for person, cause in causes.items():
        row = {"fault": cause, "tries": 3, "next_try_ms": LATER}
        await world.database.write(
            lambda c, person=person, row=row: c.execute(
                dirty_person.update().where(dirty_person.c.person_id == person).values(**row)
            )
        )


async def test_one_cause_is_one_line_and_who_is_well_stands_in_none(either_world: World) -> None:
    await refuse(either_world, n1="HTTP 422: value", n2="HTTP 422: value", n3="HTTP 413")
    found = await either_world.database.read(refusals)
    assert {(one.cause, one.people, one.next_try_ms) for one in found} == {
        ("HTTP 422: value", 2, LATER),
        ("HTTP 413", 1, LATER),
    }


async def test_a_cause_or_a_person_is_tried_now_and_it_is_written_down(either_world: World) -> None:
    world = either_world
    await refuse(world, n1="one", n2="one", n3="other", n4="other")

    def again(cause: str, person: str) -> int:
        return world.database.write(lambda c: send_again(c, SINK, cause, person, WHO, NOW + 1))

    assert await again("one", "") == 2
    assert await again("", "n3") == 1
    assert await again("", "nobody") == 0
    assert await again("", "well") == 0  # nobody refused them
    due = await world.database.write(lambda c: take(c, SINK, 50, NOW + 1, LATER))
    assert {one.person_id for one in due} == {"n1", "n2", "n3", "well"}
    entries = [(row.whom, row.result) for row in await world.rows(audit)]
    assert sorted(entries) == [("n3", "1 people"), (f"sink:{SINK}", "2 people")]

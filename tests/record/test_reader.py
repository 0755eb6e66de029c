"""One person's page: each section says where it is from, how old it is, and why it is empty."""

import pytest

from ascbridge.events.facts.catalogue import DischargeTaskOpened
from ascbridge.record.reader import DESK, PersonRecord, Source, read_person
from ascbridge.storage.tables import evidence, feed_heard
from tests.record.world import NOW, World

LATE = 3_600_000
SOURCES = (Source("UHCW", "itk", LATE), Source("Case system", "council", 20 * LATE, hospital=False))


async def read(world: World, person: str, *, now_ms: int = NOW) -> PersonRecord:
    return await world.database.read(
        lambda c: read_person(c, world.data_keys, person, now_ms=now_ms, sources=SOURCES)
    )


async def heard(world: World, **feeds: int) -> None:
    """Note when feeds were last heard."""
    rows = [{"feed": feed, "last_ms": at_ms} for feed, at_ms in feeds.items()]
    await world.database.write(lambda c: c.execute(feed_heard.insert(), rows))


async def test_a_whole_person(either_world: World) -> None:
    world = either_world
    ref = await world.patient("A1")
    await world.describe(ref, phones=("024",))
    await world.stay(ref, "s1")
    await heard(world, itk=NOW - 1000)
    await world.task(ref, "t1", "s1", DischargeTaskOpened)
    row = {"spell_key": "s1", "event_id": "e1", "message_id": "m1", "type": "discharge.patient-admitted.v1",
           "time_ms": 5, "recorded_ms": 7, "data": b"{}", "effect": "opened the stay"}  # fmt: skip
    await world.database.write(lambda c: c.execute(evidence.insert().values(**row)))
    seen = await read(world, await world.person(ref))
    assert (seen.who.state, seen.who.source, seen.who.heard_ms) == ("shown", "UHCW", NOW - 1000)
    assert seen.who.items[0].details.family_name == "AshA1"
    assert (seen.contact.state, seen.contact.items[0].details.phones) == ("shown", ("024",))
    assert (seen.spells.state, seen.spells.source, seen.spells.updated_ms) == ("shown", "UHCW", NOW)
    assert (seen.tasks.state, seen.tasks.source) == ("shown", DESK)
    (happening,) = seen.timeline.items
    assert (happening.what, happening.happened_ms, happening.effect) == (
        "discharge.patient-admitted.v1",
        5,
        "opened the stay",
    )


async def test_a_quiet_feed_makes_its_sections_late_and_no_others(world: World) -> None:
    ref = await world.patient("A1")
    await world.describe(ref)
    await world.stay(ref, "s1")
    await heard(world, itk=NOW)
    await world.task(ref, "t1", "s1", DischargeTaskOpened)
    seen = await read(world, await world.person(ref), now_ms=NOW + LATE + 1)
    assert (seen.who.state, seen.spells.state, seen.tasks.state) == ("late", "late", "shown")


async def test_each_feed_is_late_by_its_own_silence_and_named_with_its_own_time(world: World) -> None:
    """The council's lines come twice a day: that makes nothing late that the hospital said, nor the other way round."""
    hospital, council = await world.known("A1", number="9993000019"), await world.patient("C1", "COVASC")
    await world.stay(hospital, "s1")
    await world.describe(council, "9993000019", source_name="Case system")
    person = await world.person(hospital)
    assert person == await world.person(council)
    await heard(world, itk=NOW, council=NOW - 2 * LATE)
    seen = await read(world, person)
    assert (seen.who.state, seen.who.source) == ("shown", "Case system, UHCW")
    assert seen.who.heard_ms == NOW - 2 * LATE  # the quietest of the two, and not late
    assert (seen.spells.state, seen.spells.source, seen.spells.heard_ms) == ("shown", "UHCW", NOW)
    seen = await read(world, person, now_ms=NOW + LATE + 1)
    assert (seen.who.state, seen.who.source, seen.who.heard_ms) == ("late", "UHCW", NOW)


async def test_a_source_that_nobody_expects_to_speak_any_more_is_late(world: World) -> None:
    ref = await world.known("A1", source_name="A system that was replaced")
    await heard(world, itk=NOW)
    seen = await read(world, await world.person(ref))
    assert (seen.who.state, seen.who.source, seen.who.heard_ms) == (
        "late",
        "A system that was replaced",
        None,
    )


async def test_the_timeline_is_in_the_order_of_what_happened(world: World) -> None:
    """Messages come in any order, and many within one millisecond."""
    ref = await world.known("A1")
    await world.stay(ref, "s1")
    rows = [{"spell_key": "s1", "event_id": f"e{n}", "message_id": "m", "type": "x", "time_ms": at_ms,
             "recorded_ms": 9 - n, "data": b""} for n, at_ms in enumerate((30, 10, 20))]  # fmt: skip
    await world.database.write(lambda c: c.execute(evidence.insert(), rows))
    seen = await read(world, await world.person(ref))
    assert [one.happened_ms for one in seen.timeline.items] == [30, 20, 10]
    assert seen.timeline.updated_ms == 9


async def test_what_was_never_said_is_none_recorded_or_not_supplied(world: World) -> None:
    ref = await world.known("A1")
    seen = await read(world, await world.person(ref))
    assert (seen.tasks.state, seen.tasks.source) == ("none recorded", DESK)
    states = (seen.contact.state, seen.spells.state, seen.timeline.state)
    assert states == ("late",) * 3  # who would tell it was never heard
    await heard(world, itk=NOW, council=NOW)
    seen = await read(world, await world.person(ref))
    assert (seen.contact.state, seen.spells.state, seen.timeline.state) == ("none recorded",) * 3
    assert (seen.spells.source, seen.spells.heard_ms) == ("UHCW", NOW)
    seen = await read(world, await world.person(ref), now_ms=NOW + LATE + 1)
    assert (seen.spells.state, seen.timeline.state) == ("late",) * 2
    councils = SOURCES[1:]
    person = await world.person(ref)
    seen = await world.database.read(
        lambda c: read_person(c, world.data_keys, person, now_ms=NOW, sources=councils)
    )
    assert (seen.spells.state, seen.timeline.state) == ("not supplied",) * 2
    assert seen.contact.state == "none recorded"


async def test_where_a_restricted_person_is_is_not_shared(world: World) -> None:
    ref = await world.known("A1", phones=("CANARY",))
    await world.restrict(ref)
    seen = await read(world, await world.person(ref))
    assert seen.restricted
    assert (seen.contact.state, seen.contact.items) == ("not shared", ())
    assert "CANARY" not in str(seen)


async def test_an_erased_person_has_a_page_with_nothing_on_it(world: World) -> None:
    ref = await world.known("A1")
    await world.stay(ref, "s1")
    await world.erase(ref)
    seen = await read(world, await world.person(ref))
    assert seen.state == "erased"
    assert all(
        not section.items for section in (seen.who, seen.contact, seen.spells, seen.tasks, seen.timeline)
    )
    assert "Ash" not in str(seen)


async def test_someone_merged_away_says_who_they_are_now(world: World) -> None:
    one, other = await world.known("A1"), await world.known("A2")
    people = {await world.person(one), await world.person(other)}
    await world.merge(one, other)
    now = await world.person(one)
    (gone,) = people - {now}
    seen = await read(world, gone)
    assert (seen.state, seen.successor, seen.who.items) == ("merged", now, ())


@pytest.mark.parametrize("happenings", [250])
async def test_a_long_story_ends_with_the_newest(happenings: int, world: World) -> None:
    ref = await world.known("A1")
    await world.stay(ref, "s1")
    rows = [
        {
            "spell_key": "s1",
            "event_id": f"e{n:03}",
            "message_id": "m",
            "type": "x",
            "time_ms": n,
            "recorded_ms": n,
            "data": b"",
        }
        for n in range(happenings)
    ]
    await world.database.write(lambda c: c.execute(evidence.insert(), rows))
    seen = await read(world, await world.person(ref))
    assert len(seen.timeline.items) == 200
    assert seen.timeline.items[0].recorded_ms == happenings - 1
    assert seen.timeline.updated_ms == happenings - 1

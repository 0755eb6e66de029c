"""What the record takes in: the newest view of each stay and task, who changed, and what a sink now owes."""

import orjson
import pytest

from ascbridge.events.facts.catalogue import (
    DischargeTaskChanged,
    DischargeTaskOpened,
    PatientAdmitted,
    fact_name,
)
from ascbridge.events.facts.fact import Stamp
from ascbridge.events.logs.faults import EventFault
from ascbridge.events.logs.log import DISCHARGE, Record
from ascbridge.storage.tables import open_effect, record_part
from tests.record.care_samples import SAID
from tests.record.world import NOW, NUMBERS, PREFIX, SINK, World


async def parts(world: World) -> dict[tuple[str, str], object]:
    return {(row.kind, row.part_id): row for row in await world.rows(record_part)}


async def test_the_highest_revision_holds_whatever_the_order(either_world: World) -> None:
    world = either_world
    ref = await world.known("A1")
    await world.stay(ref, "s1", 3, status="finished")
    await world.stay(ref, "s1", 2)
    held = (await parts(world))["stay", "s1"]
    assert (held.revision, orjson.loads(held.data)["status"]) == (3, "finished")
    assert held.patient_key == world.keys[ref]


async def test_the_same_event_twice_changes_nothing_but_the_mark(world: World) -> None:
    ref = await world.known("A1")
    records = await world.task(ref, "t1", "s1", DischargeTaskOpened)
    before = await parts(world)
    world.clock.shows += 1000
    await world.database.write(lambda c: world.projection.handle(c, records))
    assert await parts(world) == before


async def test_revisions_within_one_batch(world: World) -> None:
    ref = await world.known("A1")
    first = await world.task(ref, "t1", "s1", DischargeTaskOpened, 1)
    second = await world.task(ref, "t1", "s1", DischargeTaskChanged, 2, stage="claimed")
    ref_2 = await world.known("A2")
    third = await world.task(ref_2, "t2", "s2", DischargeTaskOpened, 1)
    await world.database.write(lambda c: c.execute(record_part.delete()))
    await world.database.write(lambda c: world.projection.handle(c, [*second, *third, *first]))
    held = await parts(world)
    assert held["task", "t1"].revision == 2
    assert held["task", "t2"].revision == 1


async def test_people_who_changed_are_marked_and_the_sink_owes_the_events(world: World) -> None:
    ref = await world.known("A1")
    records = await world.stay(ref, "s1")
    dirty = await world.dirty()
    assert set(dirty) == {await world.person(ref)}
    owed = {(row.event_id, row.reader, row.subject) for row in await world.rows(open_effect)}
    assert (records[0].event_id, f"sink:{SINK}", world.keys[ref]) in owed
    assert await world.states() == {"waiting": 2}


async def test_each_reason_raises_the_mark(world: World) -> None:
    ref = await world.known("A1")
    person = await world.person(ref)
    first = (await world.dirty())[person].mark
    await world.stay(ref, "s1")
    assert (await world.dirty())[person].mark > first


async def test_single_statements_are_left_alone(world: World) -> None:
    ref = await world.known("A1")
    before = await world.dirty()
    await world.say(ref, PatientAdmitted(spell="s1", stamp=world.stamp(), occurred_ms=1))
    assert await world.dirty() == before
    assert ("stay", "s1") not in await parts(world)


async def test_an_event_nobody_here_knows_is_left_alone(world: World) -> None:
    record = Record(DISCHARGE, 0, 1, "p1", {"ce_type": f"{PREFIX}.discharge.patient-sang.v1"}, b"{}")
    await world.database.write(lambda c: world.projection.handle(c, [record]))
    assert await parts(world) == {}


async def test_an_event_that_does_not_fit_its_contract_is_a_fault_of_that_event(world: World) -> None:
    name = fact_name(DischargeTaskOpened)
    record = Record("task", 0, 1, "p1", {"ce_type": f"{PREFIX}.{name}"}, b'{"task": "secret"}')
    with pytest.raises(EventFault, match="does not fit its contract") as caught:
        await world.database.write(lambda c: world.projection.handle(c, [record]))
    assert "secret" not in caught.value.cause


async def test_events_about_somebody_erased_have_no_effect(world: World) -> None:
    ref = await world.patient("A1")
    records = await world.stay(ref, "s1")
    await world.database.write(lambda c: c.execute(record_part.delete()))
    from ascbridge.storage.tables import dirty_person, patient

    await world.database.write(lambda c: [c.execute(patient.delete()), c.execute(dirty_person.delete())])
    await world.database.write(lambda c: c.execute(open_effect.delete()))
    await world.database.write(lambda c: world.projection.handle(c, records))
    assert await parts(world) == {}
    assert await world.dirty() == {}
    assert await world.rows(open_effect) == []


async def test_a_merge_marks_both_people_and_retires_the_one_that_is_no_more(either_world: World) -> None:
    world = either_world
    one, other = await world.known("A1", NUMBERS[0]), await world.known("A2", NUMBERS[1])
    people = {await world.person(one), await world.person(other)}
    await world.merge(one, other)
    now = await world.person(one)
    assert now == await world.person(other)
    (gone,) = people - {now}
    assert set(await world.dirty()) == people
    assert ("retired", gone) in await parts(world)


async def test_a_key_that_moves_along_unmentioned_still_retires_whom_it_leaves_later(world: World) -> None:
    refs = []
    for name in ("A0", "A1", "A2", "A3"):
        refs.append(await world.known(name))
        world.clock.shows += 1000
    zero, one, two, three = refs
    await world.merge(three, two)
    await world.merge(three, one)  # moves `two` as well, without a word about it
    middle = await world.person(two)
    assert middle == await world.person(one)
    await world.merge(two, zero)
    assert await world.person(three) == await world.person(zero) != middle
    assert ("retired", middle) in await parts(world)
    assert middle in await world.dirty()


async def test_a_stay_that_moves_marks_whom_it_leaves(world: World) -> None:
    one, other = await world.known("A1"), await world.known("A2")
    await world.stay(one, "s1", 1)
    before = (await world.dirty())[await world.person(one)].mark
    await world.stay(other, "s1", 2)
    assert (await world.dirty())[await world.person(one)].mark > before
    assert (await parts(world))["stay", "s1"].patient_key == world.keys[other]


async def test_what_the_council_says_of_care_is_taken_in_with_what_it_seals(either_world: World) -> None:
    world = either_world
    ref = await world.known("A1")
    for slot in ("worker", "package"):
        await world.say(ref, *SAID[slot])
    found = {orjson.loads(row.data)["slot"]: row for row in await world.rows_of_parts() if row.kind == "care"}
    assert found.keys() == {"worker", "package"}
    assert found["worker"].sealed is not None
    assert found["worker"].key_id
    assert (found["package"].sealed, found["package"].key_id) == (None, "")
    assert len({row.part_id for row in found.values()}) == 2
    assert "Alex" not in str([row.data for row in found.values()])


async def test_of_two_words_about_one_thing_the_later_recorded_one_holds(world: World) -> None:
    ref = await world.known("A1")
    fact, _ = SAID["package"]
    for recorded_ms, status in ((NOW + 2, "suspended"), (NOW + 1, "ended")):
        stamp = Stamp(recorded_ms=recorded_ms)
        await world.say(ref, fact.model_copy(update={"stamp": stamp, "status": status}))
    (row,) = [row for row in await world.rows_of_parts() if row.kind == "care"]
    assert orjson.loads(row.data)["status"] == "suspended"

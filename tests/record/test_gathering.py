"""Views of many people at once: the right details, one number, and nothing of who is restricted, erased or merged."""

from dataclasses import asdict

import pytest
from sqlalchemy import update

from ascbridge.events.facts.catalogue import DeathStatusRecorded, DischargeTaskOpened
from ascbridge.events.logs.sealing import SealBroken
from ascbridge.record.gathering import gather
from ascbridge.record.views import PersonView
from ascbridge.storage.tables import patient, quarantine, sent_resource
from tests.record.care_samples import SAID
from tests.record.world import NOW, NUMBERS, SINK, World


async def view(world: World, *people: str) -> dict[str, PersonView]:
    return await world.database.read(lambda c: gather(c, world.data_keys, SINK, people))


async def of(world: World, ref) -> PersonView:
    person = await world.person(ref)
    return (await view(world, person))[person]


async def test_somebody_with_a_stay_and_a_task(either_world: World) -> None:
    world = either_world
    ref = await world.known("A1", NUMBERS[0], phones=("024",))
    await world.stay(ref, "s1")
    await world.task(ref, "t1", "s1", DischargeTaskOpened)
    await world.visit_number(ref, "s1", "V77")
    seen = await of(world, ref)
    assert (seen.patient.nhs_number, seen.patient.number_status, seen.patient.gender) == (
        NUMBERS[0],
        "01",
        "female",
    )
    assert seen.patient.details.phones == ("024",)
    assert [(each.authority, each.value) for each in seen.patient.local_numbers] == [("RKB", "A1")]
    assert [(stay.fact.spell, stay.visit_number, stay.authority) for stay in seen.stays] == [
        ("s1", "V77", "RKB")
    ]
    assert [(task.fact.task, task.facility, task.has_stay) for task in seen.tasks] == [("t1", "RKB", True)]
    assert seen.patient.source
    assert seen.stays[0].source != seen.patient.source


async def test_a_task_whose_stay_is_not_published_refers_to_none(world: World) -> None:
    ref = await world.known("A1")
    await world.task(ref, "t1", "s1", DischargeTaskOpened)
    (task,) = (await of(world, ref)).tasks
    assert (task.has_stay, task.facility) == (False, "")


async def test_many_people_are_not_mixed_up(world: World) -> None:
    refs = [await world.known(f"A{n}") for n in range(7)]
    for n, ref in enumerate(refs):
        await world.stay(ref, f"s{n}")
    people = [await world.person(ref) for ref in refs]
    seen = await view(world, *people)
    assert [seen[person].stays[0].fact.spell for person in people] == [f"s{n}" for n in range(7)]
    assert [seen[person].patient.details.local_id for person in people] == [f"A{n}" for n in range(7)]


async def test_a_restricted_persons_whereabouts_are_not_even_opened(world: World) -> None:
    ref = await world.known("A1", phones=("CANARY",), address_lines=("CANARY",), next_of_kin="CANARY")
    await world.stay(ref, "s1")
    await world.restrict(ref)
    seen = await of(world, ref)
    assert seen.patient.restricted
    assert seen.stays[0].restricted
    assert "CANARY" not in str(asdict(seen.patient))


async def test_of_several_sources_the_last_to_speak_decides_and_all_numbers_are_kept(world: World) -> None:
    one, other = await world.known("A1", NUMBERS[0]), await world.known("A2")
    await world.merge(one, other)
    world.clock.shows += 1000
    await world.describe(other, family_name="Newer")
    seen = await of(world, one)
    assert seen.patient.details.family_name == "Newer"
    assert seen.patient.nhs_number == NUMBERS[0]
    assert {each.value for each in seen.patient.local_numbers} == {"A1", "A2"}


async def test_a_number_that_waits_to_be_settled_is_not_published(world: World) -> None:
    ref = await world.known("A1", NUMBERS[0])
    row = {"patient_key": world.keys[ref], "cause": "number_shared", "since_ms": NOW, "state": "open"}
    await world.database.write(lambda c: c.execute(quarantine.insert().values(**row)))
    assert (await of(world, ref)).patient.nhs_number == ""
    decided = {"state": "decided", "cause": "number_not_theirs"}
    await world.database.write(lambda c: c.execute(update(quarantine).values(**decided)))
    assert (await of(world, ref)).patient.nhs_number == ""
    await world.database.write(lambda c: c.execute(update(quarantine).values(state="settled")))
    assert (await of(world, ref)).patient.nhs_number == NUMBERS[0]


async def test_a_number_that_does_not_check_is_not_published(world: World) -> None:
    ref = await world.patient("A1")
    from ascbridge.events.facts.catalogue import PatientDetailsRecorded, SealedPatient

    fact = PatientDetailsRecorded(stamp=world.stamp(), source_name="UHCW", number_state="invalid")
    await world.say(ref, fact, SealedPatient(nhs_number="9990001007", family_name="Ash"))
    assert (await of(world, ref)).patient.nhs_number == ""


@pytest.mark.parametrize("died", [True, False])
async def test_a_death_and_its_denial(world: World, died) -> None:
    ref = await world.known("A1")
    assert (await of(world, ref)).patient.died is None
    await world.say(
        ref, DeathStatusRecorded(stamp=world.stamp(), died=died, died_on="2026-11-12" if died else "")
    )
    seen = await of(world, ref)
    assert (seen.patient.died, seen.patient.died_on) == (died, "2026-11-12" if died else "")


async def test_an_erased_person_has_nothing(world: World) -> None:
    ref = await world.known("A1", NUMBERS[0])
    await world.stay(ref, "s1")
    await world.erase(ref)
    seen = await of(world, ref)
    assert seen.patient.state == "erased"
    assert "Ash" not in str(seen)
    assert seen.stays == ()


async def test_of_a_person_with_one_source_erased_the_other_stays(world: World) -> None:
    one, other = await world.known("A1"), await world.known("A2")
    await world.stay(one, "s1")
    await world.stay(other, "s2")
    await world.merge(one, other)
    await world.erase(other)
    seen = await of(world, one)
    assert seen.patient.state == "present"
    assert [stay.fact.spell for stay in seen.stays] == ["s1"]
    assert {each.value for each in seen.patient.local_numbers} == {"A1"}


async def test_someone_merged_away_knows_their_successor_and_comes_back_when_that_is_undone(
    world: World,
) -> None:
    one, other = await world.known("A1"), await world.known("A2")
    people = {await world.person(one), await world.person(other)}
    await world.merge(one, other)
    now = await world.person(one)
    (gone,) = people - {now}
    seen = await view(world, gone, now)
    assert (seen[gone].patient.state, seen[gone].patient.successor) == ("merged", now)
    assert seen[now].patient.state == "present"
    world.clock.shows += 1000
    await world.unmerge(one, other)
    again = await view(world, gone, now)
    assert {each.patient.state for each in again.values()} == {"present"}


async def test_somebody_nobody_ever_heard_of_is_as_one_erased(world: World) -> None:
    assert (await view(world, "n404"))["n404"].patient.state == "erased"


async def test_what_was_published_and_now_belongs_to_another_is_elsewhere(world: World) -> None:
    one, other = await world.known("A1"), await world.known("A2")
    first = await world.person(one)
    await world.stay(one, "s1", 1)
    rows = [
        {"sink": SINK, "resource": name, "person_id": first, "sent_ms": NOW}
        for name in ("Encounter/s1", "Encounter/s9", f"Patient/{first}")
    ]
    await world.database.write(lambda c: c.execute(sent_resource.insert(), rows))
    await world.stay(other, "s1", 2)
    seen = (await view(world, first))[first]
    assert seen.published == ("Encounter/s1", "Encounter/s9", f"Patient/{first}")
    assert seen.elsewhere == {"Encounter/s1"}


async def test_something_tampered_with_is_not_opened(world: World) -> None:
    ref = await world.known("A1")
    await world.database.write(lambda c: c.execute(update(patient).values(sealed=b"\x01" + bytes(40))))
    with pytest.raises(SealBroken):
        await of(world, ref)


async def test_a_source_that_is_silent_about_a_detail_takes_nothing_from_another(world: World) -> None:
    hospital = await world.known(
        "A1", NUMBERS[0], address_lines=("1 Invented Row",), postcode="CV99 1ZZ", phones=("024",)
    )
    await world.known(
        "C1", NUMBERS[0], family_name="Asha1"
    )  # the same verified number and birth date: one person
    seen = await of(world, hospital)
    assert seen.patient.details.family_name == "Asha1"
    assert seen.patient.details.address_lines == ("1 Invented Row",)
    assert (seen.patient.details.postcode, seen.patient.details.phones) == ("CV99 1ZZ", ("024",))


async def test_what_the_council_says_of_care_is_gathered_and_opened(either_world: World) -> None:
    world = either_world
    ref = await world.known("A1")
    for slot in ("worker", "package", "support_plan"):
        await world.say(ref, *SAID[slot])
    seen = {each.fact.slot: each for each in (await of(world, ref)).care}
    assert seen.keys() == {"worker", "package", "support_plan"}
    assert seen["worker"].sealed == SAID["worker"][1]
    assert not any(each.restricted or each.held for each in seen.values())
    await world.restrict(ref)
    again = {each.fact.slot: each for each in (await of(world, ref)).care}
    assert all(each.restricted for each in again.values())
    assert again["package"].fact.provider == ""  # type: ignore[attr-defined]  # it is a package
    await world.erase(ref)
    assert (await of(world, ref)).care == ()

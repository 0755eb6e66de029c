"""What has to be sent: only what changed, only what is valid, and one person's fault is that person's alone."""

import pytest
from sqlalchemy import update

from ascbridge.events.facts.catalogue import DischargeTaskOpened
from ascbridge.record import checks, preparing
from ascbridge.record.checks import BadResource
from ascbridge.record.preparing import Batch, Taken, digest
from ascbridge.storage.tables import patient, sent_resource
from tests.record.world import NOW, SINK, World


async def prepare(world: World, *people: str) -> Batch:
    taken = [Taken(person, 1, NOW) for person in people]
    return await world.database.read(lambda c: world.preparation.prepare(c, taken))


async def somebody(world: World, name: str = "A1") -> str:
    ref = await world.known(name)
    await world.stay(ref, f"s{name}")
    await world.task(ref, f"t{name}", f"s{name}", DischargeTaskOpened)
    return await world.person(ref)


def names(unit) -> list[str]:
    return [send.name for send in unit.sends]


async def test_everything_of_somebody_new_and_what_it_refers_to(either_world: World) -> None:
    world = either_world
    person = await somebody(world)
    batch = await prepare(world, person)
    (unit,) = batch.people
    assert names(unit) == [f"Patient/{person}", "Encounter/sA1", "ServiceRequest/tA1", "Task/tA1"]
    assert unit.needs == {name for shared in batch.shared for name in names(shared)}
    assert {len(events) for events in unit.owed.values()} == {3}
    assert batch.merged == ()


async def test_what_the_sink_holds_is_not_sent_again_unless_its_fate_is_not_known(world: World) -> None:
    person = await somebody(world)
    (unit,) = (await prepare(world, person)).people
    rows = [
        {
            "sink": SINK,
            "resource": each.name,
            "person_id": person,
            "digest": each.digest,
            "version": "3",
            "sent_ms": 0,
        }
        for each in unit.sends
    ]
    await world.database.write(lambda c: c.execute(sent_resource.insert(), rows))
    assert (await prepare(world, person)).people[0].sends == ()
    await world.database.write(
        lambda c: c.execute(
            update(sent_resource).where(sent_resource.c.resource == "Task/tA1").values(unsure=1)
        )
    )
    (again,) = (await prepare(world, person)).people[0].sends
    assert (again.name, again.version, again.unsure) == ("Task/tA1", "3", True)


def test_which_message_said_it_last_is_no_difference() -> None:
    one = {"resourceType": "Patient", "id": "p", "meta": {"source": "urn:a", "profile": ["x"]}}
    assert digest(one) == digest({**one, "meta": {"profile": ["x"], "source": "urn:b"}})
    assert digest(one) != digest({**one, "meta": {"profile": ["y"]}})
    assert digest(one) != digest({**one, "active": True})


async def test_a_resource_that_fails_its_check_is_not_sent_and_others_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = await somebody(world, "A1"), await somebody(world, "A2")
    real = checks.check

    def check(body):
        if body["id"] == "tA2":
            raise BadResource("Task.status: enum")
        real(body)

    monkeypatch.setattr(checks, "check", check)
    units = {unit.taken.person_id: unit for unit in (await prepare(world, good, bad)).people}
    assert units[bad].sends == ()
    assert units[bad].fault == "not valid FHIR, so not sent: Task.status: enum"
    assert len(units[good].sends) == 4
    assert units[good].fault == ""


async def test_somebody_whose_data_cannot_be_mapped_stops_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = await somebody(world, "A1"), await somebody(world, "A2")
    real = preparing.by_rule

    def resources(view, council):
        if view.patient.person_id == bad:
            raise KeyError("Ash-Canary")
        return real(view, council)

    monkeypatch.setattr(preparing, "by_rule", resources)
    units = {unit.taken.person_id: unit for unit in (await prepare(world, good, bad)).people}
    assert "KeyError" in units[bad].fault
    assert "Canary" not in units[bad].fault
    assert len(units[good].sends) == 4


async def test_what_was_tampered_with_stops_nobody_else(world: World) -> None:
    good, bad = await somebody(world, "A1"), await somebody(world, "A2")
    await world.database.write(
        lambda c: c.execute(
            update(patient).where(patient.c.person_id == bad).values(sealed=b"\x01" + bytes(40))
        )
    )
    units = {unit.taken.person_id: unit for unit in (await prepare(world, good, bad)).people}
    assert "cannot be opened" in units[bad].fault
    assert len(units[good].sends) == 4


async def test_a_failing_machine_is_nobodys_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await somebody(world)

    def resources(view, council):
        raise OSError("disk")

    monkeypatch.setattr(preparing, "by_rule", resources)
    with pytest.raises(OSError, match="disk"):
        await prepare(world, person)


async def test_a_shared_resource_that_fails_its_check_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await somebody(world)
    real = checks.check

    def check(body):
        if body["resourceType"] == "Location":
            raise BadResource("Location.name: pattern")
        real(body)

    monkeypatch.setattr(checks, "check", check)
    batch = await prepare(world, person)
    assert [unit.fault for unit in batch.shared if unit.fault] == [
        "not valid FHIR, so not sent: Location.name: pattern"
    ]


async def test_someone_merged_away_waits_for_who_they_are_now(world: World) -> None:
    one, other = await world.known("A1"), await world.known("A2")
    people = {await world.person(one), await world.person(other)}
    await world.merge(one, other)
    now = await world.person(one)
    (gone,) = people - {now}
    row = {"sink": SINK, "resource": f"Patient/{gone}", "person_id": gone, "digest": "old", "sent_ms": 0}
    await world.database.write(lambda c: c.execute(sent_resource.insert().values(**row)))
    batch = await prepare(world, gone, now)
    assert [unit.taken.person_id for unit in batch.people] == [now]
    (unit,) = batch.merged
    assert unit.needs == {f"Patient/{now}"}
    assert unit.sends[0].body["active"] is False


async def test_an_erased_persons_unit_says_so(world: World) -> None:
    ref = await world.known("A1")
    person = await world.person(ref)
    row = {"sink": SINK, "resource": f"Patient/{person}", "person_id": person, "digest": "old", "sent_ms": 0}
    await world.database.write(lambda c: c.execute(sent_resource.insert().values(**row)))
    await world.erase(ref)
    (unit,) = (await prepare(world, person)).people
    assert unit.erased
    assert names(unit) == [f"Patient/{person}"]

"""People told as messages: each whole, followed within itself, once, and never older over newer.

The receiver is one of ours, written from the standard: HAPI's JPA server processes no messages.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.catalogue import DischargeTaskChanged, DischargeTaskOpened
from ascbridge.events.facts.fact import Stamp
from ascbridge.record.by_message import ByMessage
from ascbridge.record.fhir_server import FhirServer, Unavailable
from ascbridge.record.mapping.message import Letterhead
from ascbridge.record.preparing import Send, Taken, Unit
from ascbridge.record.publisher import Publisher
from tests.record.care_samples import SAID
from tests.record.message_receiver import Receiver, message_receiver
from tests.record.samples import COUNCIL
from tests.record.world import NOW, World

HEAD = Letterhead(COUNCIL, "https://bridge.example/fhir", "https://icr.example/fhir", "urn:events#told")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with message_receiver() as made:
        yield made


@pytest.fixture
async def publisher(world: World, receiver: Receiver) -> AsyncIterator[Publisher]:
    sink = ByMessage(FhirServer(receiver.url, timeout_s=60), HEAD)
    preparation = replace(world.preparation, whole=True, provenance=True)
    yield Publisher(world.database, sink, preparation, world.clock)
    await sink.close()


async def until_done(world: World, publisher: Publisher) -> None:
    for _ in range(40):
        publisher._pause_until = 0
        if not await publisher.round() and not await world.dirty():
            return
        for row in (await world.dirty()).values():
            world.clock.shows = max(world.clock.shows, row.next_try_ms)
    raise AssertionError([row.fault for row in (await world.dirty()).values()])


async def somebody(world: World, name: str = "A1", **more):
    ref = await world.known(name, **more)
    await world.stay(ref, f"s{name}")
    await world.task(ref, f"t{name}", f"s{name}", DischargeTaskOpened)
    for fact, sealed in SAID.values():
        await world.say(ref, fact, sealed)
    return ref


async def test_each_person_is_told_whole_with_all_that_they_refer_to_and_where_it_comes_from(
    world: World, receiver: Receiver, publisher: Publisher
) -> None:
    refs = [await somebody(world, f"A{n}") for n in range(2)]
    await until_done(world, publisher)
    people = {f"Patient/{await world.person(ref)}" for ref in refs}
    assert receiver.people.keys() == people
    for held in receiver.people.values():
        types = {name.split("/")[0] for name in held}
        assert {"Patient", "Encounter", "Task", "Organization", "Location", "Device", "Provenance"} <= types
    assert set(await world.states()) == {"delivered"}


async def test_nothing_new_is_told_twice_and_a_change_tells_the_whole_person_again(
    world: World, receiver: Receiver, publisher: Publisher
) -> None:
    ref = await somebody(world)
    await until_done(world, publisher)
    await world.describe(ref)
    await until_done(world, publisher)
    assert len(receiver.ids) == 1
    await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 2, stage="claimed", status="accepted")
    await until_done(world, publisher)
    (held,) = receiver.people.values()
    assert len(receiver.ids) == 2
    assert held["Task/tA1"]["status"] == "accepted"
    assert "Encounter/sA1" in held


@pytest.mark.parametrize("act", ["transient-error", 429, 503, 408])
async def test_what_is_not_taken_now_is_told_later(
    act: str | int, world: World, receiver: Receiver, publisher: Publisher
) -> None:
    await somebody(world)
    receiver.acts = [act]
    await publisher.round()
    assert receiver.people == {}
    assert publisher.trouble
    await until_done(world, publisher)
    assert len(receiver.people) == 1


@pytest.mark.parametrize("act", ["fatal-error", 422, 400])
async def test_what_is_refused_is_shown_by_code_and_place(
    act: str | int, world: World, receiver: Receiver, publisher: Publisher
) -> None:
    ref = await somebody(world)
    receiver.acts = [act]
    await publisher.round()
    (row,) = (await world.dirty()).values()
    assert row.person_id == await world.person(ref)
    assert row.fault.startswith("the server refused it: HTTP 4")
    if act == "fatal-error":
        assert row.fault.endswith("business-rule Patient.name")
    assert "Canary" not in row.fault


async def test_what_was_taken_without_a_word_is_told_again_under_the_same_id_and_once_more_later(
    world: World, receiver: Receiver, publisher: Publisher
) -> None:
    await somebody(world)
    receiver.acts = ["take and drop"]
    await until_done(world, publisher)
    assert len(receiver.ids) == 1  # the second was known: 409 is done
    (person,) = publisher._look_again
    publisher._look_again[person] = 0
    doubts = publisher._sink._in_doubt
    doubts.update(dict.fromkeys(doubts, 0.0))  # the first can no longer be under way
    await until_done(world, publisher)
    assert len(receiver.ids) == 2
    assert publisher._look_again == {}
    assert {row.unsure for row in (await world.sent()).values()} == {0}


async def test_a_receiver_that_comes_to_an_older_message_last_keeps_the_newer(
    world: World, receiver: Receiver, publisher: Publisher
) -> None:
    ref = await somebody(world)
    person = await world.person(ref)
    (old,) = (
        await world.database.read(
            lambda c: publisher._preparation.prepare(c, [Taken(person, NOW * 1000, NOW)])
        )
    ).people
    world.clock.shows += 1
    await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 2, stage="claimed", status="accepted")
    await until_done(world, publisher)
    late = ByMessage(FhirServer(receiver.url, timeout_s=60), HEAD)
    await late.put([old])
    await late.close()
    assert receiver.dismissed == 1
    assert receiver.people[f"Patient/{person}"]["Task/tA1"]["status"] == "accepted"


async def test_a_withdrawal_is_told_as_entered_in_error_and_an_objection_tells_nothing_else(
    world: World, receiver: Receiver, publisher: Publisher
) -> None:
    ref = await somebody(world, family_name="CANARY")
    await until_done(world, publisher)
    world.clock.shows += 1
    await world.say(ref, ObjectionRecorded(stamp=Stamp(recorded_ms=NOW + 2), objects=True))
    await until_done(world, publisher)
    (held,) = receiver.people.values()
    assert "CANARY" not in json.dumps(held)
    assert held["Task/tA1"]["status"] == "entered-in-error"
    assert held[f"Patient/{await world.person(ref)}"]["active"] is False


async def test_a_server_that_has_no_messages_says_so_and_blames_nobody(
    world: World, receiver: Receiver, publisher: Publisher
) -> None:
    await somebody(world)
    receiver.acts = [501]
    await publisher.round()
    assert "sink.strategy" in publisher.trouble
    assert {row.fault for row in (await world.dirty()).values()} == {""}


@pytest.mark.fhir_server
async def test_hapi_processes_no_messages_and_nobody_is_blamed_for_it(hapi_server) -> None:
    sink = ByMessage(FhirServer(hapi_server.base_url, timeout_s=60), HEAD)
    body = {"resourceType": "Patient", "id": "pm1", "active": True}
    reply = await sink.put([Unit(Taken("pm1", NOW * 1000, 0), (Send("Patient/pm1", body, "x"),))])
    await sink.close()
    assert isinstance(reply, Unavailable)
    assert "sink.strategy" in reply.cause

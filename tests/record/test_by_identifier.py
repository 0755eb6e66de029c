"""A real HAPI FHIR server that gives its own ids: one resource an identifier, nothing twice, nothing older over newer."""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.catalogue import DischargeTaskChanged, DischargeTaskOpened
from ascbridge.events.facts.fact import Stamp
from ascbridge.record.by_identifier import ByIdentifier
from ascbridge.record.fhir_server import Accepted, FhirServer, Refused
from ascbridge.record.preparing import Send, Unit, digest
from ascbridge.record.publisher import Publisher
from ascbridge.storage.tables import sent_resource
from tests.record.care_samples import SAID
from tests.record.fake_fhir import FakeFhir, fake_fhir
from tests.record.world import NOW, World

pytestmark = [pytest.mark.fhir_server, pytest.mark.timeout(900)]


@pytest.fixture
def system() -> str:
    """Give an identifier system that no other test of this run uses."""
    return f"https://fhir.coventry.gov.uk/Id/{uuid.uuid4().hex}"


@pytest.fixture
async def sink(hapi_server, system: str) -> AsyncIterator[ByIdentifier]:
    made = ByIdentifier(FhirServer(hapi_server.base_url, timeout_s=60), system)
    yield made
    await made.close()


@pytest.fixture
async def publisher(world: World, sink: ByIdentifier) -> Publisher:
    preparation = replace(world.preparation, provenance=True)
    return Publisher(world.database, sink, preparation, world.clock)


async def until_done(world: World, publisher: Publisher) -> None:
    for _ in range(30):
        publisher._pause_until = 0
        if not await publisher.round() and not await world.dirty():
            return
        for row in (await world.dirty()).values():
            assert row.fault == ""
            world.clock.shows = max(world.clock.shows, row.next_try_ms)
    raise AssertionError("still dirty")


async def found(hapi_server, system: str, name: str) -> list[dict]:
    resource_type, our_id = name.split("/")
    async with httpx.AsyncClient(base_url=hapi_server.base_url, timeout=60) as client:
        answer = await client.get(f"/{resource_type}", params={"identifier": f"{system}|{our_id}"})
        return [entry["resource"] for entry in answer.json().get("entry", ())]


async def only(hapi_server, system: str, name: str) -> dict:
    (one,) = await found(hapi_server, system, name)
    return one


async def somebody(world: World, name: str):
    ref = await world.known(name)
    await world.stay(ref, f"s{name}")
    await world.task(ref, f"t{name}", f"s{name}", DischargeTaskOpened)
    for fact, sealed in SAID.values():
        await world.say(ref, fact, sealed)
    return ref


async def test_everything_stands_once_under_the_servers_ids_and_refers_to_them(
    hapi_server, system: str, world: World, publisher: Publisher
) -> None:
    ref = await somebody(world, "C1")
    await until_done(world, publisher)
    names = sorted(await world.sent())
    held = {name: await only(hapi_server, system, name) for name in names}
    patient = held[f"Patient/{await world.person(ref)}"]
    assert patient["id"].isdigit()
    assert held["Task/tC1"]["for"]["reference"] == f"Patient/{patient['id']}"
    assert held["Task/tC1"]["encounter"]["reference"] == f"Encounter/{held['Encounter/sC1']['id']}"
    async with httpx.AsyncClient(base_url=hapi_server.base_url, timeout=60) as client:
        asked = {"target": f"Task/{held['Task/tC1']['id']}"}
        (entry,) = (await client.get("/Provenance", params=asked)).json()["entry"]
    assert entry["resource"]["entity"]
    # Nothing is known any more of what was sent: all of it is sent once more, and nothing is there twice or changed.
    await world.database.write(lambda c: c.execute(sent_resource.delete()))
    await world.describe(ref)
    await until_done(world, publisher)
    again = {name: await only(hapi_server, system, name) for name in names}
    versions = {name: (body["id"], body["meta"]["versionId"]) for name, body in held.items()}
    assert {name: (body["id"], body["meta"]["versionId"]) for name, body in again.items()} == versions


async def test_a_change_goes_to_the_servers_id_and_is_guarded_by_the_version(
    hapi_server, system: str, world: World, publisher: Publisher
) -> None:
    ref = await somebody(world, "C2")
    await until_done(world, publisher)
    theirs = await only(hapi_server, system, "Task/tC2")
    async with httpx.AsyncClient(base_url=hapi_server.base_url, timeout=60) as client:
        changed = json.dumps({**theirs, "priority": "stat"})
        put = await client.put(
            f"/Task/{theirs['id']}", content=changed, headers={"Content-Type": "application/fhir+json"}
        )
        assert put.json()["meta"]["versionId"] == "2"
    await world.task(ref, "tC2", "sC2", DischargeTaskChanged, 2, stage="claimed", status="accepted")
    await until_done(world, publisher)
    now = await only(hapi_server, system, "Task/tC2")
    assert (now["id"], now["status"], now["meta"]["versionId"]) == (theirs["id"], "accepted", "3")
    assert "priority" not in now


async def test_an_older_state_that_comes_late_is_refused(
    hapi_server, system: str, sink: ByIdentifier
) -> None:
    def team(name: str, version: str = "") -> Unit:
        body = {"resourceType": "Organization", "id": "late", "active": True, "name": name}
        return Unit(None, (Send("Organization/late", body, digest(body), version),))

    first = await sink.put([team("first")])
    assert isinstance(first, Accepted)
    assert isinstance(await sink.put([team("newer", first.versions[0])]), Accepted)
    late = await sink.put([team("older", first.versions[0])])
    assert isinstance(late, Refused)
    assert late.changed_meanwhile
    assert (await only(hapi_server, system, "Organization/late"))["name"] == "newer"


async def test_who_objects_is_withdrawn_under_the_same_ids(
    hapi_server, system: str, world: World, publisher: Publisher
) -> None:
    ref = await somebody(world, "C3")
    await until_done(world, publisher)
    before = {
        name: (await only(hapi_server, system, name))["id"]
        for name, row in (await world.sent()).items()
        if row.person_id
    }
    await world.say(ref, ObjectionRecorded(stamp=Stamp(recorded_ms=NOW + 1), objects=True))
    await until_done(world, publisher)
    after = {name: await only(hapi_server, system, name) for name in before}
    assert {name: body["id"] for name, body in after.items()} == before
    assert "name" not in after[f"Patient/{await world.person(ref)}"]
    assert after["Task/tC3"]["status"] == "entered-in-error"


async def test_of_what_nobody_knows_the_outcome_the_server_is_asked_by_identifier(
    hapi_server, system: str, world: World, publisher: Publisher
) -> None:
    ref = await somebody(world, "C4")
    await until_done(world, publisher)
    names = sorted(await world.sent())
    held = {name: (await only(hapi_server, system, name))["id"] for name in names}
    unknown = sent_resource.update().values(unsure=1, digest="", version="")
    await world.database.write(lambda c: c.execute(unknown))
    await world.describe(ref)
    await until_done(world, publisher)
    assert {name: (await only(hapi_server, system, name))["id"] for name in names} == held


async def test_two_under_one_identifier_are_told_and_neither_is_written(
    hapi_server, system: str, sink: ByIdentifier
) -> None:
    body = {
        "resourceType": "Organization",
        "active": True,
        "identifier": [{"system": system, "value": "two"}],
    }
    async with httpx.AsyncClient(base_url=hapi_server.base_url, timeout=60) as client:
        for _ in range(2):
            headers = {"Content-Type": "application/fhir+json"}
            assert (
                await client.post("/Organization", content=json.dumps(body), headers=headers)
            ).status_code == 201
    ours = {"resourceType": "Organization", "id": "two", "active": True}
    found = await sink.look(Send("Organization/two", ours, "x", unsure=True))
    assert isinstance(found, Refused)
    assert "several Organization" in found.cause
    assert isinstance(await sink.put([Unit(None, (Send("Organization/two", ours, "x"),))]), Refused)


async def test_an_address_holds_no_number_of_anybodys() -> None:
    async with fake_fhir() as fake:
        sink = ByIdentifier(FhirServer(fake.url, timeout_s=30), "https://x.example/Id")
        body = {
            "resourceType": "Patient",
            "id": "p1",
            "identifier": [{"system": "nhs", "value": "9990001006"}],
        }
        await sink.put([Unit(None, (Send("Patient/p1", body, "x"),))])
        await sink.close()
    (entry,) = fake.bundles[0]["entry"]
    assert entry["request"] == {
        "method": "PUT",
        "url": "Patient?identifier=https%3A%2F%2Fx.example%2FId%7Cp1",
    }
    assert "id" not in entry["resource"]
    assert isinstance(fake, FakeFhir)

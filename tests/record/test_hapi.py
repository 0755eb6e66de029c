"""A real HAPI FHIR R4 server takes our Bundles; publishing all of it twice changes nothing."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from ascbridge.events.facts.catalogue import DischargeTaskChanged, DischargeTaskOpened
from ascbridge.record.by_id import ById
from ascbridge.record.fhir_server import Accepted, FhirServer, Refused
from ascbridge.record.mapping.bundle import name_of, resources, shared, transaction
from ascbridge.record.publisher import Publisher
from ascbridge.storage.tables import dirty_person, sent_resource
from tests.record.samples import COUNCIL, LEFT, PEOPLE
from tests.record.world import NUMBERS, World

pytestmark = [pytest.mark.fhir_server, pytest.mark.timeout(900)]


@pytest.fixture
async def sink(hapi_server) -> AsyncIterator[FhirServer]:
    made = FhirServer(hapi_server.base_url, timeout_s=60)
    yield made
    await made.close()


@pytest.fixture
async def publisher(world: World, sink: FhirServer) -> Publisher:
    preparation = replace(world.preparation, provenance=True)
    return Publisher(world.database, ById(sink), preparation, world.clock)


async def until_done(world: World, publisher: Publisher) -> None:
    for _ in range(20):
        publisher._pause_until = 0
        if not await publisher.round() and not await world.dirty():
            return
        for row in (await world.dirty()).values():
            assert row.fault == ""
            world.clock.shows = max(world.clock.shows, row.next_try_ms)
    raise AssertionError("still dirty")


async def held(hapi_server, names: list[str]) -> dict[str, dict]:
    async with httpx.AsyncClient(base_url=hapi_server.base_url, timeout=60) as client:
        return {name: (await client.get(f"/{name}")).json() for name in names}


async def test_it_takes_every_sample_person(sink: FhirServer) -> None:
    for name, view in PEOPLE.items():
        if name in ("merged", "erased"):
            continue
        every = [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]
        reply = await sink.transact(transaction((each, "") for each in every))
        for _ in range(10):  # a test beside this one may write the same team at the same moment
            if not (isinstance(reply, Refused) and reply.status == 409):
                break
            reply = await sink.transact(transaction((each, "") for each in every))
        assert isinstance(reply, Accepted), (name, reply)
        assert all(reply.versions), name


async def test_publishing_all_of_it_twice_changes_nothing(
    hapi_server, world: World, publisher: Publisher
) -> None:
    refs = []
    for n in range(8):
        ref = await world.known(f"H{n}", NUMBERS[n] if n < 3 else "")
        await world.stay(ref, f"hapi-s{n}")
        await world.task(ref, f"hapi-t{n}", f"hapi-s{n}", DischargeTaskOpened)
        refs.append(ref)
    await until_done(world, publisher)
    names = sorted(await world.sent())
    first = await held(hapi_server, names)
    assert all(body["resourceType"] == name.split("/")[0] for name, body in first.items())
    async with httpx.AsyncClient(base_url=hapi_server.base_url, timeout=60) as client:
        asked = {"target": "Task/hapi-t3"}
        (provenance,) = [
            entry["resource"] for entry in (await client.get("/Provenance", params=asked)).json()["entry"]
        ]
        assert len(provenance["entity"]) == 3  # the three messages that were said of this person
        assert {"reference": "Encounter/hapi-s3"} in provenance["target"]
    # Nothing is known any more of what was sent: all of it goes out once more.
    await world.database.write(lambda c: c.execute(sent_resource.delete()))
    for ref in refs:
        await world.describe(ref)
    await until_done(world, publisher)
    again = await held(hapi_server, names)
    assert {name: body["meta"]["versionId"] for name, body in again.items()} == {
        name: body["meta"]["versionId"] for name, body in first.items()
    }
    assert await world.states() == {"delivered": 32}


async def test_a_change_is_guarded_by_the_version_and_somebody_elses_change_is_noticed(
    hapi_server, world: World, publisher: Publisher
) -> None:
    ref = await world.known("G1")
    await world.stay(ref, "hapi-g1")
    await world.task(ref, "hapi-tg1", "hapi-g1", DischargeTaskOpened)
    await until_done(world, publisher)
    name = "Task/hapi-tg1"
    async with httpx.AsyncClient(base_url=hapi_server.base_url, timeout=60) as client:
        body = (await client.get(f"/{name}")).json()
        body["priority"] = "stat"
        changed = await client.put(
            f"/{name}", content=json.dumps(body), headers={"Content-Type": "application/fhir+json"}
        )
        assert changed.json()["meta"]["versionId"] == "2"
    await world.task(ref, "hapi-tg1", "hapi-g1", DischargeTaskChanged, 2, stage="claimed", status="accepted")
    await until_done(world, publisher)
    now = (await held(hapi_server, [name]))[name]
    assert (now["status"], now["meta"]["versionId"]) == ("accepted", "3")
    assert "priority" not in now


async def test_a_bundle_whose_fate_nobody_knows_is_looked_up_and_not_sent_again(
    hapi_server, world: World, publisher: Publisher
) -> None:
    ref = await world.known("U1")
    await world.stay(ref, "hapi-u1")
    await until_done(world, publisher)
    await world.database.write(
        lambda c: c.execute(sent_resource.update().values(unsure=1, digest="", version=""))
    )
    await world.database.write(lambda c: c.execute(dirty_person.delete()))
    await world.describe(ref)
    await until_done(world, publisher)
    sent = await world.sent()
    assert {row.unsure for row in sent.values() if row.person_id} == {0}
    bodies = await held(hapi_server, sorted(sent))
    assert {bodies[name]["meta"]["versionId"] for name, row in sent.items() if row.person_id} == {"1"}


async def test_a_merge_and_a_withdrawal(hapi_server, world: World, publisher: Publisher) -> None:
    one, other = await world.known("M1"), await world.known("M2")
    await world.stay(other, "hapi-m2")
    await until_done(world, publisher)
    people = {await world.person(one), await world.person(other)}
    await world.merge(one, other)
    await until_done(world, publisher)
    now = await world.person(one)
    (gone,) = people - {now}
    bodies = await held(hapi_server, [f"Patient/{gone}", "Encounter/hapi-m2"])
    assert bodies[f"Patient/{gone}"]["link"][0]["other"]["reference"] == f"Patient/{now}"
    assert bodies["Encounter/hapi-m2"]["subject"]["reference"] == f"Patient/{now}"
    await world.erase(one)
    await world.erase(other)
    await world.describe(await world.known("M3"))
    from ascbridge.record.marking import mark

    await world.database.write(lambda c: mark(c, "icr", [now], world.clock.now_ms()))
    await until_done(world, publisher)
    bodies = await held(hapi_server, [f"Patient/{now}", "Encounter/hapi-m2"])
    assert bodies[f"Patient/{now}"]["active"] is False
    assert "name" not in bodies[f"Patient/{now}"]
    assert bodies["Encounter/hapi-m2"]["status"] == "entered-in-error"


async def test_a_whole_stay_over_time_ends_with_the_actual_discharge(hapi_server, sink: FhirServer) -> None:
    view = PEOPLE["left"]
    every = [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]
    assert isinstance(await sink.transact(transaction((each, "") for each in every)), Accepted)
    encounter = next(each for each in every if each["resourceType"] == "Encounter")
    body = (await held(hapi_server, [name_of(encounter)]))[name_of(encounter)]
    assert body["period"] == encounter["period"]
    assert LEFT.fact.discharged_ms is not None

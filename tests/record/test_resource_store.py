"""The built-in store: versions, positions that rise with every commit, identifiers found by hash only."""

import asyncio

import orjson
from sqlalchemy import select

from ascbridge.record.resource_store import ERASED, Change, found_under, get, put
from ascbridge.storage.tables import resource, resource_identifier
from ascbridge.storage.upsert import insert_missing
from tests.record.world import KEYRING, NOW, World


def patient(resource_id: str, **more) -> Change:
    body = {"resourceType": "Patient", "id": resource_id, "meta": {"source": "urn:x"}, "active": True, **more}
    return Change(body, f"n{resource_id}")


async def store(world: World, *changes: Change, now_ms: int = NOW) -> dict[str, str]:
    return await world.database.write(lambda c: put(c, KEYRING, changes, now_ms))


async def test_versions_rise_and_are_written_into_the_body(either_world: World) -> None:
    world = either_world
    assert await store(world, patient("p1"), patient("p2")) == {"Patient/p1": "1", "Patient/p2": "1"}
    assert await store(world, patient("p1", gender="male"), now_ms=NOW + 5) == {"Patient/p1": "2"}
    held = await world.database.read(lambda c: get(c, "Patient", "p1"))
    assert held is not None
    body = orjson.loads(held.body)
    assert body["meta"] == {"versionId": "2", "lastUpdated": "2026-11-02T06:13:20.005Z", "source": "urn:x"}
    assert body["gender"] == "male"
    assert (held.version, held.person_id, held.updated_ms) == (2, "np1", NOW + 5)


async def test_positions_rise_with_each_change_and_none_comes_twice(either_world: World) -> None:
    world = either_world
    await store(world, patient("p1"), patient("p2"))
    await store(world, patient("p3"))
    await store(world, patient("p1"))
    rows = {row.resource_id: row.updated_position for row in await world.rows(resource)}
    assert rows["p2"] < rows["p3"] < rows["p1"]
    assert len(set(rows.values())) == 3


async def test_writers_at_once_never_share_a_position(either_world: World) -> None:
    world = either_world
    await asyncio.gather(*(store(world, patient(f"a{n}"), patient(f"b{n}")) for n in range(8)))
    positions = [row.updated_position for row in await world.rows(resource)]
    assert sorted(positions) == list(range(1, 17))


async def found(world: World, system: str, value: str) -> list[str]:
    column = resource_identifier.c
    wanted = select(column.resource_id).where(found_under(column.lookup, KEYRING, system, value))
    return sorted(await world.database.read(lambda c: list(c.execute(wanted).scalars())))


async def test_identifiers_are_found_with_and_without_system_and_only_as_they_are_now(
    either_world: World,
) -> None:
    world = either_world
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990001006"}
    await store(
        world, patient("p1", identifier=[number]), patient("p2", identifier=[{**number, "system": "x"}])
    )
    listed = [row.lookup for row in await world.rows(resource_identifier)]
    assert len(listed) == 2
    assert not [one for one in listed if number["value"] in one]
    assert await found(world, number["system"], number["value"]) == ["p1"]
    assert await found(world, "", number["value"]) == ["p1", "p2"]
    assert await found(world, "y", number["value"]) == await found(world, "", "9990001007") == []
    await store(world, patient("p1"))
    assert await found(world, "", number["value"]) == ["p2"]


async def test_a_key_of_ours_is_found_and_listed_in_the_order_of_its_time(either_world: World) -> None:
    world, keys = either_world, [f"s0{n}" + "a" * 30 for n in range(9)]
    for key in keys:
        await store(world, patient(key, identifier=[{"system": "urn:spell", "value": key}]))
        assert await found(world, "urn:spell", key) == await found(world, "", key) == [key]
    assert await found(world, "urn:task", keys[0]) == []
    rows = [(row.lookup, row.resource_id) for row in await world.rows(resource_identifier)]
    assert [key for _, key in sorted(rows)] == keys


async def test_what_an_earlier_version_listed_is_found_until_it_is_put_again(either_world: World) -> None:
    world, values = either_world, ("9990001006", "s0" + "b" * 31)
    listed = [
        {
            "resource_type": "Patient",
            "resource_id": "p1",
            "lookup": KEYRING.lookup("identifier", system, value),
        }
        for value in values
        for system in ("urn:x", "")
    ]
    await store(world, patient("p1"))
    await world.database.write(lambda c: insert_missing(c, resource_identifier, listed))
    for value in values:
        assert set(await found(world, "urn:x", value)) == set(await found(world, "", value)) == {"p1"}
        assert await found(world, "urn:y", value) == []
    await store(world, patient("p1", identifier=[{"system": "urn:x", "value": value} for value in values]))
    for value in values:
        assert await found(world, "urn:x", value) == await found(world, "", value) == ["p1"]


async def test_a_resource_of_an_erased_person_is_filed_as_such(world: World) -> None:
    await store(
        world, Change({"resourceType": "Task", "id": "t1", "status": "entered-in-error"}, "n1", erased=True)
    )
    held = await world.database.read(lambda c: get(c, "Task", "t1"))
    assert held is not None
    assert held.status == ERASED


async def test_nothing_is_nothing(world: World) -> None:
    assert await store(world) == {}
    assert await world.database.read(lambda c: get(c, "Patient", "p404")) is None

"""Many people with their history go to a real HAPI whose database is on disk, without an error; a second run changes
nothing. How fast, and how fast the server is alone with the same Bundles, is printed.

    ASCBRIDGE_PEOPLE=10000 .venv/bin/python -m pytest -n 0 -s -m slow tests/record/test_ten_thousand.py
"""

import asyncio
import os
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import httpx
import orjson
import pytest
from sqlalchemy import Connection

from ascbridge.events.facts.catalogue import (
    DischargeTaskChanged,
    DischargeTaskOpened,
    PatientDetailsRecorded,
    SealedPatient,
    StayChanged,
    Ward,
)
from ascbridge.events.logs.envelope import Ref
from ascbridge.people import identities
from ascbridge.record.by_id import ById
from ascbridge.record.fhir_server import Accepted, FhirServer, Reply
from ascbridge.record.marking import mark
from ascbridge.record.publisher import Publisher
from ascbridge.storage.tables import sent_resource
from ascbridge.uk_core import Json
from tests.needs import require
from tests.record.care_samples import SAID
from tests.record.world import KEYRING, NOW, World
from tests.servers import hapi
from tests.servers.hapi import HapiServer

pytestmark = [pytest.mark.slow, pytest.mark.fhir_server, pytest.mark.timeout(7_200)]
PEOPLE = int(os.environ.get("ASCBRIDGE_PEOPLE", "60"))
AT_ONCE = 200
WITH_CARE = 5
"""Of so many people one has all that the council can say."""
IN_FLIGHT = 2


class Recorder(FhirServer):
    """A FHIR server by whom each Bundle is put away as it is sent, to be sent to another."""

    def __init__(self, url: str, file: Path) -> None:
        super().__init__(url, timeout_s=300)
        self.bundles = 0
        self._file = file.open("wb")

    async def transact(self, bundle: Json) -> Reply:
        self.bundles += 1
        self._file.write(orjson.dumps(bundle) + b"\n")
        return await super().transact(bundle)

    async def close(self) -> None:
        self._file.close()
        await super().close()


def lay(world: World, connection: Connection, refs: list[Ref], numbers: range) -> None:
    """Have people become known, with a stay and a task; some with all that the council says."""
    now_ms = world.clock.now_ms()
    world.keys |= identities.keys_for(connection, KEYRING, refs, now_ms)
    world.data_keys.ensure(connection, [world.keys[ref] for ref in refs], now_ms)
    for n, ref in zip(numbers, refs, strict=True):
        details = PatientDetailsRecorded(
            stamp=world.stamp(), source_name="UHCW", number_state="none", gender="female"
        )
        world.hear(connection, ref, details, SealedPatient(family_name=f"Invented{n}", local_id=ref.value))
        ward = Ward(ward=f"Ward {n % 30}")
        stay = StayChanged(
            spell=f"big-s{n}", revision=1, status="in-progress", facility="RKB", patient_class="I",
            admitted_ms=NOW - 10**8, ward=ward,
        )  # fmt: skip
        world.hear(connection, ref, stay)
        world.hear(connection, ref, opened(n))
        if n % WITH_CARE == 0:
            for fact, sealed in SAID.values():
                world.hear(connection, ref, fact, sealed)


def opened(n: int) -> DischargeTaskOpened:
    return DischargeTaskOpened(
        task=f"big-t{n}", spell=f"big-s{n}", revision=1, opened_ms=NOW - 10**7, status="requested", stage="new",
        signal="ready", owner_team="Community Discharge Team",
    )  # fmt: skip


def moved_on(n: int, stage: str, revision: int) -> DischargeTaskChanged:
    said = opened(n).model_dump() | {"revision": revision, "stage": stage, "status": "accepted"}
    return DischargeTaskChanged(**said)


async def until_published(world: World, server: FhirServer) -> float:
    """Publish until nobody is left; return how many seconds that took. Nobody may be refused on the way."""
    preparation = replace(world.preparation, provenance=True)
    publisher = Publisher(world.database, ById(server), preparation, world.clock, in_flight=IN_FLIGHT)
    began = time.perf_counter()
    running = asyncio.create_task(publisher.run())
    while dirty := await world.dirty():
        assert not running.done()
        assert {row.fault for row in dirty.values()} == {""}
        assert publisher.trouble == ""
        await asyncio.sleep(0.5)
    seconds = time.perf_counter() - began
    publisher.stop()
    await running
    return seconds


async def counts(server: HapiServer, types: set[str]) -> dict[str, int]:
    async with httpx.AsyncClient(base_url=server.base_url, timeout=300) as client:
        asked = {"_summary": "count"}
        return {of: (await client.get(f"/{of}", params=asked)).json()["total"] for of in sorted(types)}


async def versions(server: HapiServer, names: list[str]) -> dict[str, str]:
    async with httpx.AsyncClient(base_url=server.base_url, timeout=300) as client:
        return {name: (await client.get(f"/{name}")).json()["meta"]["versionId"] for name in names}


def is_shared(bundle: Json) -> bool:
    types = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    return types <= {"Organization", "Location"}


async def alone(file: Path) -> float:
    """Send the same Bundles to a server that is new, with nothing else to do; return the seconds."""
    with HapiServer(keep_data=True) as other:
        server = FhirServer(other.base_url, timeout_s=300)
        with file.open("rb") as lines:
            for line in lines:  # what is shared goes ahead: the others refer to it
                if is_shared(bundle := orjson.loads(line)):
                    assert isinstance(await server.transact(bundle), Accepted)
            lines.seek(0)
            waiting = iter(lines)

            async def send() -> None:
                for line in waiting:
                    if not is_shared(bundle := orjson.loads(line)):
                        assert isinstance(await server.transact(bundle), Accepted)

            began = time.perf_counter()
            await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
            seconds = time.perf_counter() - began
        await server.close()
    return seconds


async def test_many_people_with_their_history_go_to_hapi_and_a_second_run_changes_nothing(
    world: World, tmp_path: Path
) -> None:
    require(not hapi.missing(), hapi.missing())
    for first in range(0, PEOPLE, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, PEOPLE))
        refs = [Ref("patient", "RKB", f"BIG{n}") for n in numbers]
        await world.database.write(lambda c, refs=refs, numbers=numbers: lay(world, c, refs, numbers))
    with HapiServer(keep_data=True) as server:
        recorder = Recorder(server.base_url, tmp_path / "bundles")
        seconds = await until_published(world, recorder)
        await recorder.close()
        sent = await world.sent()
        resources, bundles = len(sent), recorder.bundles
        types = Counter(name.partition("/")[0] for name in sent)
        assert types["Patient"] == PEOPLE
        assert await counts(server, set(types)) == types  # nothing twice, nothing missing
        # Their history: each task moves on twice.
        plain = FhirServer(server.base_url, timeout_s=300)
        for revision, stage in ((2, "claimed"), (3, "arranging")):
            world.clock.shows += 1_000
            for first in range(0, PEOPLE, AT_ONCE):
                numbers = range(first, min(first + AT_ONCE, PEOPLE))

                def move(c: Connection, numbers=numbers, revision=revision, stage=stage) -> None:
                    for n in numbers:
                        world.hear(c, Ref("patient", "RKB", f"BIG{n}"), moved_on(n, stage, revision))

                await world.database.write(move)
            await until_published(world, plain)
        assert await counts(server, set(types)) == types
        some = sorted(sent)[:: max(1, len(sent) // 300)]
        before = await versions(server, some)
        assert {before[name] for name in some if name.startswith("Task/big-")} <= {"3"}
        assert set(await world.states()) == {"delivered"}
        # A second run: everybody is looked at anew, and nothing is sent.
        people = [row.person_id for row in sent.values() if row.person_id]
        again = Recorder(server.base_url, tmp_path / "again")
        world.clock.shows += 1_000
        await world.database.write(lambda c: mark(c, "icr", people, world.clock.now_ms()))
        await until_published(world, again)
        assert again.bundles == 0
        # And one that knows nothing of what was sent: all of it is sent, and the server has nothing new.
        await world.database.write(lambda c: c.execute(sent_resource.delete()))
        world.clock.shows += 1_000
        await world.database.write(lambda c: mark(c, "icr", people, world.clock.now_ms()))
        await until_published(world, again)
        await again.close()
        assert again.bundles > 0
        assert await versions(server, some) == before
        assert await counts(server, set(types)) == types
        await plain.close()
    ceiling = await alone(tmp_path / "bundles")
    print(
        f"\n{PEOPLE} people, {resources} resources, {bundles} Bundles: {PEOPLE / seconds:.1f} people/s, "
        f"{resources / seconds:.0f} resources/s; the server alone with the same: {PEOPLE / ceiling:.1f} people/s, "
        f"{resources / ceiling:.0f} resources/s"
    )

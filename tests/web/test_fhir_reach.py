"""A token's scopes hold for every way to read: what they do not name is refused, and another person is not there."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from ascbridge.access import ORGANISATIONS, ROLES, Access, may
from ascbridge.events.facts.catalogue import DischargeTaskOpened
from ascbridge.web import problems
from ascbridge.web.fhir_api import fhir_router
from tests.record.care_samples import SAID
from tests.record.world import KEYRING, World, sqlite_world
from tests.web.test_fhir_api import everyone, outcome, principal, publish


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = sqlite_world(tmp_path)
    yield made
    await made.database.close()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    problems.install(app)
    app.include_router(
        fhir_router(
            database=world.database,
            keyring=KEYRING,
            clock=world.clock,
            principal=principal,
            everyone=everyone,
        )
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as made:
        yield made


@pytest.fixture
async def people(world: World) -> tuple[str, str]:
    """Two people, each with a stay, a task and care."""
    found = []
    for name in ("A1", "A2"):
        ref = await world.known(name)
        await world.stay(ref, f"s{name}")
        await world.task(ref, f"t{name}", f"s{name}", DischargeTaskOpened)
        for fact, sealed in SAID.values():
            await world.say(ref, fact, sealed)
        found.append(await world.person(ref))
    await publish(world)
    return found[0], found[1]


def scoped(*scopes: str, patient: str = "") -> dict[str, str]:
    return {"x-role": "integration", "x-scope": " ".join(scopes), "x-patient": patient}


ADDRESSES = (
    "Encounter/sA1", "Encounter/sA1/_history", "Encounter/sA1/_history/1", "Encounter", "Encounter/_search",
    "Patient/{person}", "Patient/{person}/$everything", "Provenance/Task.tA1", "Provenance?target=Task/tA1",
    "Task?_revinclude=Provenance:target",
)  # fmt: skip


async def ask(client: httpx.AsyncClient, address: str, headers: dict[str, str]) -> httpx.Response:
    method = "POST" if address.endswith("_search") else "GET"
    return await client.request(method, f"/fhir/{address}", headers=headers)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_token_for_one_type_reads_no_other_in_no_way(
    address: str, client: httpx.AsyncClient, people: tuple[str, str]
) -> None:
    there = address.format(person=people[0])
    assert (await ask(client, there, scoped("system/*.rs"))).status_code == 200
    assert outcome(await ask(client, there, scoped("system/Task.rs")), 403)["code"] == "forbidden"


async def test_the_interface_answers_exactly_those_whom_the_table_grants_it(
    client: httpx.AsyncClient, people: tuple[str, str]
) -> None:
    asked = ("Task", "Task/tA1", "Patient/{person}/$everything", "Task/tA1/_history", "Provenance/Task.tA1")
    for organisation in (*ORGANISATIONS, "elsewhere", ""):
        for role in ROLES:
            wanted = 200 if may(organisation, role, "fhir") is Access.full else 403
            for address in asked:
                there = address.format(person=people[0])
                answer = await ask(client, there, {"x-role": role, "x-at": organisation})
                assert answer.status_code == wanted, (organisation, role, address)


async def test_to_read_is_not_to_search_and_to_search_is_not_to_read(
    client: httpx.AsyncClient, people: tuple[str, str]
) -> None:
    for address, act in (("Task/tA1", "r"), ("Task/tA1/_history", "r"), ("Task", "s"), ("Task/_search", "s")):
        for given in ("r", "s"):
            wanted = 200 if given == act else 403
            answer = await ask(client, address, scoped(f"system/Task.{given}"))
            assert answer.status_code == wanted, (address, given)


async def test_what_comes_along_comes_as_far_as_the_scopes_reach(
    client: httpx.AsyncClient, people: tuple[str, str]
) -> None:
    async def along(*scopes: str) -> set[str]:
        asked = "Task?_id=tA1&_include=Task:patient&_include=Task:encounter"
        entries = (await ask(client, asked, scoped(*scopes))).json()["entry"]
        return {each["resource"]["resourceType"] for each in entries if each["search"]["mode"] == "include"}

    assert await along("system/*.rs") == {"Patient", "Encounter"}
    assert await along("system/Task.s", "system/Encounter.r") == {"Encounter"}
    assert await along("system/Task.s", "system/Encounter.s") == set()


async def test_a_token_for_one_person_finds_nobody_else_in_no_way(
    client: httpx.AsyncClient, people: tuple[str, str]
) -> None:
    mine, other = people
    headers = scoped("patient/*.rs", patient=mine)
    for address in (
        f"Patient/{other}", f"Patient/{other}/_history", f"Patient/{other}/_history/1", "Task/tA2",
        f"Patient/{other}/$everything", "Provenance/Task.tA2",
    ):  # fmt: skip
        outcome(await ask(client, address, headers), 404)
    for address in ("Task", f"Task?patient={other}", "Encounter", "Patient", f"Patient?_id={other},{mine}",
                    "Provenance?target=Task/tA2,Task/tA1", f"Patient/{mine}/$everything",
                    "Task?_include=Task:encounter&_include=Task:patient&_revinclude=Provenance:target",
                    "Organization"):  # fmt: skip
        answer = await ask(client, address, headers)
        assert answer.status_code == 200
        shown = answer.text.partition('"entry"')[2]  # behind the link, which says what was asked
        assert [name for name in ("tA2", "sA2", other) if name in shown] == []
    assert len((await ask(client, "Task", headers)).json()["entry"]) == len(
        (await ask(client, f"Task?patient={mine}", scoped("system/*.rs"))).json()["entry"]
    )
    assert (await ask(client, "Organization", headers)).json()["entry"]  # which belong to nobody


async def test_everything_of_a_person_is_what_the_scopes_name_of_it(
    client: httpx.AsyncClient, people: tuple[str, str]
) -> None:
    person = people[0]
    headers = scoped("system/Patient.r", "system/Task.r")
    entries = (await ask(client, f"Patient/{person}/$everything", headers)).json()["entry"]
    assert {each["resource"]["resourceType"] for each in entries} == {"Patient", "Task"}
    outcome(await ask(client, f"Patient/{person}/$everything?_type=Task,Flag", headers), 403)

"""The FHIR interface: read, search and page through the record; every refusal an OperationOutcome, every read audited."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from fhir.resources.R4B import get_fhir_model_class
from sqlalchemy import select

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.catalogue import DischargeTaskOpened
from ascbridge.events.facts.fact import Stamp
from ascbridge.events.facts.hospital_assessment import (
    AssessmentDocument,
    HospitalAssessmentAttached,
    SealedDocument,
)
from ascbridge.events.facts.referral import Answer, SelfAssessmentAnswered
from ascbridge.events.ledgers.audit import verify
from ascbridge.operations.scopes import Scopes, scopes_of
from ascbridge.record.marking import forget
from ascbridge.record.publisher import Publisher
from ascbridge.record.sinks import BuiltinSink
from ascbridge.storage.tables import audit
from ascbridge.web import problems
from ascbridge.web.fhir_api import FhirApi, fhir_router
from ascbridge.web.fhir_reach import Refusal
from tests.record.care_samples import SAID
from tests.record.world import KEYRING, NOW, NUMBERS, World, sqlite_world

NHS = "https://fhir.nhs.uk/Id/nhs-number"
JSON = "application/fhir+json"
GET = Request({"type": "http", "method": "GET", "headers": [], "path": "/", "query_string": b""})


@dataclass(frozen=True)
class Caller:
    name: str
    role: str
    via: str = "token"
    facility: str = ""
    scopes: Scopes | None = None
    employer: str = "council"


async def principal(request: Request) -> Caller:
    role = request.headers.get("x-role", "")
    if not role:
        raise HTTPException(401)
    written = tuple(request.headers.get("x-scope", "").split())
    scopes = scopes_of(written, request.headers.get("x-patient", "")) if written else None
    return Caller("tester", role, scopes=scopes, employer=request.headers.get("x-at", "council"))


async def everyone() -> None:
    return None


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

    @app.get("/fhir-broken")
    async def broken() -> None:
        raise KeyError("Ash-Canary")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bridge", headers={"x-role": "integration"}
    ) as made:
        yield made


async def publish(world: World) -> None:
    publisher = Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock)
    while await publisher.round():
        pass


PAPER = (
    HospitalAssessmentAttached(
        assessment="a" + "1" * 32, task="tA1", spell="sA1", revision=1, kind="trusted", assessor_team="REACT",
        assessed_on="2026-10-13",
        document=AssessmentDocument(content_type="application/pdf", attached_ms=1_792_000_000_000),
    ),
    SealedDocument(title="Assessment", url="https://records.trust.example/d/1"),
)  # fmt: skip
"""An assessment that is a document, and what it seals."""


async def somebody(world: World, name: str = "A1", number: str = NUMBERS[0]) -> str:
    ref = await world.known(name, number)
    await world.stay(ref, f"s{name}")
    await world.task(ref, f"t{name}", f"s{name}", DischargeTaskOpened)
    answers = (Answer(domain="hygiene", level="manages"),)
    await world.say(ref, SelfAssessmentAnswered(stamp=world.stamp(), self_assessment="SA-1", answers=answers))
    await world.say(ref, *PAPER)
    for fact, sealed in SAID.values():
        await world.say(ref, fact, sealed)
    await publish(world)
    return await world.person(ref)


def outcome(answer: httpx.Response, status: int) -> dict:
    """Check that this is an OperationOutcome and return its issue."""
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(JSON)
    get_fhir_model_class("OperationOutcome").model_validate(answer.json())
    (issue,) = answer.json()["issue"]
    return issue


async def test_the_capability_statement_says_what_there_is_and_is_open_to_everybody(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/fhir/metadata", headers={"x-role": ""})
    statement = answer.json()
    get_fhir_model_class("CapabilityStatement").model_validate(statement)
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["implementation"]["url"] == "http://bridge/fhir"


VALUES = {
    "_id": "x", "_lastUpdated": "ge2020", "identifier": "x|y", "patient": "Patient/x", "status": "active",
    "encounter": "Encounter/x", "category": "x|y", "type": "y", "date": "ge2020", "authored": "2026-11",
    "authored-on": "le2030-01-01", "start-date": "2026", "lifecycle-status": "active",
}  # fmt: skip
STRICT = {"Prefer": "handling=strict"}


async def test_everything_the_capability_statement_says_is_true(
    client: httpx.AsyncClient, world: World
) -> None:
    person = await somebody(world)
    statement = (await client.get("/fhir/metadata")).json()
    for resource in statement["rest"][0]["resource"]:
        if resource["type"] == "Provenance":
            continue
        here = f"/fhir/{resource['type']}"
        for parameter in resource["searchParam"]:
            asked = {parameter["name"]: VALUES[parameter["name"]]}
            assert (await client.get(here, params=asked, headers=STRICT)).status_code == 200, parameter
        for name in ("searchInclude", "searchRevInclude"):
            for value in resource.get(name, ()):
                asked = {"_include" if name == "searchInclude" else "_revinclude": value}
                assert (await client.get(here, params=asked, headers=STRICT)).status_code == 200, value
        found = (await client.get(here)).json()["entry"][0]["resource"]
        assert {each["code"] for each in resource["interaction"]} == {
            "read", "vread", "history-instance", "search-type",
        }  # fmt: skip
        one = await client.get(f"{here}/{found['id']}")
        assert one.json() == found
        assert one.json()["meta"]["profile"] == resource["supportedProfile"]
        version = await client.get(f"{here}/{found['id']}/_history/{found['meta']['versionId']}")
        assert version.json() == found
        versions = (await client.get(f"{here}/{found['id']}/_history")).json()
        assert versions["entry"][0]["resource"] == found
        unchanged = {"If-None-Match": one.headers["etag"]}
        assert (await client.get(f"{here}/{found['id']}", headers=unchanged)).status_code == 304
        for operation in resource.get("operation", ()):
            assert (await client.get(f"{here}/{person}/${operation['name']}")).status_code == 200


async def test_nothing_is_searched_that_the_capability_statement_does_not_name(
    client: httpx.AsyncClient,
) -> None:
    statement = (await client.get("/fhir/metadata")).json()
    for resource in statement["rest"][0]["resource"]:
        named = {each["name"] for each in resource["searchParam"]}
        for name, value in VALUES.items():
            if name not in named and resource["type"] != "Provenance":
                answer = await client.get(f"/fhir/{resource['type']}", params={name: value}, headers=STRICT)
                assert answer.status_code == 400, (resource["type"], name)


async def test_provenance_leads_from_a_resource_to_its_message_and_rule(
    client: httpx.AsyncClient, world: World
) -> None:
    person = await somebody(world)
    made = (await client.get(f"/fhir/Provenance?target=Patient/{person}")).json()["entry"][0]["resource"]
    get_fhir_model_class("Provenance").model_validate(made)
    patient = (await client.get(f"/fhir/Patient/{person}")).json()
    assert made["entity"][0]["what"]["identifier"]["value"] == patient["meta"]["source"]
    assert made["policy"] == ["urn:ascbridge:mapping-rule:patient:1"]
    assert made["meta"]["versionId"] == patient["meta"]["versionId"]
    one = await client.get(f"/fhir/Provenance/{made['id']}")
    assert one.json() == made
    along = (await client.get(f"/fhir/Patient?_id={person}&_revinclude=Provenance:target")).json()
    assert [each["search"]["mode"] for each in along["entry"]] == ["match", "include"]
    assert along["entry"][1]["resource"] == made
    outcome(await client.get("/fhir/Provenance"), 400)
    outcome(await client.get("/fhir/Provenance/Organization.COVASC"), 404)
    outcome(await client.get("/fhir/Provenance/nothing"), 404)
    assert "entry" not in (await client.get("/fhir/Provenance?target=Patient/nobody,x")).json()


async def test_everything_of_a_person_comes_at_once_and_is_audited_once(
    client: httpx.AsyncClient, world: World
) -> None:
    person = await somebody(world)
    await somebody(world, "A2", NUMBERS[1])
    bundle = (await client.get(f"/fhir/Patient/{person}/$everything")).json()
    kinds = {each["resource"]["resourceType"] for each in bundle["entry"]}
    assert {
        "Patient",
        "Encounter",
        "Task",
        "CarePlan",
        "Goal",
        "CareTeam",
        "Flag",
        "Device",
        "Organization",
    } <= kinds
    patients = [each for each in bundle["entry"] if each["resource"]["resourceType"] == "Patient"]
    assert [each["resource"]["id"] for each in patients] == [person]
    shared = {
        each["resource"]["resourceType"] for each in bundle["entry"] if each["search"]["mode"] == "include"
    }
    assert shared == {"Organization", "Location"}
    read = [row for row in await world.rows(audit) if row.what == "fhir everything Patient"]
    assert [row.whom for row in read] == [person]
    few = (await client.get(f"/fhir/Patient/{person}/$everything?_count=2&_type=Task")).json()
    rest = (await client.get(few["link"][1]["url"])).json()
    assert {each["resource"]["resourceType"] for each in (*few["entry"], *rest["entry"])} == {"Task"}
    none = (await client.get(f"/fhir/Patient/{person}/$everything?_since=2090-01-01")).json()
    assert "entry" not in none
    for wrong in ("_count=x", "_since=soon"):
        outcome(await client.get(f"/fhir/Patient/{person}/$everything?{wrong}"), 400)
    outcome(await client.get(f"/fhir/Patient/{person}/$everything?_type=Observation"), 404)
    outcome(await client.get("/fhir/Patient/nobody/$everything"), 404)


async def test_history_gives_each_version_until_it_is_withheld(
    client: httpx.AsyncClient, world: World
) -> None:
    ref = await world.known("A1", NUMBERS[0], address_lines=("CANARY Street",))
    await publish(world)
    await world.describe(ref, NUMBERS[0], address_lines=("CANARY Lane",))
    await publish(world)
    here = f"/fhir/Patient/{await world.person(ref)}"
    versions = (await client.get(f"{here}/_history")).json()
    assert [each["response"]["etag"] for each in versions["entry"]] == ['W/"2"', 'W/"1"']
    assert "CANARY Street" in (await client.get(f"{here}/_history/1")).text
    first = (await client.get(f"{here}/_history?_count=1")).json()
    rest = (await client.get(first["link"][1]["url"])).json()
    assert [each["resource"]["meta"]["versionId"] for each in (*first["entry"], *rest["entry"])] == ["2", "1"]
    await world.restrict(ref)
    await publish(world)
    assert "CANARY" not in (await client.get(f"{here}/_history")).text
    for version in ("1", "2", "4", "x", "0"):
        outcome(await client.get(f"{here}/_history/{version}"), 404)
    assert (await client.get(f"{here}/_history/3")).json() == (await client.get(here)).json()


async def test_history_of_who_objects_gives_nothing_from_before(
    client: httpx.AsyncClient, world: World
) -> None:
    ref = await world.known("A1", NUMBERS[0])
    await world.say(ref, *SAID["equipment"])
    await publish(world)
    await world.say(ref, ObjectionRecorded(stamp=Stamp(recorded_ms=NOW + 5), objects=True))
    await publish(world)
    bundle = (await client.get(f"/fhir/Patient/{await world.person(ref)}/$everything")).json()
    for each in bundle["entry"]:
        if each["search"]["mode"] == "match":
            found = each["resource"]
            versions = await client.get(f"/fhir/{found['resourceType']}/{found['id']}/_history")
            assert len(versions.json()["entry"]) == 1
            assert "Ash" not in versions.text
            assert "alarm" not in versions.text


async def test_by_category_type_and_date(client: httpx.AsyncClient, world: World) -> None:
    await somebody(world)
    for address, wanted in (
        ("CarePlan?category=contingency", 1),
        ("CarePlan?category=https://fhir.coventry.gov.uk/CodeSystem/care-plan|support-plan", 1),
        ("CarePlan?category=other", 0),
        ("EpisodeOfCare?type=package,placement", 2),
        ("EpisodeOfCare?date=ge2026-05", 2),
        ("EpisodeOfCare?date=lt2026-01-02", 1),
        ("EpisodeOfCare?date=2026", 1),
        ("Goal?lifecycle-status=completed", 1),
        ("Goal?start-date=gt2026-03-01", 2),
        ("Task?authored-on=2026-03-03", 1),
    ):
        bundle = (await client.get(f"/fhir/{address}", headers=STRICT)).json()
        assert len(bundle.get("entry", ())) == wanted, address
    outcome(await client.get("/fhir/EpisodeOfCare?date=soon"), 400)
    outcome(await client.get("/fhir/CarePlan?category=x|"), 400)


async def test_a_hospitals_token_gets_nothing_that_comes_along(world: World) -> None:
    api = FhirApi(world.database, KEYRING, world.clock, "web")
    with pytest.raises(Refusal, match="comes along"):
        await api.search(Caller("t", "hospital", facility="RKB"), "Task", [("_include", "Task:patient")], GET)


async def test_reading_one_resource(client: httpx.AsyncClient, world: World) -> None:
    person = await somebody(world)
    answer = await client.get(f"/fhir/Patient/{person}")
    assert answer.headers["content-type"].startswith(JSON)
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["last-modified"].endswith("GMT")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["meta"]["versionId"] == "1"
    get_fhir_model_class("Patient").model_validate(answer.json())


async def test_finding_a_person_by_number_in_the_address_or_better_in_the_body(
    client: httpx.AsyncClient, world: World
) -> None:
    person = await somebody(world)
    asked = {"identifier": f"{NHS}|{NUMBERS[0]}"}
    for answer in (
        await client.get("/fhir/Patient", params=asked),
        await client.post("/fhir/Patient/_search", data=asked),
    ):
        bundle = answer.json()
        get_fhir_model_class("Bundle").model_validate(bundle)
        assert (bundle["type"], [each["resource"]["id"] for each in bundle["entry"]]) == (
            "searchset",
            [person],
        )
        assert bundle["entry"][0]["fullUrl"] == f"http://bridge/fhir/Patient/{person}"


async def test_following_pages_finds_everything_once(client: httpx.AsyncClient, world: World) -> None:
    for n in range(5):
        ref = await world.known(f"A{n}")
        await world.task(ref, f"t{n}", f"s{n}", DischargeTaskOpened)
    await publish(world)
    address, seen = "/fhir/Task?_count=2&status=requested", []
    for _ in range(10):
        bundle = (await client.get(address)).json()
        seen += [each["resource"]["id"] for each in bundle["entry"]]
        links = {each["relation"]: each["url"] for each in bundle["link"]}
        if "next" not in links:
            break
        address = links["next"]
    assert sorted(seen) == [f"t{n}" for n in range(5)]
    assert "_cursor" in links["self"]


async def test_a_puller_that_comes_back_gets_only_what_changed(
    client: httpx.AsyncClient, world: World
) -> None:
    await somebody(world, "A1")
    await somebody(world, "A2", NUMBERS[1])
    first = (await client.get("/fhir/Encounter?_count=1")).json()
    after = next(each["url"] for each in first["link"] if each["relation"] == "next")
    rest = (await client.get(after)).json()
    assert len(first["entry"]) == len(rest["entry"]) == 1
    assert [each["relation"] for each in rest["link"]] == ["self"]


async def test_parameters_nobody_knows_are_left_out_of_the_self_link_or_refused(
    client: httpx.AsyncClient,
) -> None:
    lenient = await client.get("/fhir/Task?colour=red&status=requested")
    assert lenient.json()["link"][0]["url"] == "http://bridge/fhir/Task?status=requested"
    assert "entry" not in lenient.json()
    assert "preference-applied" not in lenient.headers
    strict = await client.get("/fhir/Task?colour=red", headers={"Prefer": "return=minimal; handling=strict"})
    assert outcome(strict, 400)["code"] == "invalid"
    for handling in ("lenient", "strict"):
        asked = {"Prefer": f'respond-async, Handling="{handling}"'}
        answer = await client.get("/fhir/Task?status=requested", headers=asked)
        assert answer.headers["preference-applied"] == f"handling={handling}"


@pytest.mark.parametrize(
    "address",
    [
        "/fhir/Task?_lastUpdated=soon",
        "/fhir/Task?status:not=x",
        "/fhir/Task?_count=x",
        "/fhir/Task?status=,",
        "/fhir/Task?_lastUpdated=,",
        "/fhir/CarePlan?category=,",
    ],
)
async def test_a_search_that_cannot_be_understood(address: str, client: httpx.AsyncClient) -> None:
    assert outcome(await client.get(address), 400)["code"] == "invalid"


async def test_who_is_not_signed_in_or_may_not(client: httpx.AsyncClient) -> None:
    assert outcome(await client.get("/fhir/Patient", headers={"x-role": ""}), 401)["code"] == "login"
    for role in ("it-operations", "auditor", "information-governance", "nobody"):
        for address in ("/fhir/Patient", "/fhir/Patient/n1", "/fhir/nothing"):
            assert outcome(await client.get(address, headers={"x-role": role}), 403)["code"] == "forbidden"


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    for address in (
        "/fhir/Patient/n404",
        "/fhir/Observation",
        "/fhir/Observation/1",
        "/fhir/Patient/n1/_history",
        "/fhir/",
    ):
        assert outcome(await client.get(address), 404)["code"] == "not-found"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_it_only_reads(method: str, client: httpx.AsyncClient) -> None:
    for address in ("/fhir/Patient", "/fhir/Patient/n1"):
        assert outcome(await client.request(method, address), 405)["code"] == "not-supported"


@pytest.mark.parametrize(
    "headers,address",
    [
        ({"Accept": "application/fhir+xml"}, "/fhir/Patient"),
        ({"Accept": "text/html"}, "/fhir/metadata"),
        ({}, "/fhir/Patient?_format=xml"),
    ],
)
async def test_only_json(headers: dict, address: str, client: httpx.AsyncClient) -> None:
    assert outcome(await client.get(address, headers=headers), 406)["code"] == "not-supported"


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html, application/fhir+json;q=0.8", "application/*"]
)
async def test_json_under_its_other_names(accept: str, client: httpx.AsyncClient) -> None:
    assert (await client.get("/fhir/Patient", headers={"Accept": accept})).status_code == 200
    assert (await client.get("/fhir/Patient?_format=application/fhir+json")).status_code == 200


async def test_an_erased_persons_resources_are_gone_and_a_puller_is_told(
    client: httpx.AsyncClient, world: World
) -> None:
    person = await somebody(world)
    ref = next(iter(world.keys))
    await world.erase(ref)
    await world.database.write(lambda c: forget(c, "icr", [world.keys[ref]], [person], world.clock.now_ms()))
    await publish(world)
    assert outcome(await client.get(f"/fhir/Patient/{person}"), 410)["code"] == "deleted"
    assert outcome(await client.get("/fhir/Task/tA1"), 410)["code"] == "deleted"
    (entry,) = (await client.get("/fhir/Patient")).json()["entry"]
    assert entry["resource"]["active"] is False
    assert (await client.get("/fhir/Patient", params={"identifier": NUMBERS[0]})).json().get("entry") is None


async def test_a_fault_of_ours_tells_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/fhir-broken")
    assert outcome(answer, 500)
    assert "Canary" not in answer.text


async def test_every_read_is_audited_for_each_person_seen(client: httpx.AsyncClient, world: World) -> None:
    one, other = await somebody(world, "A1"), await somebody(world, "A2", NUMBERS[1])
    await client.get(f"/fhir/Patient/{one}")
    await client.get("/fhir/Task")
    await client.get("/fhir/Patient/n404")
    await client.get("/fhir/Task?status=cancelled")
    await client.get("/fhir/metadata")
    await client.get("/fhir/Patient/n405", headers={"X-Purpose": " sub-regional  audit "})
    rows = await world.database.read(lambda c: list(c.execute(select(audit).order_by(audit.c.position))))
    assert [(row.who, row.role, row.what, row.whom, row.result) for row in rows] == [
        ("tester", "integration", "fhir read Patient", one, "200"),
        *[("tester", "integration", "fhir search Task", person, "200") for person in sorted([one, other])],
        ("tester", "integration", "fhir read Patient", "", "404"),
        ("tester", "integration", "fhir search Task", "", "200"),
        ("tester", "integration", "fhir read Patient", "", "404"),
    ]
    assert [row.why for row in rows] == ["direct care"] * 5 + ["sub-regional audit"], (
        "a purpose with every read"
    )
    assert await world.database.read(lambda c: verify(c, "web", rows[0].day)) == []


async def test_restricted_people_keep_their_mark(client: httpx.AsyncClient, world: World) -> None:
    ref = await world.known("A1", phones=("CANARY",))
    await world.restrict(ref)
    await publish(world)
    answer = await client.get("/fhir/Patient")
    assert "CANARY" not in answer.text
    assert answer.json()["entry"][0]["resource"]["meta"]["security"][0]["code"] == "R"


async def test_an_assessment_that_is_a_document_is_searched_and_read_and_withdrawn(
    client: httpx.AsyncClient, world: World
) -> None:
    ref = await world.known("A1", NUMBERS[0])
    await world.say(ref, *PAPER)
    await publish(world)
    person = await world.person(ref)

    async def found(**asked: str) -> list[dict]:
        answer = await client.get("/fhir/DocumentReference", params=asked, headers=STRICT)
        assert answer.status_code == 200, answer.text
        return [one["resource"] for one in answer.json().get("entry", [])]

    own = "https://fhir.coventry.gov.uk/CodeSystem/hospital-assessment|trusted"
    for right in ({"patient": person}, {"type": own}, {"status": "current"}, {"date": "2026-10-14"}):
        (one,) = await found(**right)
        assert one["content"][0]["attachment"]["title"] == "Assessment"
    for wrong in (
        {"type": own.replace("trusted", "contact")},
        {"status": "superseded"},
        {"date": "lt2026-10-01"},
    ):
        assert await found(patient=person, **wrong) == []
    whole = (await client.get(f"/fhir/Patient/{person}/$everything")).json()
    kinds = [one["resource"]["resourceType"] for one in whole["entry"]]
    assert (kinds.count("DocumentReference"), kinds.count("QuestionnaireResponse")) == (1, 1)
    told = (await client.get(f"/fhir/Provenance?target=DocumentReference/{one['id']}")).json()
    assert told["entry"][0]["resource"]["target"][0]["reference"].startswith(f"DocumentReference/{one['id']}")
    await world.say(ref, PAPER[0].model_copy(update={"revision": 2, "withdrawn": True}), PAPER[1])
    await publish(world)
    (one,) = await found(patient=person)
    assert one["status"] == "entered-in-error"

"""Every resource that the samples lead to: HAPI's validator finds no error in it, and a HAPI server takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ascbridge.bootstrap.trying import trial
from ascbridge.discharge.acts import delays, stage_acts
from ascbridge.discharge.acts.assessment_desk import AssessmentWish, DocumentWish, assessment_change
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.pack.pack_store import read_pack
from ascbridge.record.mapping.bundle import transaction
from ascbridge.storage.tables import task
from tests.journeys.test_split_work import at_desk, frame, pack, published, ready_to_leave
from tests.web.city import MINUTE, City
from tests.web.splitting import AMINA, split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.hapi import Hapi
    from tests.servers.validator import ValidatorClient

pytestmark = [pytest.mark.fhir_server, pytest.mark.timeout(900)]

NOT_LOOKED_UP = {"http://snomed.info/sct#715591000000108"}
"""Codes that no code system at hand holds: each is known to us, and each is listed here."""


@pytest.fixture
async def resources(shared_data: Path, tmp_path: Path) -> list[dict[str, Any]]:
    """Give what the shared record holds after the authored day and the Cerner sample."""
    found = []
    for profile, folder in (
        ("itk-v24", "authored-itk-v24"),
        ("cerner-millennium", "endeavour-homerton-cerner"),
    ):
        made = trial(profile, tmp_path / profile)
        for path in sorted((shared_data / "adt-open" / folder).glob("*.hl7")):
            made.take(path.read_bytes())
        found += await made.resources()
        await made.close()
    return found


async def test_the_validator_finds_no_error(
    resources: list[dict[str, Any]], fhir_validator: ValidatorClient
) -> None:
    kinds = {body["resourceType"] for body in resources}
    assert kinds >= {"Patient", "Encounter", "ServiceRequest", "Task", "Organization", "Location"}
    issues = [(body, issue) for body in resources for issue in fhir_validator.validate(body)]
    errors = [
        f"{body['resourceType']} {issue.location}: {issue.message}"
        for body, issue in issues
        if issue.severity in {"error", "fatal"}
    ]
    assert errors == []
    assert {issue.unverified for _, issue in issues if issue.unverified} <= NOT_LOOKED_UP


@pytest.fixture
def worked_on(tmp_path: Path) -> Iterator[City]:
    """Somebody's task on its way: stages, pathway, work that is split off, papers that go with them, an assessment."""
    city = City(tmp_path)
    ready_to_leave(city)
    frame(city, "ordered")
    at_desk(city, stage_acts.accept)
    at_desk(city, stage_acts.move_stage, "triaged")
    at_desk(city, stage_acts.confirm_pathway, "home-with-support")
    at_desk(city, delays.delay, "delay-2024-07")
    split(city, "equipment", about="equipment:E7", before_discharge=True)
    split(city, "housing")
    pack(city, "present", "summary", text="In the bag with her")
    pack(city, "waive", "getting-to-know-me", reason="there-already")
    pack(city, "ask-receipt", text="Example House")
    assess(city, assessor="react", on="2026-10-17", needs={"hygiene": "needs-help"}, text="Jo Example")
    paper = DocumentWish(
        "Assessment", "https://records.trust.example/d/1", size=44_301, sha1="2jmj7l5rSw0yVb/vlWAYkK/YBwk="
    )
    assess(city, assessor="idt", on="2026-10-17", text="Jo Example", document=paper)
    yield city
    city.close()


def assess(city: City, **made: Any) -> None:
    city.clock.at_ms += MINUTE
    (row,) = city.rows(task)
    version = city.bridge.read_now(lambda c: read_pack(c, row.task_id)).version
    sitting = Sitting(city.desk, AMINA, version, city.clock.at_ms)
    wish = AssessmentWish("attach", **made)
    city.bridge.write_now(lambda c: assessment_change(c, sitting, row.task_id, wish))
    city.work()


def test_the_validator_finds_no_error_in_what_the_desk_makes_of_a_task(
    worked_on: City, fhir_validator: ValidatorClient
) -> None:
    there = published(worked_on)
    kinds = [body["resourceType"] for body in there]
    assert (kinds.count("Task"), kinds.count("QuestionnaireResponse")) == (3, 2)
    assert kinds.count("DocumentReference") == 1
    said = {one["type"]["coding"][0]["code"] for body in there for one in body.get("output", [])}
    assert said >= {"accepted", "triaged", "information-present", "information-missing", "receipt-asked"}
    issues = [(body, issue) for body in there for issue in fhir_validator.validate(body)]
    assert [f"{body['resourceType']} {i.location}: {i.message}" for body, i in issues if i.is_error] == []
    assert {issue.unverified for _, issue in issues if issue.unverified} <= NOT_LOOKED_UP


async def test_a_real_server_takes_them_and_a_second_time_changes_nothing(
    resources: list[dict[str, Any]], hapi_server: Hapi
) -> None:
    bundle = transaction([(body, "") for body in _referred_to_first(resources)])
    async with httpx.AsyncClient(timeout=60) as client:
        versions = []
        for _ in range(2):
            answer = await client.post(hapi_server.base_url, json=bundle)
            assert answer.status_code == 200, answer.text
            versions.append([entry["response"]["location"] for entry in answer.json()["entry"]])
    assert versions[0] == versions[1]


def _referred_to_first(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    unique = {f"{body['resourceType']}/{body['id']}": body for body in resources}
    return list(unique.values())

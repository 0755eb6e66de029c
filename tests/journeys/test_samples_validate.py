"""Every resource that the samples lead to: HAPI's validator finds no error in it, and a HAPI server takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ascbridge.bootstrap.trying import trial
from ascbridge.record.mapping.bundle import transaction

if TYPE_CHECKING:
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

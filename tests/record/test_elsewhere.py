"""Another's record, read on demand: shown, slow, down, broken, of another person, of a restricted one; and nothing kept."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ascbridge.config_sections import ElsewhereSettings
from ascbridge.record.elsewhere import Line, Told, read_elsewhere
from tests.record.other_fhir import ALLERGY, MARY, NUMBER, RESTRICTED, STAY, OtherFhir, running

BORN = "1941-03-14"
PATIENCE_S = 30.0


def settings(url: str) -> ElsewhereSettings:
    return ElsewhereSettings(title="UHCW", url=url, shows=("Encounter", "AllergyIntolerance"))


async def told(other: OtherFhir, within_s: float = PATIENCE_S, born: str = BORN) -> Told:
    return await read_elsewhere(settings(other.url), NUMBER, born, within_s=within_s)


async def test_what_it_says_is_told_in_its_words_and_no_place_or_address() -> None:
    with running(MARY, STAY, ALLERGY) as other:
        found = await told(other)
    assert (found.title, found.state) == ("UHCW", "shown")
    assert found.lines == (
        Line("Encounter", "inpatient encounter", "in-progress", "2026-10-15"),
        Line("AllergyIntolerance", "Canary penicillin", "active", "2020-05-06"),
    )
    assert not [word for word in ("CANARY ROW", "CANARY WARD") if word in str(found)]


async def test_who_is_slow_is_late_and_nobody_waits_longer() -> None:
    with running(MARY, ALLERGY) as other:
        other.hangs = True
        assert await told(other, within_s=0.2) == Told("UHCW", "late")


async def test_who_is_down_or_answers_something_else_is_late() -> None:
    with running(MARY, STAY, ALLERGY) as other:
        other.breaks = "AllergyIntolerance"
        assert await told(other) == Told("UHCW", "late")  # half an answer may be the half without the allergy
        other.breaks = "Patient"
        assert await told(other) == Told("UHCW", "late")
        url = other.url
    assert await read_elsewhere(settings(url), NUMBER, BORN, within_s=PATIENCE_S) == Told("UHCW", "late")


@pytest.mark.parametrize("held", [({**MARY, **RESTRICTED}, ALLERGY), (MARY, STAY, {**ALLERGY, **RESTRICTED})])
async def test_what_it_marks_as_restricted_is_not_shared_nor_what_stands_beside_it(
    held: tuple[dict[str, Any], ...],
) -> None:
    with running(*held) as other:
        assert await told(other) == Told("UHCW", "not shared")


async def test_somebody_else_under_the_number_is_not_shown() -> None:
    with running(MARY, {**MARY, "id": "m2"}, ALLERGY) as other:
        assert await told(other) == Told("UHCW", "another person")
    with running(MARY, ALLERGY) as other:
        assert await told(other, born="1941-03-15") == Told("UHCW", "another person")
        assert await told(other, born="") == Told("UHCW", "another person")
        assert not [path for path in other.asked if "Allergy" in path]  # nothing more is asked
    with running() as other:
        assert await told(other) == Told("UHCW", "none recorded")
    with running(MARY) as other:
        assert await told(other) == Told("UHCW", "none recorded")


@pytest.mark.fhir_server
@pytest.mark.timeout(900)
async def test_a_real_fhir_server_is_read(hapi_server: Any) -> None:
    """HAPI holds two people: one to be shown, and one whom it marks as restricted."""
    number, hidden = "9993001015", "9993001023"
    async with httpx.AsyncClient(base_url=hapi_server.base_url, timeout=120) as client:
        for id, value, more in (("elsewhere1", number, {}), ("elsewhere2", hidden, RESTRICTED)):
            identifier = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": value}]
            patient = {**MARY, **more, "id": id, "identifier": identifier}
            allergy = {**ALLERGY, "id": f"{id}a", "patient": {"reference": f"Patient/{id}"}}
            for each in (patient, allergy):
                answer = await client.put(f"/{each['resourceType']}/{each['id']}", json=each)
                assert answer.status_code in {200, 201}, answer.text
    source = settings(hapi_server.base_url)
    found = await read_elsewhere(source, number, BORN, within_s=120)
    assert (found.state, [line.words for line in found.lines]) == ("shown", ["Canary penicillin"])
    assert await read_elsewhere(source, hidden, BORN, within_s=120) == Told("UHCW", "not shared")
    assert await read_elsewhere(source, "9993001031", BORN, within_s=120) == Told("UHCW", "none recorded")

"""Beside ours: labelled, audited, asked of nobody for the restricted, and nothing of it stays here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.config_sections import ElsewhereSettings
from ascbridge.operations.finding import audit_search
from ascbridge.web.app import create_app
from tests.record.other_fhir import ALLERGY, MARY, STAY, OtherFhir, running
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.city import City


@pytest.fixture
def other() -> Iterator[OtherFhir]:
    with running(MARY, STAY, ALLERGY) as made:
        yield made


@pytest.fixture
def nurse(city: City, other: OtherFhir, monkeypatch: pytest.MonkeyPatch) -> Someone:
    monkeypatch.setattr("ascbridge.record.elsewhere.WITHIN_S", 30.0)  # a slow machine is no slow hospital
    sources = {
        "uhcw": ElsewhereSettings(title="UHCW's own record", url=other.url, shows=("AllergyIntolerance",)),
        "gone": ElsewhereSettings(title="A server that is down", url="http://127.0.0.1:9/fhir"),
    }
    city.settings = city.settings.model_copy(update={"elsewhere": sources})
    return Someone(create_app(city.parts())).sign_in("discharge-team")


def test_it_stands_beside_ours_with_who_says_it_and_nothing_of_it_is_kept(nurse: Someone, city: City) -> None:
    person_id = city.task_of(0).person_id
    assert (
        "What others say now: UHCW&#39;s own record, A server that is down"
        in nurse.get(f"/people/{person_id}").text
    )
    page = nurse.get(f"/people/{person_id}/elsewhere").text
    for said in (
        "UHCW&#39;s own record",
        "Canary penicillin",
        "A server that is down",
        "Late. No answer",
        "not kept here",
    ):
        assert said in page, said
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=person_id))
    assert (entries[0].what, entries[0].why) == ("records elsewhere read", "direct care, discharge task")
    files = [path for path in city.folder.rglob("*") if path.is_file()]
    assert files
    assert not [path.name for path in files if b"Canary penicillin" in path.read_bytes()]


def test_of_a_restricted_person_nobody_is_asked(nurse: Someone, city: City, other: OtherFhir) -> None:
    city.hear("A08", local_id="L100", visit="V100", name="EVANS^MARY^JOY^^MRS^^L", born="19410314",
              nhs_number="9993000019", extra=("ZU8||||2",))  # fmt: skip
    page = nurse.get(f"/people/{city.task_of(0).person_id}/elsewhere").text
    assert "nobody is asked about them" in page
    assert other.asked == []


def test_whom_nothing_connects_is_asked_why_first(nurse: Someone, city: City, other: OtherFhir) -> None:
    duty = Someone(nurse.app).sign_in("front-door", "Dee Duty")
    person_id = city.task_of(3).person_id
    assert (
        duty.get(f"/people/{person_id}/elsewhere").headers["location"].startswith(f"/people/{person_id}/open")
    )
    assert other.asked == []
    assert nurse.get("/people/nobody/elsewhere").status_code == 404

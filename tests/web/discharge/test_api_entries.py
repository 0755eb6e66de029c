"""A stay entered by a program: one task for each entry, and no second one for who may be here already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.intake.doors.desk_door import NOT_NOW, NotKept
from ascbridge.operations import tokens
from ascbridge.storage.tables import audit
from ascbridge.web.app import create_app
from tests.web.city import City
from tests.web.conftest import Someone
from tests.web.discharge.test_enter_pages import at_work, hears

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRY: dict[str, Any] = {
    "id": "ward-system-entry-000001", "nhs_number": "9993000019", "number_checked": True, "family_name": "Evans",
    "given_names": "Mary Joy", "birth_date": "1941-03-14", "site": "RKB01", "ward": "W12", "ready": True,
}  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path / "city")
    yield made
    made.close()


def ward_system(city: City, **parts: Any) -> Someone:
    text, slip = tokens.mint(city.keyring, "discharge-team", "ward system")
    tokens.leave_slip(city.folder, slip)
    headers = {"Authorization": f"Bearer {text}", "X-Purpose": "direct care"}
    return Someone(create_app(city.parts(**parts)), headers=headers)


@pytest.fixture
def program(city: City) -> Someone:
    return ward_system(city)


def test_an_entry_becomes_one_task_however_often_it_is_sent(city: City, program: Someone) -> None:
    assert program.get(f"/api/entries/{ENTRY['id']}").status_code == 404
    answer = program.post("/api/entries", json=ENTRY)
    assert answer.status_code == 202, answer.text
    (fact,) = at_work(city)
    city.clock.at_ms += 60_000
    again = program.post("/api/entries", json=ENTRY)
    assert (again.status_code, again.json()) == (202, {"id": ENTRY["id"], "task_id": fact.task})
    assert program.get(f"/api/entries/{ENTRY['id']}").json() == again.json()
    assert len(at_work(city)) == 1
    assert [row.what for row in city.rows(audit)].count("stay entered by hand") == 1


def test_who_may_be_here_already_is_a_conflict_until_somebody_looked(city: City, program: Someone) -> None:
    hears(city, "A01")
    refused = program.post("/api/entries", json=ENTRY)
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert "They may be here already: " in refused.json()["detail"]
    assert "EVANS" not in refused.text.upper()
    assert program.post("/api/entries", json={**ENTRY, "other": True}).status_code == 202


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"site": "X99"}, "site: Choose the hospital from the list"),
        ({"nhs_number": "9993000018"}, "nhs_number: This is no NHS number"),
        (
            {"expected_on": "soon"},
            "expected_on: Write the day on which they are expected to leave as 1941-03-14",
        ),
        ({"nhs_number": "", "birth_date": ""}, "nhs_number: Write the NHS number"),
        ({"id": "short"}, "id: "),
        ({"lives": "moon"}, "lives: "),
    ],
)
def test_what_is_wrong_is_said_by_its_field(
    city: City, program: Someone, wrong: dict[str, str], said: str
) -> None:
    refused = program.post("/api/entries", json={**ENTRY, **wrong})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert said in refused.json()["detail"]
    assert at_work(city) == []


@pytest.mark.parametrize("why, status", [(NOT_NOW, 503), ("the day is impossible", 422)])
def test_what_is_not_kept_is_not_taken(city: City, why: str, status: int) -> None:
    async def refuse(_: bytes) -> str:
        raise NotKept(why)

    assert ward_system(city, enter=refuse).post("/api/entries", json=ENTRY).status_code == status
    assert at_work(city) == []

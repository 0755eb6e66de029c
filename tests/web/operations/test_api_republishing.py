"""Publishing people again, for programs: whom, how many, once at a time, and only by whoever mends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.storage.tables import patient
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City

PATH = "/api/operations/republish"


def someone(app: FastAPI, city: City, role: Any) -> Someone:
    text, slip = tokens.mint(city.keyring, role, "script")
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def engineer(app: FastAPI, city: City) -> Someone:
    return someone(app, city, "it-operations")


def test_a_run_is_asked_about_begun_once_held_still_and_ended(engineer: Someone, city: City) -> None:
    everybody = {"everybody": True, "per_second": 3, "why": "restored"}
    people = len({row.person_id for row in city.rows(patient)})
    assert engineer.post(PATH, json={**everybody, "dry_run": True}).json() == {"people": people, "run": None}
    assert engineer.get(PATH).json() == []
    run = engineer.post(PATH, json=everybody).json()["run"]
    assert (run["state"], run["people"], run["marked"], run["per_second"]) == ("running", people, 0, 3)
    again = engineer.post(PATH, json=everybody)
    assert again.status_code == 409
    assert "let it end, or stop it" in again.json()["detail"]
    for act, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert engineer.post(f"{PATH}/{run['run_id']}/{act}").json()["state"] == state
    assert engineer.post(f"{PATH}/{run['run_id']}/resume").status_code == 409
    assert engineer.post(f"{PATH}/none/stop").status_code == 409
    assert [one["state"] for one in engineer.get(PATH).json()] == ["stopped"]


def test_one_person_by_id_and_nobody_begins_nothing(engineer: Someone, city: City) -> None:
    person = city.rows(patient)[0].person_id
    begun = engineer.post(PATH, json={"people": [person], "what": "everything"}).json()
    assert (begun["people"], begun["run"]["what"]) == (1, "everything")
    assert engineer.post(PATH, json={"authority": "NOBODY"}).json() == {"people": 0, "run": None}


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"everybody": True, "authority": "RKB"},
        {"people": ["nobody"]},
        {"everybody": True, "per_second": 0},
        {"everybody": True, "what": "all"},
        {"sent_since": "2026-01-01T00:00:00"},
        {"everybody": True, "what": "looked-at"},  # our own store is the sink
    ],
)
def test_what_cannot_be_done_is_refused(engineer: Someone, wanted: Any) -> None:
    assert engineer.post(PATH, json=wanted).status_code == 422


@pytest.mark.parametrize("role", ["auditor", "integration", "discharge-team"])
def test_nobody_else_publishes_again(app: FastAPI, city: City, role: str) -> None:
    assert someone(app, city, role).post(PATH, json={"everybody": True}).status_code == 403

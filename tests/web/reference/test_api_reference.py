"""Reference data for programs: everybody signed in may see it, IT operations alone loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations import tokens
from ascbridge.web.app import create_app
from tests.reference.lists import HOURS, text
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from tests.web.city import City

PATH = "/api/operations/reference"


@pytest.fixture
def engineer(empty_city: City) -> Someone:
    return bearer(empty_city, "it-operations")


def bearer(city: City, role: str) -> Someone:
    minted, slip = tokens.mint(city.keyring, role, "script")
    tokens.leave_slip(city.folder, slip)
    return Someone(create_app(city.parts()), headers={"Authorization": f"Bearer {minted}"})


def test_a_list_is_looked_at_loaded_listed_and_taken_back(engineer: Someone, empty_city: City) -> None:
    given = {"text": text("service-hours", HOURS), "why": "agreed at the board"}
    planned = engineer.post(f"{PATH}/difference", json=given).json()
    assert (planned["loaded"], planned["version"], planned["before"]) == (False, 2, 1)
    changed = {
        "how": "changed",
        "what": "Community Discharge Team",
        "words": "daily: 08:00 to 18:00, was 08:00 to 20:00",
    }
    assert changed in planned["differences"]
    done = engineer.post(f"{PATH}/load", json=given).json()
    assert done == {**planned, "loaded": True}
    mine = [one for one in engineer.get(PATH).json() if one["kind"] == "service-hours"]
    assert [(one["version"], one["state"], one["loaded_by"]) for one in mine] == [
        (2, "in force", "script"),
        (1, "behind another", ""),
    ]
    assert engineer.post(f"{PATH}/load", json=given).status_code == 422
    empty_city.clock.at_ms += 1
    left = engineer.post(f"{PATH}/service-hours/2/take-back", json={"why": "the wrong file"})
    assert (left.status_code, left.json()["version"]) == (200, 1)
    assert engineer.post(f"{PATH}/service-hours/2/take-back", json={}).status_code == 409


def test_a_fault_is_told_as_a_problem(engineer: Someone) -> None:
    for path in ("difference", "load"):
        answer = engineer.post(f"{PATH}/{path}", json={"text": 'kind = "weather"'})
        assert answer.status_code == 422
        assert "kind: must be one of teams" in answer.json()["detail"]


def test_everybody_signed_in_sees_and_only_it_operations_loads(empty_city: City) -> None:
    worker = bearer(empty_city, "locality-team")
    found = worker.get(f"{PATH}/not-agreed").json()
    assert {"kind": "localities", "version": 1, "what": "The three bases: their names", "source": "",
            "not_known": True} in found  # fmt: skip
    assert worker.get(PATH).status_code == 200
    for path in ("difference", "load", "teams/1/take-back"):
        assert worker.post(f"{PATH}/{path}", json={"text": "x"}).status_code == 403
    nobody = Someone(create_app(empty_city.parts()))
    assert nobody.get(PATH).status_code == 401

"""Programs open without a relationship by the same rules, and find the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.storage.tables import opening
from tests.web.city import MINUTE
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City

WORDS = {"reason": "Something else", "words": "Fell at home"}


@pytest.fixture
def program(app: FastAPI, city: City) -> Any:
    def make(role: Any, name: str = "case system") -> Someone:
        text, slip = tokens.mint(city.keyring, role, name, "test")
        tokens.leave_slip(city.folder, slip)
        return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": "test"})

    return make


def test_a_purpose_alone_opens_nobody_whom_nothing_connects(program: Any, city: City) -> None:
    duty, person = program("front-door"), city.task_of(3).person_id
    answer = duty.get(f"/api/persons/{person}")
    assert answer.status_code == 400
    assert "/api/persons/{id}/open" in answer.json()["detail"]
    opened = duty.post(f"/api/persons/{person}/open", json=WORDS).json()
    assert opened == {"person_id": person, "until_ms": city.clock.at_ms + 60 * MINUTE}
    assert duty.get(f"/api/persons/{person}").status_code == 200
    city.clock.at_ms = opened["until_ms"]
    assert duty.get(f"/api/persons/{person}").status_code == 400


def test_a_contact_connects_too(program: Any, city: City) -> None:
    duty, person = program("front-door"), city.task_of(3).person_id
    said = {"caller": "family", "about": "Her son, about meals"}
    assert duty.post(f"/api/persons/{person}/contacts", json=said).status_code == 200
    assert duty.get(f"/api/persons/{person}").status_code == 200
    assert city.rows(opening) == []
    assert program("discharge-team").post(f"/api/persons/{person}/contacts", json=said).status_code == 403


def test_the_queue_is_read_and_worked_through(program: Any, city: City) -> None:
    person = city.task_of(3).person_id
    program("front-door", "Dee Duty").post(f"/api/persons/{person}/open", json=WORDS)
    governor, auditor = program("information-governance", "Imran Gill"), program("auditor")
    found = governor.get("/api/openings").json()
    (one,) = found["openings"]
    assert (found["waiting"], found["due_agreed"], one["who"], one["words"]) == (
        1,
        False,
        "Dee Duty",
        "Fell at home",
    )
    assert auditor.get("/api/openings").json()["openings"][0]["words"] == ""
    path, said = f"/api/openings/{one['opening_id']}/review", {"outcome": "proper", "words": "Duty call"}
    assert auditor.post(path, json=said).status_code == 403
    assert governor.post(path, json=said).status_code == 200
    assert governor.post(path, json=said).status_code == 409
    assert governor.post("/api/openings/o0/review", json=said).status_code == 404
    assert governor.get("/api/openings").json()["reviewed"][0]["review"] == "Duty call"


def test_what_cannot_be_is_refused_in_words(program: Any, city: City) -> None:
    duty, person = program("front-door"), city.task_of(3).person_id
    assert duty.post(f"/api/persons/{person}/open", json={"reason": "x", "words": "y"}).status_code == 422
    assert duty.post(f"/api/persons/{person}/open", json={**WORDS, "words": " "}).status_code == 422
    assert duty.post("/api/persons/nobody/open", json=WORDS).status_code == 404
    assert program("safeguarding").post(f"/api/persons/{person}/open", json=WORDS).status_code == 409
    assert city.rows(opening) == []

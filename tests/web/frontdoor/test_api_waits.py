"""Waits at the front door for programs: the page's figures, its walls and its purposes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from tests.web.conftest import Someone
from tests.web.door import HIDDEN, INITIAL, at_door, contact, people_the_door

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City

PATH = "/api/front-door/waits"


@pytest.fixture(autouse=True)
def waiting(city: City) -> None:
    people_the_door(city)
    for n in range(6):
        person = (f"W{n}", "", ("WAITS", f"PERSON{n}"), f"19{40 + n}-01-01")
        contact(city, person, f"CT-W{n}", f"2026-09-0{n + 1}")


@pytest.fixture
def program(app: FastAPI, city: City) -> Callable[..., Someone]:
    def make(role: Any, purpose: str = "direct care") -> Someone:
        text, slip = tokens.mint(city.keyring, role, "case system")
        tokens.leave_slip(city.folder, slip)
        return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": purpose})

    return make


def test_figures_and_who_waits_longest(program: Callable[..., Someone], city: City) -> None:
    answer = program("front-door").get(PATH, params={"months": 2, "limit": 2}).json()
    assert answer["waiting"]["count"] == 9
    assert answer["waiting"]["waited"]["longest"] == 47
    assert {team: one["count"] for team, one in answer["by_team"].items()} == {
        "Duty Team": None,
        INITIAL: None,
    }
    assert answer["by_team"][INITIAL]["waited"] is None
    assert [(one["month"], one["count"]) for one in answer["ended"]["care"]] == [
        ("2026-10", 0),
        ("2026-09", 0),
    ]
    assert [(one["about"], one["days"], one["not_spoken_to_in_time"]) for one in answer["longest"]] == [
        ("contact:CT-W0", 47, True), ("contact:CT-W1", 46, True),
    ]  # fmt: skip
    assert answer["longest"][0]["task_id"] == at_door(city, "contact:CT-W0").task_id
    assert answer["more"] is True


def test_walls_are_the_pages(program: Callable[..., Someone]) -> None:
    masked = program("auditor").get(PATH)
    assert masked.json()["longest"] == []
    assert masked.json()["waiting"]["count"] == 9
    shown = program("front-door").get(PATH).text
    assert "HOLLOWAY" in shown
    assert not [word for word in HIDDEN if word in shown]
    assert program("discharge-team").get(PATH).status_code == 403
    assert program("front-door").get(PATH, params={"months": 37}).status_code == 422


def test_a_purpose_is_stated_and_written_down(program: Callable[..., Someone], city: City) -> None:
    assert program("auditor", "").get(PATH).status_code == 400
    program("auditor", "board paper").get(PATH)
    (entry,) = [
        one for one in city.bridge.read_now(audit_search.entries) if one.what == "front door waits read"
    ]
    assert (entry.who, entry.why, entry.result) == ("case system", "board paper", "0 shown")

"""Why somebody reads: asked once, or for each person without work, kept for the session, and only local ways back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.web.purpose import REASONS
from tests.web.conftest import Someone
from tests.web.door import at_door, contact, people_the_door

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City


@pytest.mark.parametrize("role", ["locality-team", "safeguarding", "information-governance", "auditor"])
def test_all_who_have_no_list_of_their_own_say_why_once(role: str, app: FastAPI) -> None:
    someone = Someone(app).sign_in(role)
    asked = someone.get("/worklist")
    assert (asked.status_code, asked.headers["location"]) == (303, "/reason?next=%2Fworklist&about=")
    answer = someone.fill("/reason", asked.headers["location"], reason="Checking how the system is used")
    assert answer.headers["location"] == "/worklist"
    assert someone.get("/worklist").status_code == 200
    assert someone.get("/worklist?view=paused").status_code == 200


def test_out_of_hours_says_why_once_before_it_reads_what_is_urgent(app: FastAPI) -> None:
    someone = Someone(app).sign_in("out-of-hours")
    asked = someone.get("/night")
    assert (asked.status_code, asked.headers["location"]) == (303, "/reason?next=%2Fnight&about=")
    someone.fill("/reason", asked.headers["location"], reason="Direct care of this person")
    assert someone.get("/night").status_code == 200


@pytest.mark.parametrize("role, path", [("discharge-team", "/worklist"), ("front-door", "/front-door")])
def test_a_team_is_not_asked_for_its_own_work_and_the_audit_says_what_for(
    role: str, path: str, app: FastAPI, city: City
) -> None:
    assert Someone(app).sign_in(role).get(path).status_code == 200
    assert city.bridge.read_now(audit_search.entries)[0].why == "direct care"


@pytest.mark.parametrize("role", ["discharge-team", "front-door"])
def test_a_team_is_asked_for_whoever_is_not_its_work(role: str, app: FastAPI, city: City) -> None:
    people_the_door(city)
    contact(city, ("C900", "", ("EVANS", "MARGARET"), "1950-01-01"), "CT-9", "2026-10-17")
    task = city.task_of(3) if role == "front-door" else at_door(city, "contact:CT-9")
    answer = Someone(app).sign_in(role).get(f"/people/{task.person_id}")
    assert answer.headers["location"].startswith(f"/people/{task.person_id}/open?")


def test_a_program_of_a_team_may_say_more_than_that_it_is_direct_care(app: FastAPI, city: City) -> None:
    someone = Someone(app).sign_in("front-door")
    someone.get("/front-door", headers={"X-Purpose": "morning meeting"})
    assert city.bridge.read_now(audit_search.entries)[0].why == "morning meeting"


def test_a_reason_must_be_given(app: FastAPI) -> None:
    someone = Someone(app).sign_in("auditor")
    assert "Choose why you open this" in someone.fill("/reason", reason="").text
    assert "Choose why you open this" in someone.fill("/reason", reason="because").text
    answer = someone.fill("/reason", reason="other", other="  ")
    assert answer.status_code == 422
    assert "Say why in your own words" in answer.text
    assert someone.get("/worklist").status_code == 303


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(there: str, app: FastAPI) -> None:
    someone = Someone(app).sign_in("auditor")
    answer = someone.fill("/reason", reason="Checking how the system is used", next=there)
    assert answer.headers["location"] == "/"


def test_a_reason_belongs_to_the_role_it_was_given_in(app: FastAPI) -> None:
    someone = Someone(app).sign_in("auditor")
    someone.say_why()
    someone.fill("/sign-in/role", role="safeguarding", name="Nia Brown")
    assert someone.get("/worklist").status_code == 303


def test_no_reason_that_can_be_chosen_says_that_there_may_be_a_concern() -> None:
    assert not [one for one in REASONS if "safeguarding" in one.lower()]

"""The one-time link and the choice of role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.testclient import TestClient

from ascbridge.operations.finding import audit_search
from ascbridge.web.auth import OneTimeCode
from tests.web.city import CODE, City
from tests.web.conftest import HERE, Someone, token

if TYPE_CHECKING:
    pass


def test_a_one_time_code_is_good_once_and_a_wrong_guess_does_not_use_it_up() -> None:
    code = OneTimeCode("right")
    assert not code.use("wrong")
    assert not code.use("")
    assert code.use("right")
    assert not code.use("right")
    assert not OneTimeCode("").use("")


def test_the_link_opens_once(app: FastAPI) -> None:
    first, second = Someone(app), Someone(app)
    assert first.get(f"/sign-in?code={CODE}").headers["location"] == "/sign-in/role"
    answer = second.get(f"/sign-in?code={CODE}")
    assert answer.status_code == 403
    assert "has been used" in answer.text
    assert second.get("/sign-in/role").status_code == 303


def test_the_link_does_not_open_from_another_machine(app: FastAPI) -> None:
    elsewhere = TestClient(app, base_url=HERE, client=("192.0.2.7", 4000), follow_redirects=False)
    assert elsewhere.get(f"/sign-in?code={CODE}", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 200
    assert elsewhere.get("/sign-in/role").status_code == 303
    assert Someone(app).get(f"/sign-in?code={CODE}").status_code == 303


def test_nothing_opens_between_the_link_and_the_choice_of_role(app: FastAPI) -> None:
    someone = Someone(app)
    someone.get(f"/sign-in?code={CODE}")
    for path in ("/", "/worklist", "/people", "/operations", "/audit", "/api/tasks", "/live"):
        assert someone.get(path).status_code in {303, 401}, path


def test_a_role_and_a_name_must_be_given(app: FastAPI) -> None:
    someone = Someone(app)
    someone.get(f"/sign-in?code={CODE}")
    answer = someone.fill("/sign-in/role", role="", name="  ")
    assert answer.status_code == 422
    assert "Enter your name" in answer.text
    assert "Choose the role you work in" in answer.text
    assert someone.fill("/sign-in/role", role="integration", name="Nia").status_code == 422
    assert someone.fill("/sign-in/role", role="auditor", name="Nia  Brown ").status_code == 303
    assert "Nia Brown, Auditor" in someone.get("/audit").text


def test_signing_in_and_out_are_written_down(app: FastAPI, city: City) -> None:
    someone = Someone(app).sign_in("discharge-team")
    assert (
        someone.post("/sign-out", data={"form_token": token(someone.get("/people").text)}).status_code == 303
    )
    assert someone.get("/worklist").status_code == 303
    entries = city.bridge.read_now(audit_search.entries)
    assert [(one.who, one.role, one.what) for one in entries] == [
        ("Nia Brown", "discharge-team", "signed out"),
        ("Nia Brown", "discharge-team", "signed in"),
    ]

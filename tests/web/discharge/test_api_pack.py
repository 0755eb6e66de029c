"""The information that goes with a person, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations import tokens
from tests.web.conftest import Someone
from tests.web.splitting import task_of_evans

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def desk(app: FastAPI, city: City) -> Someone:
    text, slip = tokens.mint(city.keyring, "discharge-team", "desk system")
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": "direct care"})


def test_it_is_read_and_acted_upon_at_the_version_that_was_shown(desk: Someone, city: City) -> None:
    path = f"/api/tasks/{task_of_evans(city).task_id}/pack"
    found = desk.get(path).json()
    assert (found["items"], found["version"], found["list_version"]) == ([], 0, "packs@1")  # no pathway yet
    done = desk.post(f"{path}/present", json={"version": 0, "items": ["summary"], "text": "In the bag"})
    assert done.json()["version"] == 1
    assert desk.post(f"{path}/present", json={"version": 0, "items": ["needs"]}).status_code == 409
    assert desk.post(f"{path}/present", json={"version": 1, "items": ["house"]}).status_code == 422
    assert desk.post(f"{path}/ask-receipt", json={"version": 1}).status_code == 422
    assert desk.post(f"{path}/receipt", json={"version": 1, "text": "x"}).status_code == 409
    assert desk.post(f"{path}/ask-receipt", json={"version": 1, "text": "Example House"}).status_code == 200
    found = desk.get(path).json()
    (line,) = found["items"]
    assert (line["code"], line["state"], line["required"], line["text"]) == (
        "summary",
        "present",
        False,
        "In the bag",
    )
    assert (found["receipt"]["asked_of"], found["receipt"]["late"]) == ("Example House", False)
    assert desk.get("/api/tasks/t0/pack").status_code == 404
    assert desk.post("/api/tasks/t0/pack/present", json={"version": 0, "items": ["needs"]}).status_code == 404


def test_an_assessment_is_attached_and_another_asked_for(desk: Someone, city: City) -> None:
    path = f"/api/tasks/{task_of_evans(city).task_id}"
    made = {
        "version": 0,
        "assessor": "react",
        "on": "2026-10-17",
        "needs": {"hygiene": "manages"},
        "text": "Jo Example",
    }
    assert desk.post(f"{path}/assessment/attach", json={**made, "assessor": "x"}).status_code == 422
    assert desk.post(f"{path}/assessment/attach", json=made).json()["version"] == 1
    (one,) = desk.get(f"{path}/pack").json()["assessments"]
    assert (one["kind"], one["needs"], one["because"]) == (
        "trusted", [["Maintaining personal hygiene", "Manages"]], "",
    )  # fmt: skip
    again = {"version": 1, "number": 1, "reason": "person-asks"}
    assert desk.post(f"{path}/assessment/reassess", json=again).status_code == 200
    (one,) = desk.get(f"{path}/pack").json()["assessments"]
    assert one["because"] == "The person or their carer asks for it"


def test_a_document_is_pointed_to_with_what_is_known_of_it(desk: Someone, city: City) -> None:
    path = f"/api/tasks/{task_of_evans(city).task_id}"
    paper = {"title": "Assessment of Evans", "url": "https://records.trust.example/d/1", "size": 7}
    made = {"version": 0, "assessor": "react", "on": "2026-10-17", "text": "Jo Example", "document": paper}
    wrong = {**made, "document": {**paper, "url": "https://user:secret@records.trust.example/d"}}
    assert desk.post(f"{path}/assessment/attach", json=wrong).status_code == 422
    assert desk.post(f"{path}/assessment/attach", json=made).json()["version"] == 1
    (one,) = desk.get(f"{path}/pack").json()["assessments"]
    assert one["document"] == {
        **paper, "linked": False, "content_type": "application/pdf", "kind": "PDF", "sha1": "",
    }  # fmt: skip

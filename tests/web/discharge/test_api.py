"""Tasks and persons for programs: the same rules, purposes and audit, and problems that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from ascbridge.storage.tables import task
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def program(app: FastAPI, city: City) -> Callable[..., Someone]:
    def make(role: Any, purpose: str = "direct care") -> Someone:
        text, slip = tokens.mint(city.keyring, role, "case system")
        tokens.leave_slip(city.folder, slip)
        return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": purpose})

    return make


def test_tasks_come_in_due_order_with_names_and_counts(program: Callable[..., Someone]) -> None:
    answer = program("integration").get("/api/tasks?limit=3").json()
    assert [one["person"]["name"].split(",")[0] for one in answer["tasks"]] == [
        "EVANS",
        "BRADLEY-SMYTHE",
        "OKAFOR",
    ]
    assert answer["more"] is True
    assert answer["counts"]["open"] == 7
    first = answer["tasks"][0]
    assert (first["status"], first["stage"], first["signal"], first["late"]) == (
        "requested",
        "new",
        "ready",
        True,
    )
    assert first["person"]["nhs_number"] == "9993000019"
    assert first["ward"]["ward"] == "W12"
    assert first["invented"] is True


def test_masked_roles_get_no_names(program: Callable[..., Someone]) -> None:
    answer = program("auditor").get("/api/tasks")
    assert answer.status_code == 200
    assert "EVANS" not in answer.text
    assert "9993000019" not in answer.text


def test_a_purpose_must_be_stated(program: Callable[..., Someone], city: City) -> None:
    answer = program("integration", "").get("/api/tasks")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "purpose" in answer.json()["detail"]
    assert program("integration", "").get("/api/tasks?purpose=nightly%20pull").status_code == 200
    (entry,) = [one for one in city.bridge.read_now(audit_search.entries) if one.what.startswith("worklist")]
    assert (entry.who, entry.role, entry.why) == ("case system", "integration", "nightly pull")


def test_one_task_with_its_story(program: Callable[..., Someone], city: City) -> None:
    row = city.task_of(0)
    answer = program("discharge-team").get(f"/api/tasks/{row.task_id}").json()
    assert answer["explanation"]["rule"] == "ready"
    ready = next(one for one in answer["evidence"] if one["what"] == "Patient ready for discharge")
    assert {"name": "Ready to leave", "place": "ZU1-22", "said": "yes", "understood": True} in ready["values"]
    assert program("discharge-team").get("/api/tasks/none").status_code == 404


def test_acts_work_and_stale_ones_are_refused(program: Callable[..., Someone], city: City) -> None:
    row = city.task_of(0)
    desk = program("discharge-team")
    done = desk.post(f"/api/tasks/{row.task_id}/claim", json={"version": 0})
    assert done.json() == {"task_id": row.task_id, "version": 1}
    stale = desk.post(f"/api/tasks/{row.task_id}/note", json={"version": 0, "text": "x"})
    assert stale.status_code == 409
    assert stale.headers["content-type"] == "application/problem+json"
    assert desk.post(f"/api/tasks/{row.task_id}/claim", json={"version": 1}).status_code == 409
    assert desk.post(f"/api/tasks/{row.task_id}/complete", json={"version": 1}).status_code == 422
    assert (
        desk.post(f"/api/tasks/{row.task_id}/complete", json={"version": 1, "choice": "x"}).status_code == 422
    )
    late = {"version": 1, "revision": 1, "choice": "no-support"}
    assert desk.post(f"/api/tasks/{row.task_id}/complete", json=late).status_code == 409
    assert (
        desk.post(
            f"/api/tasks/{row.task_id}/complete", json={"version": 1, "choice": "no-support"}
        ).status_code
        == 200
    )
    again = desk.post(f"/api/stays/{row.spell_key}/open", json={"version": 2, "text": "again"})
    assert again.json()["version"] == 3
    assert desk.post("/api/tasks/none/claim", json={"version": 0}).status_code == 404
    assert desk.post(f"/api/tasks/{row.task_id}/dance", json={"version": 3}).status_code == 422
    assert next(one for one in city.rows(task) if one.task_id == row.task_id).desk_version == 3


def test_a_person_is_found_and_read(program: Callable[..., Someone], city: City) -> None:
    pull = program("integration")
    person_id = city.task_of(0).person_id
    assert pull.post("/api/persons/search", json={"nhs_number": "999 300 0019"}).json() == {
        "person_ids": [person_id]
    }
    assert pull.post("/api/persons/search", json={"nhs_number": "1"}).status_code == 422
    record = pull.get(f"/api/persons/{person_id}").json()
    assert record["person"]["name"].startswith("EVANS")
    assert set(record["sections"]) == {"who", "contact", "stays", "tasks", "assessments", "timeline"}
    assert record["sections"]["stays"]["source"] == "Hospital patient administration system"
    assert {"worker", "package", "known"} <= {one["kind"] for one in record["case"]}
    assert pull.get("/api/persons/none").status_code == 404


def test_an_erased_person_is_erased(program: Callable[..., Someone], city: City) -> None:
    row = city.task_of(2)
    city.erase(row.patient_key)
    answer = program("integration").get(f"/api/tasks/{row.task_id}").json()
    assert (answer["task"]["person"]["name"], answer["task"]["person"]["erased"]) == ("Erased", True)
    record = program("integration").get(f"/api/persons/{row.person_id}").json()
    assert record["person"]["erased"] is True
    refused = program("discharge-team").post(
        f"/api/tasks/{row.task_id}/note", json={"version": 0, "text": "x"}
    )
    assert refused.status_code == 409


def test_fields_that_are_not_known_are_refused(program: Callable[..., Someone], city: City) -> None:
    path = f"/api/tasks/{city.task_of(0).task_id}/claim"
    answer = program("discharge-team").post(path, json={"version": 0, "force": True})
    assert answer.status_code == 422
    assert "force" in answer.json()["detail"]

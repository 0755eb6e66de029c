"""The front door for programs: the same list, acts, purposes and walls as on its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from tests.web.conftest import Someone
from tests.web.door import HIDDEN, INITIAL, at_door, people_the_door

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City

LIST = "/api/front-door"


@pytest.fixture(autouse=True)
def waiting(city: City) -> None:
    people_the_door(city)


@pytest.fixture
def program(app: FastAPI, city: City) -> Callable[..., Someone]:
    def make(role: Any, purpose: str = "direct care") -> Someone:
        text, slip = tokens.mint(city.keyring, role, "case system")
        tokens.leave_slip(city.folder, slip)
        return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": purpose})

    return make


def path_of(city: City, about: str = "contact:CT-1") -> str:
    return f"{LIST}/tasks/{at_door(city, about).task_id}"


def test_the_longest_wait_stands_first_with_what_came(program: Callable[..., Someone]) -> None:
    answer = program("front-door").get(f"{LIST}?limit=3").json()
    assert [one["about"] for one in answer["tasks"]] == ["contact:CT-1", "contact:CT-3", "contact:CT-2"]
    assert (answer["more"], answer["counts"]["open"]) == (True, 4)
    first = answer["tasks"][0]
    assert first["person"]["nhs_number"] == "9993000027"
    wanted = {
        "kind": "triage", "status": "requested", "channel": "online-referral", "asked_for": "Falls at home",
        "route": "community", "since_on": "2026-10-12", "last_contact_on": "2026-10-12", "owner_team": INITIAL,
        "late": True, "due_agreed": False, "version": 0, "invented": True,
    }  # fmt: skip
    assert {name: first[name] for name in wanted} == wanted
    of_team = program("front-door").get(LIST, params={"team": INITIAL}).json()
    assert [one["about"] for one in of_team["tasks"]] == ["contact:CT-1", "contact:CT-3"]


def test_acts_work_and_stale_ones_are_refused(program: Callable[..., Someone], city: City) -> None:
    path, worker = path_of(city), program("front-door")
    done = worker.post(f"{path}/claim", json={"version": 0})
    assert done.json() == {"task_id": at_door(city, "contact:CT-1").task_id, "version": 1}
    stale = worker.post(f"{path}/spoke", json={"version": 0})
    assert stale.status_code == 409
    assert stale.headers["content-type"] == "application/problem+json"
    assert worker.post(f"{path}/claim", json={"version": 1}).status_code == 409
    assert worker.post(f"{path}/complete", json={"version": 1}).status_code == 422
    assert worker.post(f"{path}/complete", json={"version": 1, "choice": "x"}).status_code == 422
    assert worker.post(f"{path}/note", json={"version": 1}).status_code == 422
    assert worker.post(f"{path}/dance", json={"version": 1}).status_code == 422
    assert worker.post(f"{path}/spoke", json={"version": 1, "force": True}).status_code == 422
    assert worker.post(f"{path}/complete", json={"version": 1, "choice": "nhs"}).json()["version"] == 2
    assert worker.post(f"{path}/undo", json={"version": 2}).json()["version"] == 3
    assert worker.post(f"{LIST}/tasks/none/claim", json={"version": 0}).status_code == 404
    assert at_door(city, "contact:CT-1").status == "accepted"


def test_one_task_with_its_story(program: Callable[..., Someone], city: City) -> None:
    worker = program("front-door")
    worker.post(f"{path_of(city, 'contact:CT-2')}/note", json={"version": 0, "text": "The key safe works"})
    answer = worker.get(path_of(city, "contact:CT-2")).json()
    assert answer["task"]["owner_because"] == "package"
    assert [one["what"] for one in answer["because"]] == ["came in", "had support"]
    assert [one["text"] for one in answer["acts"]] == ["The key safe works"]
    assert answer["changes"][0]["what"] == "opened"
    assert worker.get(f"{LIST}/tasks/none").status_code == 404


def test_an_erased_person_is_erased(program: Callable[..., Someone], city: City) -> None:
    city.erase(at_door(city, "contact:CT-1").patient_key)
    answer = program("front-door").get(path_of(city)).json()["task"]
    assert (answer["person"]["name"], answer["person"]["erased"], answer["asked_for"]) == ("Erased", True, "")
    refused = program("front-door").post(f"{path_of(city)}/note", json={"version": 0, "text": "x"})
    assert refused.status_code == 409


@pytest.mark.parametrize("role", ["front-door", "out-of-hours", "auditor"])
def test_a_restricted_person_shows_nothing_of_place(
    role: str, program: Callable[..., Someone], city: City
) -> None:
    for path in (LIST, path_of(city, "contact:CT-3")):
        answer = program(role).get(path)
        assert answer.status_code == 200
        assert not [word for word in HIDDEN if word in answer.text], path
    assert (answer.json()["task"]["person"]["restricted"], answer.json()["task"]["channel"]) == (
        True,
        "phone",
    )


def test_masked_roles_get_no_names_and_others_nothing(program: Callable[..., Someone], city: City) -> None:
    for path in (LIST, path_of(city)):
        answer = program("auditor").get(path)
        assert answer.status_code == 200
        for canary in ("OKAFOR", "9993000027", "1938-07-02", "Falls at home"):
            assert canary not in answer.text, (path, canary)
    for role in ("discharge-team", "it-operations", "integration"):
        assert program(role).get(LIST).status_code == 403
    for role in ("out-of-hours", "auditor"):
        assert program(role).post(f"{path_of(city)}/claim", json={"version": 0}).status_code == 403


def test_a_purpose_must_be_stated_and_is_written_down(program: Callable[..., Someone], city: City) -> None:
    assert program("out-of-hours", "").get(LIST).status_code == 400
    assert program("out-of-hours", "").get(path_of(city)).status_code == 400
    assert program("front-door", "").get(f"{LIST}?purpose=morning%20list").status_code == 200
    (entry,) = [
        one for one in city.bridge.read_now(audit_search.entries) if one.what.startswith("front door")
    ]
    assert (entry.who, entry.why, entry.result) == ("case system", "morning list", "4 shown")

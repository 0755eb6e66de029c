"""What is urgent, for programs: the same clock, the same acts and the same audit as on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations import tokens
from ascbridge.storage.tables import audit
from tests.web.conftest import Someone
from tests.web.nights import EVANS, MORNING, NIGHT, clock, leaves_by_herself

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City


def program(app: FastAPI, city: City, role: str) -> Someone:
    text, slip = tokens.mint(city.keyring, role, f"{role} system")
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": "direct care"})


@pytest.fixture
def matter(city: City) -> str:
    return leaves_by_herself(city)


def test_a_matter_is_read_acted_upon_at_its_version_and_written_down(
    app: FastAPI, city: City, matter: str
) -> None:
    desk = program(app, city, "discharge-team")
    found = desk.get("/api/urgent").json()
    one = next(one for one in found["matters"] if one["matter_id"] == matter)
    assert (found["on_duty"], found["open_to_you"]) == ("Emergency Out of Hours", True)
    assert (one["code"], one["status"], one["stands"], one["version"]) == (
        "self-discharge",
        "urgent",
        True,
        0,
    )
    assert one["person"]["name"].startswith("EVANS")
    path = f"/api/urgent/{matter}"
    rung = desk.post(
        f"{path}/ring", json={"version": 0, "choice": "person", "reached": True, "text": "At home"}
    )
    assert rung.json() == {"matter_id": matter, "version": 1}
    (act,) = desk.get(path).json()["acts"]
    assert (act["act"], act["text"], act["by"]) == ("ring", "At home", "discharge-team system")
    done = {row.what for row in city.rows(audit)}
    assert {"urgent matters read", "urgent matter read", "urgent matter ring"} <= done


def test_what_cannot_be_is_a_problem_that_says_why(app: FastAPI, city: City, matter: str) -> None:
    desk = program(app, city, "discharge-team")
    path = f"/api/urgent/{matter}"
    refusals = (
        (f"{path}/ring", {"version": 0}, 422, "Choose who was rung"),
        (f"{path}/ring", {"version": 0, "choice": "the-moon"}, 422, ""),
        (f"{path}/answer", {"version": 0, "choice": "yes"}, 409, "Nothing is asked"),
        (f"{path}/note", {"version": 7, "text": "x"}, 409, "changed"),
        ("/api/urgent/n-none/note", {"version": 0, "text": "x"}, 404, "no such matter"),
        ("/api/tasks/t-none/urgent", {"code": "alone-tonight", "text": "x"}, 404, ""),
        (f"/api/tasks/{city.task_of(0).task_id}/urgent", {"code": "alone-tonight", "text": " "}, 422, "must be done"),
    )  # fmt: skip
    for where, body, status, said in refusals:
        answer = desk.post(where, json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (
            where
        )
        assert said in answer.json()["detail"], (where, answer.text)


def test_people_say_that_something_is_urgent(app: FastAPI, city: City) -> None:
    clock(city, NIGHT)
    desk = program(app, city, "discharge-team")
    path = f"/api/tasks/{city.task_of(0).task_id}/urgent"
    done = desk.post(path, json={"code": "alone-tonight", "text": "Ring her at ten"})
    assert done.status_code == 200
    assert done.json()["version"] == 1
    (one,) = desk.get("/api/urgent").json()["matters"]
    assert (one["matter_id"], one["code"]) == (done.json()["matter_id"], "alone-tonight")
    again = desk.post(path, json={"code": "alone-tonight", "text": "Ring her at ten"})
    assert again.status_code == 409


def test_out_of_hours_sees_it_by_the_clock_and_where_a_restricted_person_is_by_no_way(
    app: FastAPI, city: City, matter: str
) -> None:
    city.hear("A31", **EVANS, extra=("ZU8||||1",))
    night = program(app, city, "out-of-hours")
    one = night.get(f"/api/urgent/{matter}").json()
    assert (one["person"]["restricted"], one["ward"]) == (True, None)
    clock(city, MORNING)
    city.clock.at_ms += 3 * 3_600_000
    found = night.get("/api/urgent").json()
    assert (found["open_to_you"], found["matters"]) == (False, [])
    assert night.get(f"/api/urgent/{matter}").status_code == 404

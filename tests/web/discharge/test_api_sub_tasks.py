"""Split-off work for programs: its lists, one with its story, what a task has, and every act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from tests.web.conftest import Someone
from tests.web.splitting import act, equipment, has_dementia, split, task_of_evans

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def desk(app: FastAPI, city: City) -> Someone:
    text, slip = tokens.mint(city.keyring, "discharge-team", "desk system")
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}", "X-Purpose": "direct care"})


def post(desk: Someone, path: str, **values: Any) -> Any:
    return desk.post(path, json=values)


def test_a_task_says_what_was_split_off_what_is_proposed_and_what_blocks(desk: Someone, city: City) -> None:
    has_dementia(city)
    equipment(city, "ordered")
    path = f"/api/tasks/{task_of_evans(city).task_id}/sub-tasks"
    found = desk.get(path).json()
    assert [one["kind"] for one in found["proposals"]] == [
        "equipment", "dementia-ot", "dementia-locksmith", "dementia-carers-trust",
    ]  # fmt: skip
    assert (found["seen"], found["sub_tasks"], len(found["blocks"])) == (0, [], 1)
    made = post(desk, path, seen=0, kind="equipment", about="equipment:E7", before_discharge=True)
    assert made.status_code == 200, made.text
    assert post(desk, path, seen=0, kind="transport").status_code == 409
    assert post(desk, path, seen=1, kind="plumbing").status_code == 422
    found = desk.get(path).json()
    assert [(one["kind"], one["what"], one["before_discharge"]) for one in found["sub_tasks"]] == [
        ("equipment", "Walking frame", True)
    ]
    assert found["blocks"] == [
        {"what": "equipment", "words": "Walking frame: to be ordered", "sub_task": made.json()["task_id"]}
    ]


def test_an_act_is_done_at_the_version_that_was_shown(desk: Someone, city: City) -> None:
    id = split(city, "brokerage")
    path = f"/api/sub-tasks/{id}"
    assert post(desk, f"{path}/state", version=1, choice="requested").json() == {"task_id": id, "version": 2}
    assert post(desk, f"{path}/state", version=1, choice="offered").status_code == 409
    assert post(desk, f"{path}/state", version=2, choice="offer-failed").status_code == 422
    assert post(desk, f"{path}/release", version=2).status_code == 409
    assert post(desk, f"{path}/note", version=2).status_code == 422
    assert post(desk, "/api/sub-tasks/u0/claim", version=0).status_code == 404
    story = desk.get(path).json()
    assert story["sub_task"]["state_words"] == "Providers asked"
    assert [one["what"] for one in story["acts"]] == ["split this off", "said how far it is"]


def test_lists_by_team(desk: Someone, city: City) -> None:
    split(city, "brokerage")
    act(city, split(city, "transport"), "claim")
    found = desk.get("/api/sub-tasks", params={"team": "Brokerage Team"}).json()
    assert [one["kind"] for one in found["sub_tasks"]] == ["brokerage"]
    assert found["counts"]["open"] == 1
    assert desk.get("/api/sub-tasks", params={"limit": 1}).json()["more"] is True
    assert desk.get("/api/sub-tasks/u0").status_code == 404
    assert desk.get("/api/tasks/t0/sub-tasks").status_code == 404

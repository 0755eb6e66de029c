"""The flow map for programs: stop, look, let go on, by those who may, and never what there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.operations import tokens
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City

PATH = "/api/operations/pauses"
WANTED = {
    "kind": "feed",
    "name": "itk-v24",
    "mode": "drain",
    "why": "the hospital moves",
    "ring": "extension 1",
}


def someone(app: FastAPI, city: City, role: Any) -> Someone:
    text, slip = tokens.mint(city.keyring, role, "script")
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}"})


def test_a_feed_is_stopped_shown_and_let_go_on(app: FastAPI, city: City) -> None:
    engineer = someone(app, city, "it-operations")
    assert engineer.get(PATH).json() == []
    (one,) = engineer.post(PATH, json=WANTED).json()
    assert (one["title"], one["mode"], one["why"], one["people"]) == (
        "Hospital patient administration system",
        "drain",
        "the hospital moves",
        0,
    )
    assert engineer.post(PATH, json=WANTED).status_code == 409
    found = engineer.get("/api/operations/flows").json()
    assert next(box for box in found["feeds"] if box["name"] == "itk-v24")["stopped"] == one
    assert found["well"] is False
    boxes = [box for column in ("feeds", "families", "services", "sinks") for box in found[column]]
    assert {box["breaker"] for box in boxes} == {
        "none",
        "not known",
    }  # no process of this test speaks for a part
    assert all(
        {"per_minute", "waiting", "waiting_s", "people_waiting", "last_ms"} <= box.keys() for box in boxes
    )
    back = f"{PATH}/feed/itk-v24/resume"
    assert engineer.post(back, json={"why": "moved"}).json() == []
    assert engineer.post(back, json={"why": "moved"}).status_code == 409


def test_what_there_is_not_cannot_be_stopped_nor_by_whoever_only_looks(app: FastAPI, city: City) -> None:
    engineer, auditor = someone(app, city, "it-operations"), someone(app, city, "auditor")
    for wrong, status in (
        ({"name": "other"}, 404),
        ({"why": ""}, 422),
        ({"kind": "family", "name": "safeguarding"}, 404),
    ):
        assert engineer.post(PATH, json=WANTED | wrong).status_code == status
    assert engineer.post(f"{PATH}/sink/other/resume", json={"why": "moved"}).status_code == 404
    assert auditor.post(PATH, json=WANTED).status_code == 403
    assert auditor.get(PATH).status_code == 200
    assert someone(app, city, "discharge-team").get(PATH).status_code == 403

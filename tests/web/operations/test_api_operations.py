"""Feeds, ledger, dead letters and trails for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from tests.web.conftest import Someone
from tests.web.faults import bury_one

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City

OTHER: dict[str, Any] = {"local_id": "L201", "visit": "V201", "nhs_number": "9993000094"}


@pytest.fixture
def engineer(app: FastAPI, city: City) -> Someone:
    text, slip = tokens.mint(city.keyring, "it-operations", "script")
    tokens.leave_slip(city.folder, slip)
    return Someone(app, headers={"Authorization": f"Bearer {text}"})


def test_the_ledger_adds_up_feed_by_feed(engineer: Someone) -> None:
    found = {one["feed"]: one for one in engineer.get("/api/operations/ledger").json()}
    for one in found.values():
        assert one["received"] == one["refused"] + one["duplicate"] + one["kept"]
        parts = ("delivered", "no_effect", "waiting", "held", "parked", "dead")
        assert one["kept"] == sum(one[name] for name in parts)
        assert one["adds_up"] is True
    assert found["itk-v24"]["received"] == 19


def test_feeds_say_when_they_spoke(engineer: Someone) -> None:
    found = {one["name"]: one for one in engineer.get("/api/operations/feeds").json()}
    assert found["itk-v24"]["late"] is False
    assert found["itk-v24"]["kept_last_hour"] > 0


def test_a_dead_letter_is_listed_and_sent_again_or_dismissed_once(engineer: Someone, city: City) -> None:
    one, other = bury_one(city, "a cause", **OTHER), bury_one(city, "a cause", **OTHER)
    assert {row["dead_id"] for row in engineer.get("/api/operations/dead-letters").json()} == {one, other}
    path = f"/api/operations/dead-letters/{one}"
    assert engineer.post(f"{path}/send-again").json()["state"] == "replayed"
    assert engineer.post(f"{path}/send-again").status_code == 409
    path = f"/api/operations/dead-letters/{other}"
    assert engineer.post(f"{path}/dismiss", json={"why": ""}).status_code == 422
    assert engineer.post(f"{path}/dismiss", json={"why": "by mistake"}).json()["state"] == "dismissed"
    assert engineer.post("/api/operations/dead-letters/none/send-again").status_code == 404
    assert engineer.get("/api/operations/dead-letters?state=other").status_code == 422


def test_a_message_is_found_and_its_trail_told(engineer: Someone) -> None:
    (found,) = engineer.get("/api/operations/messages?find=T0009").json()
    trail = engineer.get(f"/api/operations/messages/{found['message_id']}").json()
    assert trail["message"] == found
    assert [one["topic"] for one in trail["events"]] == ["person", "discharge", "discharge", "task"]
    assert [one["status"] for one in trail["tasks"]] == ["requested"]
    assert engineer.get("/api/operations/messages/none").status_code == 404


def test_a_reader_is_asked_first_and_then_reads_again(engineer: Someone, city: City) -> None:
    path = "/api/operations/readers/record/read-again"
    asked = engineer.post(path, json={"from_time": "2026-01-01T00:00:00Z", "dry_run": True}).json()
    assert (asked["consumer"], asked["done"]) == ("record", False)
    assert asked["events"] > 0
    assert {step["topic"] for step in asked["steps"]} == {"person", "discharge", "care", "task"}
    done = engineer.post(path, json={"from_position": "person/0/1", "why": "mended"}).json()
    assert done["done"] is True
    assert [(step["topic"], step["offset"]) for step in done["steps"]] == [("person", 1)]
    entry, *_ = city.bridge.read_now(lambda c: audit_search.entries(c, whom="reader:record"))
    assert (entry.role, entry.why, entry.result) == ("it-operations", "mended", str(done["events"]))


@pytest.mark.parametrize(
    "consumer, wanted",
    [
        ("record", {}),
        ("record", {"from_time": "2026-01-01T00:00:00Z", "from_position": "person/0/1"}),
        ("record", {"from_time": "2026-01-01T00:00:00"}),
        ("record", {"from_position": "person"}),
        ("record", {"from_position": "person/0/99999999"}),
        ("nobody", {"from_position": "person/0/1"}),
    ],
)
def test_what_cannot_be_read_again_is_refused(engineer: Someone, consumer: str, wanted: Any) -> None:
    assert engineer.post(f"/api/operations/readers/{consumer}/read-again", json=wanted).status_code == 422


def test_what_is_not_mapped_is_listed_and_completed_on_demand(engineer: Someone) -> None:
    found = engineer.get("/api/operations/not-mapped").json()
    assert [one["codes"] for one in found] == ["discharge_destination XX"]
    done = engineer.post("/api/operations/complete").json()
    assert (done["completed"], done["not_mapped"]) == (0, found)
    assert "itk-v24: the map is the one in use" in done["maps"]

"""Dead letters by cause and sent again in bulk, for programs: tried out first, begun with a reason, held still, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.handlers import replay_runs
from ascbridge.storage.tables import dead_letter
from tests.web.faults import bury_one
from tests.web.operations.test_api_republishing import someone

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tests.web.city import City
    from tests.web.conftest import Someone

PATH = "/api/operations/replays"
CAUSE = "the profile of feed itk-v24 no longer reads it: PV1-14: a code"
WHICH = {"consumer": "translator", "cause": CAUSE, "feed": "itk-v24"}


@pytest.fixture
def engineer(app: FastAPI, city: City) -> Someone:
    for number in (1, 2, 3):
        bury_one(city, CAUSE, local_id=f"L30{number}", visit=f"V30{number}", nhs_number="")
    return someone(app, city, "it-operations")


def test_a_group_says_its_feed_place_count_people_and_what_to_do(engineer: Someone) -> None:
    (group,) = engineer.get("/api/operations/dead-letters/groups").json()
    assert {name: group[name] for name in ("feed", "place", "count", "people", "consumer", "cause")} == {
        "feed": "itk-v24", "place": "PV1-14", "count": 3, "people": 3, "consumer": "translator", "cause": CAUSE,
    }  # fmt: skip
    assert "PV1-14" in group["what_to_do"]


def test_a_run_is_tried_out_begun_once_held_still_and_ended(engineer: Someone, city: City) -> None:
    tried = engineer.post(PATH, json=WHICH).json()
    assert (tried["letters"], tried["run"]) == (3, None)
    assert all(one["fails"] == "" and one["events"] for one in tried["sample"])
    assert engineer.get(PATH).json() == []
    begin = WHICH | {"dry_run": False, "why": "the profile is mended", "per_second": 1}
    run = engineer.post(PATH, json=begin).json()["run"]
    assert (run["state"], run["letters"], run["sent"], run["feed"]) == (
        "running", 3, 0, "itk-v24",
    )  # fmt: skip
    assert engineer.post(PATH, json=begin).status_code == 409
    city.clock.at_ms += 1_000
    city.bridge.write_now(lambda c: replay_runs.step(c, run["run_id"], "work", city.clock.at_ms))
    for act, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        told = engineer.post(f"{PATH}/{run['run_id']}/{act}").json()
        assert (told["state"], told["sent"]) == (state, 1)
    assert engineer.post(f"{PATH}/{run['run_id']}/resume").status_code == 409
    assert engineer.post(f"{PATH}/none/stop").status_code == 409
    assert [one["state"] for one in engineer.get(PATH).json()] == ["stopped"]
    named = [row.message_id for row in city.rows(dead_letter) if row.state == "open"]
    begun = engineer.post(PATH, json={"messages": named, "dry_run": False, "why": "these"}).json()["run"]
    assert (begun["messages"], begun["letters"]) == (2, 2)


@pytest.mark.parametrize(
    "wanted",
    [{}, {"dry_run": False, "why": "x"}, WHICH | {"dry_run": False}, WHICH | {"per_second": 0}],
)
def test_what_is_not_said_well_is_refused(engineer: Someone, wanted: dict[str, object]) -> None:
    assert engineer.post(PATH, json=wanted).status_code == 422


def test_nothing_meant_begins_nothing(engineer: Someone) -> None:
    answer = engineer.post(PATH, json={"cause": "another", "dry_run": False, "why": "x"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "no open dead letter is meant by that")


def test_overseers_look_and_begin_nothing(app: FastAPI, city: City, engineer: Someone) -> None:
    auditor = someone(app, city, "auditor")
    assert auditor.get(PATH).status_code == 200
    assert auditor.get("/api/operations/dead-letters/groups").status_code == 200
    assert auditor.post(PATH, json=WHICH).status_code == 403

"""The comparison for programs: ids and fields for IT, what they say for those who settle people, nothing for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations.finding import audit_search
from tests.operations.two_systems import MARY, NEW, OLD, TwoSystems
from tests.web.cutover.test_api_cutover import PATH, caller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUE = {"status": "due", "due_on": "2026-12-01"}
REVIEW = EVENT_TYPES["review"]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoSystems]:
    made = TwoSystems(tmp_path)
    made.say(OLD, "C100", MARY, "review", id="R1", **DUE)
    made.say(NEW, "70001", MARY, "review", id="N1", **DUE | {"outcome": "continues"})
    yield made
    made.close()


def test_from_proposals_to_the_switch_and_a_correction_after_it(two: TwoSystems) -> None:
    engineer = caller(two, "it-operations")
    assert engineer.get(f"{PATH}/sheet").json()["go"] is False
    for kind in ("person", "review"):
        (one,) = engineer.get(f"{PATH}/proposals").json()
        assert one["kind"] == kind
        wanted = {"proposals": [[one["kind"], one["theirs"]]], "why": "looked at"}
        assert engineer.post(f"{PATH}/proposals/accept", json=wanted).json() == {"accepted": 1}
    found = engineer.get(f"{PATH}/comparison?word=review").json()
    (thing,) = found["things"]
    assert (thing["slot"], thing["verdict"]) == ("review:R1", "differs")
    assert thing["fields"] == [{"name": "outcome", "old": "", "new": ""}]
    (line,) = (one for one in found["counts"] if one["word"] == "review")
    assert (line["differs"], line["agreement"]) == (1, 0.0)
    wanted = {"event_types": ["review"], "to": NEW, "why": "the weekend"}
    refused = engineer.post(f"{PATH}/switches", json=wanted)
    assert (refused.status_code, "agreement is 0.0%" in refused.json()["detail"]) == (409, True)
    assert engineer.post(f"{PATH}/switches", json={**wanted, "anyway": True}).status_code == 200
    assert engineer.get(f"{PATH}/corrections").json() == []
    two.clock.at_ms += 60_000
    two.say(OLD, "C100", MARY, "review", id="R1", status="due", due_on="2026-11-30")
    (late,) = engineer.get(f"{PATH}/corrections").json()
    looked = two.bridge.read_now(audit_search.entries)[0]
    assert (looked.what, looked.result) == ("corrections looked at", "1 corrections")
    apply = {"message_id": late["old_message"], "event_type": REVIEW, "why": "rang the ward"}
    assert engineer.post(f"{PATH}/corrections/apply", json=apply).json() == []
    assert engineer.post(f"{PATH}/corrections/apply", json=apply).status_code == 409


def test_who_settles_people_sees_what_the_fields_say(two: TwoSystems) -> None:
    wanted = {"all": True, "why": "looked at"}
    engineer = caller(two, "it-operations")
    for _ in range(2):  # the persons first, then their things
        engineer.post(f"{PATH}/proposals/accept", json=wanted)
    settler = caller(two, "information-governance")
    (thing,) = settler.get(f"{PATH}/comparison?verdict=differs").json()["things"]
    assert thing["fields"] == [{"name": "outcome", "old": "", "new": "continues"}]
    assert settler.post(f"{PATH}/proposals/accept", json=wanted).status_code == 403
    assert caller(two, "discharge-team").get(f"{PATH}/comparison").status_code == 403


def test_what_is_to_be_put_right_is_listed(two: TwoSystems) -> None:
    two.say(NEW, "70002", ("", "OKAFOR", "SAMUEL", "1938-07-02"), "worker", team="Team North")
    found = caller(two, "it-operations").get(f"{PATH}/quality").json()
    assert {(one["feed"], one["what"]) for one in found} == {(NEW, "no NHS number"), (NEW, "unknown worker")}


def test_without_a_cut_over_there_is_nothing_to_compare(tmp_path: Path) -> None:
    city = TwoSystems(tmp_path, cutover={})
    engineer = caller(city, "it-operations")
    for path in ("comparison", "sheet", "quality", "proposals", "corrections", "trend", "events"):
        assert engineer.get(f"{PATH}/{path}").status_code == 409
    city.close()

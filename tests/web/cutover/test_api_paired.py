"""Events in pairs for programs: the trend, pages of what does not agree, and one event with its partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from ascbridge.web.cutover import api_paired
from tests.cutover.test_trend import city, say
from tests.operations.two_systems import NEW, OLD, TwoSystems
from tests.web.cutover.test_api_cutover import PATH, caller

if TYPE_CHECKING:
    from collections.abc import Iterator  # noqa: F401  # read by the fixture

__all__ = ["city"]


def test_the_trend_says_how_far_both_agree_and_what_is_left_to_pair(city: TwoSystems) -> None:
    engineer = caller(city, "it-operations")
    found = engineer.get(f"{PATH}/trend?word=review").json()
    assert [(one["day"], one["agree"], one["differs"], one["still_off"], one["agreement"]) for one in found["tallies"]] == [
        ("2026-06-20", 0, 1, 1, 0.0), ("2026-06-19", 1, 1, 1, 0.5),
    ]  # fmt: skip
    assert (found["to_pair"], found["looked_at_anew"]) == (0, False)
    say(city, OLD, 46, due_on="2027-05-01")
    assert engineer.get(f"{PATH}/trend").json()["to_pair"] == 2
    assert engineer.get(f"{PATH}/trend?days=0").status_code == 422


def test_what_does_not_agree_is_read_in_pages_to_the_end(
    city: TwoSystems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_paired, "MOST_SHOWN", 1)
    engineer, after, found = caller(city, "it-operations"), "", []
    while True:
        page = engineer.get(f"{PATH}/events", params={"after": after}).json()
        found += page["pairs"]
        after = page["next"]
        if not after:
            break
    assert [(one["verdict"], one["slot"]) for one in found] == [
        ("missing", "package:P1"), ("differs", "review:R1"), ("differs", "review:R1"),
    ]  # fmt: skip
    assert (found[0]["new"], found[0]["waits_until_ms"] is None, found[1]["waits_until_ms"]) == (
        None,
        False,
        None,
    )
    assert found[1]["fields"] == [{"name": "due_on", "old": "", "new": ""}]
    looked = city.bridge.read_now(audit_search.entries)[0]
    assert (looked.what, looked.result) == ("events in pairs looked at", "1 events")
    assert engineer.get(f"{PATH}/events?word=none").status_code == 404


def test_one_event_leads_to_its_partner_and_both_messages(city: TwoSystems) -> None:
    settler = caller(city, "information-governance")
    (newest, _) = settler.get(f"{PATH}/events?verdict=differs").json()["pairs"]
    found = settler.get(f"{PATH}/events/{newest['new']['event_id']}").json()
    assert found == newest
    assert found["fields"] == [{"name": "due_on", "old": "2027-03-01", "new": "2027-04-01"}]
    assert found["new"]["recorded_ms"] - found["old"]["recorded_ms"] == 3_600_000
    engineer = caller(city, "it-operations")
    for side, feed in (("old", OLD), ("new", NEW)):
        trail = engineer.get(f"/api/operations/messages/{found[side]['message_id']}").json()
        assert (trail["message"]["feed"], found[side]["event_id"] in str(trail["events"])) == (feed, True)
    assert settler.get(f"{PATH}/events/none").status_code == 404
    assert caller(city, "discharge-team").get(f"{PATH}/events").status_code == 403

"""What there is to be done for a person: whose, since when, and why not."""

from typing import Any

import pytest

from ascbridge.frontdoor.needs import ended_review, review_need, triage_needs
from tests.discharge.builders import at
from tests.frontdoor.builders import DUTY, INITIAL, RULES
from tests.frontdoor.cases import asked, person

NOW = at("2026-03-20T12:00")


def test_what_came_of_the_contact_itself_is_no_support_that_was_there_already() -> None:
    slots = {
        "contact:C1": asked(),
        "interim_support:I1": {"status": "live", "request": "C1", "started_on": "2026-03-19"},
    }
    (need,) = triage_needs(person(slots), RULES)
    assert (need.signal, need.team) == ("waiting", INITIAL)
    slots["interim_support:I2"] = {"status": "live", "request": "C0", "started_on": "2026-03-01"}
    (need,) = triage_needs(person(slots), RULES)
    assert (need.team, need.team_because) == (DUTY, "interim_support")


def test_a_need_says_what_came_in_and_what_it_rests_on() -> None:
    slots = {
        "contact:C1": asked(channel="email", route="community", made_by="carer", reason="Falls"),
        "worker": {"team": "East"},
        "package:K1": {"status": "live", "started_on": "2025-01-01"},
    }
    (need,) = triage_needs(person(slots, first_ms=7), RULES)
    assert need.said == {
        "channel": "email", "route": "community", "made_by": "carer", "asked_for": "Falls", "client": "person",
        "stated_outcome": "", "allocated_team": "East",
    }  # fmt: skip
    assert (need.opened_ms, need.since_on) == (7, "2026-03-19")
    assert [(one.what, one.event) for one in need.because] == [
        ("came in", "e-contact:C1"), ("had support", "e-package:K1"),
    ]  # fmt: skip


def test_the_last_contact_is_kept_with_who_waits() -> None:
    slots: dict[str, Any] = {
        "contact:C1": asked("2026-02-01"),
        "assessment:A1": {"status": "requested", "request": "C1", "last_contact_on": "2026-02-20"},
    }
    assert triage_needs(person(slots), RULES)[0].last_contact_on == "2026-02-20"
    del slots["assessment:A1"]
    slots["contact:C2"] = asked("2026-03-01")
    told = {one.about: one.last_contact_on for one in triage_needs(person(slots), RULES)}
    assert told == {"contact:C1": "2026-03-01", "contact:C2": "2026-03-01"}
    slots["contact:C2"]["retracted"] = True
    told = {one.about: one.last_contact_on for one in triage_needs(person(slots), RULES)}
    assert told["contact:C1"] == "2026-02-01"


@pytest.mark.parametrize(
    "slots, due",
    [
        ({"package:K1": {"status": "live", "started_on": "2024-04-01"}}, "2026-04-01"),
        ({"package:K1": {"status": "live", "started_on": "2024"}}, "not yet"),
        ({"review:V1": {"status": "due", "due_on": "2026-04-30"}}, "2026-04-30"),
        ({"review:V1": {"status": "due"}}, "2026-03-19"),
        ({"review:V1": {"status": "due", "due_on": "2026-06-30"}}, "not yet"),
        ({"support_plan:S1": {"status": "agreed", "agreed_on": "2025-01-01", "review_due_on": "2026-03"}}, "2026-03"),
        ({"package:K1": {"status": "ended", "started_on": "2020-01-01"}}, ""),
        ({"short_term:E1": {"status": "live", "started_on": "2020-01-01"}}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_review_is_due_by_the_councils_word_or_by_the_clock(slots: dict[str, Any], due: str) -> None:
    need, wake_ms = review_need(person(slots), RULES, NOW)
    assert (need.due_on if need is not None else "not yet" if wake_ms else "") == due


def test_a_death_leaves_no_review() -> None:
    slots = {"package:K1": {"status": "live", "started_on": "2020-01-01"}}
    assert review_need(person(slots, died=True), RULES, NOW) == (None, None)


def test_a_cycle_is_named_by_what_looked_last_so_that_no_task_of_an_earlier_one_is_taken_for_it() -> None:
    slots: dict[str, Any] = {"package:K1": {"status": "live", "started_on": "2020-01-01"}}
    named = []
    for slot, value in (
        ("package:K2", {"status": "live", "started_on": "2021-01-01"}),
        ("support_plan:S1", {"status": "agreed", "agreed_on": "2022-01-01"}),
        ("review:V1", {"status": "done", "done_on": "2024-01-01"}),
    ):
        slots[slot] = value
        need, _ = review_need(person(slots), RULES, NOW)
        assert need is not None
        named.append((need.about, need.due_on))
    assert named == [("review", "2022-01-01"), ("support_plan:S1", "2024-01-01"), ("review:V1", "2026-01-01")]


@pytest.mark.parametrize(
    "slots, died, signal",
    [
        ({}, True, "died"),
        ({"review:V2": {"status": "done", "done_on": "2026-03-18"}}, False, "reviewed"),
        ({"review:V2": {"status": "done", "done_on": "2019-03-18"}}, False, "no-support"),
        ({"support_plan:S1": {"status": "agreed", "agreed_on": "2019-01-01", "review_due_on": "2027-01-01"}}, False, "not-yet"),
    ],
)  # fmt: skip
def test_why_a_review_is_no_longer_wanted(slots: dict[str, Any], signal: str, *, died: bool) -> None:
    assert ended_review(person(slots, died=died), "review:V1", "2024-01-01", None)[0] == signal

"""How long people waited, from the council's own facts alone."""

from typing import Any

import pytest

from ascbridge.frontdoor.needs import triage_needs
from ascbridge.frontdoor.request_waits import Wait, waits_of
from tests.frontdoor.builders import INITIAL, RULES
from tests.frontdoor.cases import asked, person


def waits(slots: dict[str, Any], **more: Any) -> dict[str, Wait]:
    one = person(slots, **more)
    return {wait.slot: wait for wait in waits_of(one, triage_needs(one, RULES))}


def test_a_contact_with_all_that_followed_is_one_request() -> None:
    slots = {
        "contact:C1": asked("2026-01-05"),
        "referral:R1": asked("2026-01-09", after_contact="C1", outcome="long-term"),
        "assessment:A1": {
            "status": "completed",
            "request": "R1",
            "started_on": "2026-02-02",
            "outcome": "support",
        },
        "support_plan:S1": {"status": "agreed", "assessment": "A1", "agreed_on": "2026-02-20"},
        "package:K1": {"status": "live", "plan": "S1", "started_on": "2026-02-24"},
    }
    found = waits(slots)
    one = found["contact:C1"]
    assert (one.received_on, one.referred_on, one.assessed_on, one.cared_on) == (
        "2026-01-05", "2026-01-09", "2026-02-02", "2026-02-24",
    )  # fmt: skip
    assert (one.outcome, one.waits_for, one.by_date, one.owner_team) == ("long-term", "", False, INITIAL)
    assert found["referral:R1"] == Wait("p1", "referral:R1")


@pytest.mark.parametrize(
    "slots, waits_for",
    [
        ({}, "decision"),
        ({"assessment:A1": {"status": "requested", "request": "C1"}}, "assessment"),
        ({"assessment:A1": {"status": "allocated", "request": "C1"}}, "assessment"),
        ({"assessment:A1": {"status": "in-progress", "request": "C1"}}, ""),
        ({"assessment:A1": {"status": "cancelled", "request": "C1"}}, "decision"),
        ({"assessment:A1": {"status": "completed", "request": "C1", "outcome": "support"}}, "care"),
        (
            {"assessment:A1": {"status": "completed", "request": "C1", "outcome": "information-and-advice"}},
            "",
        ),
        ({"referral:R1": asked(after_contact="C1")}, "assessment"),
        ({"referral:R1": asked(after_contact="C1", outcome="short-term")}, "care"),
        ({"referral:R1": asked(after_contact="C1", outcome="declined")}, ""),
        ({"short_term:E1": {"status": "live", "request": "C1", "started_on": "2026-03-20"}}, ""),
    ],
)
def test_for_what_somebody_waits_still(slots: dict[str, Any], waits_for: str) -> None:
    assert waits({"contact:C1": asked(), **slots})["contact:C1"].waits_for == waits_for


@pytest.mark.parametrize("outcome", ["resolved", "signposted", "nhs", "declined"])
def test_who_was_answered_waits_for_nothing(outcome: str) -> None:
    assert waits({"contact:C1": asked(outcome=outcome)})["contact:C1"].waits_for == ""


def test_nobody_waits_after_a_death_and_nothing_waits_that_never_was() -> None:
    assert waits({"contact:C1": asked()}, died=True)["contact:C1"].waits_for == ""
    assert waits({"contact:C1": asked(retracted=True)})["contact:C1"] == Wait("p1", "contact:C1")


@pytest.mark.parametrize(
    "slots, cared_on",
    [
        ({"package:K1": {"status": "live", "started_on": "2026-03-25"}}, "2026-03-25"),
        ({"package:K1": {"status": "live", "started_on": "2026-03-19"}}, "2026-03-19"),
        ({"package:K1": {"status": "live", "started_on": "2026-03-01"}}, ""),
        (
            {
                "package:K1": {"status": "live", "started_on": "2026-03-01"},
                "package:K2": {"status": "live", "started_on": "2026-03-25"},
            },
            "",
        ),
    ],
)
def test_support_that_nothing_ties_to_a_contact_counts_by_date_where_there_was_none_before(
    slots: dict[str, Any], cared_on: str
) -> None:
    one = waits({"contact:C1": asked(), **slots})["contact:C1"]
    assert (one.cared_on, one.by_date) == (cared_on, bool(cared_on))
    assert waits({"contact:C1": asked(outcome="resolved"), **slots})["contact:C1"].cared_on == ""


def test_support_that_came_of_one_contact_is_not_anothers() -> None:
    slots = {
        "contact:C1": asked("2026-01-05"),
        "contact:C2": asked("2026-01-05"),
        "short_term:E1": {"status": "live", "request": "C2", "started_on": "2026-01-10"},
    }
    assert {slot: one.cared_on for slot, one in waits(slots).items()} == {
        "contact:C1": "", "contact:C2": "2026-01-10",
    }  # fmt: skip

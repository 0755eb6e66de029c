"""What support there was on a day, by dates as short as they were said, and what came of a request."""

from typing import Any

import pytest

from ascbridge.frontdoor.support import first_day, following, last_day, support_on, supports
from tests.frontdoor.cases import asked, person


def on(day: str, **slots: dict[str, Any]) -> str:
    one = person({name.replace("__", ":"): value for name, value in slots.items()})
    had = support_on(supports(one.case.entries), day, frozenset())
    return f"{had.entry.kind}:{had.entry.id}" if had is not None else ""


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-03-19", "2026-03-19", "2026-03-19"),
        ("", "", ""),
    ],
)
def test_a_short_date_means_its_first_or_its_last_day(text: str, first: str, last: str) -> None:
    assert (first_day(text), last_day(text)) == (first, last)


@pytest.mark.parametrize(
    "package, had",
    [
        ({"status": "live", "started_on": "2026-03-19"}, True),
        ({"status": "live", "started_on": "2026-03-20"}, False),
        ({"status": "live", "started_on": "2026"}, True),
        ({"status": "live"}, True),
        ({"status": "suspended", "started_on": "2025-01-01"}, True),
        ({"status": "ended", "started_on": "2025-01-01", "ended_on": "2026-03-19"}, True),
        ({"status": "ended", "started_on": "2025-01-01", "ended_on": "2026-03-18"}, False),
        ({"status": "ended", "started_on": "2025-01-01", "ended_on": "2026-03"}, True),
        ({"status": "ended", "started_on": "2025-01-01"}, True),
    ],
)
def test_support_holds_from_its_beginning_to_its_end(package: dict[str, Any], *, had: bool) -> None:
    assert bool(on("2026-03-19", package__K1=package)) == had


def test_what_is_only_planned_is_no_support_and_the_longest_standing_is_named() -> None:
    assert on("2026-03-19", placement__L1={"status": "planned", "started_on": "2025-01-01"}) == ""
    assert on("2026-03-19", support_plan__S1={"status": "draft"}) == ""
    both = {
        "short_term__E1": {"status": "live", "started_on": "2026-02-01"},
        "placement__L1": {"status": "live", "started_on": "2025-02-01"},
    }
    assert on("2026-03-19", **both) == "placement:L1"


def test_what_came_of_a_request_is_what_says_so_in_its_own_system() -> None:
    one = person(
        {
            "contact:C1": asked(),
            "referral:R1": asked(after_contact="C1"),
            "referral:R2": asked(after_contact="C1", retracted=True),
            "assessment:A1": {"status": "completed", "request": "R1"},
            "assessment:A2": {"status": "cancelled", "request": "C1"},
            "support_plan:S1": {"status": "agreed", "assessment": "A1"},
            "package:K1": {"status": "live", "plan": "S1"},
            "package:K2": {"status": "live", "plan": "S9"},
            "short_term:E1": {"status": "live", "request": "C1"},
            "p2/short_term:E1": {"status": "live", "request": "C1"},
        }
    )
    (contact,) = one.case.of("contact")
    came = following(one.case.entries, contact)
    assert sorted(came.things) == [
        ("p1", "assessment", "A1"), ("p1", "package", "K1"), ("p1", "referral", "R1"), ("p1", "short_term", "E1"),
        ("p1", "support_plan", "S1"),
    ]  # fmt: skip
    assert (
        support_on(supports(one.case.entries), "2026-03-19", came.things) is not None
    )  # K2, and p2's episode

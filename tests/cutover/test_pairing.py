"""Events of one thing in pairs: whatever the order in which they came, and each of them judged once."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.cutover.comparing import Side
from ascbridge.cutover.comparison_rules import Rule
from ascbridge.cutover.pairing import OFF, Judged, Told, pair
from ascbridge.events.handlers.switches import EVENT_TYPES

HOUR = 3_600_000
NOON = 1_781_870_400_000  # Friday 19 June 2026, 13:00 in Coventry
PACKAGE = EVENT_TYPES["package"]
RULE = Rule(
    window_hours=36, silent={"changed_on": "kept by one only"}, not_compared={"plan": "another numbering"}
)


def told(system: str, hour: float, status: str = "live", *, names: str = "", **more: Any) -> Told:
    at_ms = NOON + round(hour * HOUR)
    side = Side("p1", "package:P1", {"status": status, **more}, names, "m", shadow=False, kept_ms=at_ms + 5)
    return Told(f"{system}@{hour}", system == "new", at_ms, f"{at_ms:020d}", side)


def verdicts(*events: Told) -> dict[str, tuple[Any, ...]]:
    found = pair(PACKAGE, RULE, events)
    return {id: (one.verdict, one.partner, one.fields, one.put_right) for id, one in found.items()}


def test_one_event_of_each_side_that_says_the_same_within_the_window_agrees() -> None:
    found = verdicts(told("old", 0), told("new", 36))
    assert found == {"old@0": ("agree", "new@36", (), False), "new@36": ("partner", "old@0", (), False)}


def test_what_differs_is_named_and_tolerances_are_kept_to() -> None:
    old = told("old", 0, provider="A", plan="S1", changed_on="2026-06-01")
    found = verdicts(old, told("new", 1, provider="B", plan="S2"))
    assert found["old@0"] == ("differs", "new@1", ("provider",), False)
    assert verdicts(old, told("new", 1, provider="A", plan="S2"))["old@0"][0] == "agree"
    assert verdicts(told("old", 0, names="x"), told("new", 1, names="y"))["old@0"][2] == ("names",)


def test_what_only_one_side_told_is_missing_or_extra_and_a_late_partner_heals_it() -> None:
    (alone,) = pair(PACKAGE, RULE, [told("old", 0)]).values()
    assert alone == Judged("missing", day="2026-06-19", due_ms=NOON + 5 + 36 * HOUR)
    assert verdicts(told("new", 0))["new@0"][0] == "extra"
    assert verdicts(told("new", 30), told("old", 0))["old@0"][0] == "agree"


def test_said_again_is_no_event() -> None:
    found = verdicts(told("old", 0), told("old", 1), told("old", 2), told("new", 1))
    assert [found[id][0] for id in ("old@0", "old@1", "old@2", "new@1")] == [
        "agree",
        "again",
        "again",
        "partner",
    ]


def test_what_says_the_same_is_paired_before_what_is_nearer_and_says_otherwise() -> None:
    found = verdicts(told("old", 0, "suspended"), told("new", 1, "live"), told("new", 20, "suspended"))
    assert found["old@0"][:2] == ("agree", "new@20")
    assert found["new@1"] == ("extra", "", (), True)


def test_the_nearest_is_the_one_that_was_told_otherwise() -> None:
    found = verdicts(told("old", 0, "suspended"), told("new", -9, "planned"), told("new", 2, "live"))
    assert (found["old@0"][:2], found["new@-9"][0]) == (("differs", "new@2"), "extra")


def test_a_difference_is_put_right_once_both_say_the_same_again() -> None:
    wrong = (told("old", 0, "suspended"), told("new", 1, "live"))
    assert verdicts(*wrong)["old@0"] == ("differs", "new@1", ("status",), False)
    found = verdicts(*wrong, told("new", 200, "suspended"))
    assert found["old@0"] == ("differs", "new@1", ("status",), True)
    assert found["new@200"] == ("again", "", (), False)  # it says what the old system says already
    later = verdicts(*wrong, told("new", 200, "suspended"), told("new", 300, "ended"))
    assert (later["old@0"][3], later["new@300"]) == (True, ("extra", "", (), False))


def test_what_was_withheld_is_compared_once_it_is_said_again_without_a_wall() -> None:
    old, walled = told("old", 0, provider="A"), told("new", 1, provider="", walled=True)
    assert verdicts(old, walled)["old@0"][0] == "agree"
    found = verdicts(old, walled, told("new", 20, provider="B"))
    assert (found["old@0"], found["new@20"][0]) == (("differs", "new@1", ("provider",), False), "again")


def test_an_event_counts_on_its_day_in_coventry() -> None:
    found = pair(PACKAGE, RULE, [told("old", 11.5), told("new", 10.5)])
    assert {one.day for one in found.values()} == {"2026-06-20"}  # half past midnight, in summer time


@pytest.mark.parametrize("away", [36.001, -36.001])
def test_outside_the_window_is_no_partner(away: float) -> None:
    found = verdicts(told("old", 0, "suspended"), told("new", away, "ended"))
    assert sorted(one[0] for one in found.values()) == ["extra", "missing"]


EVENTS = st.lists(
    st.tuples(st.sampled_from(["old", "new"]), st.integers(-90, 90), st.sampled_from(["live", "suspended", "ended"])),
    max_size=14, unique_by=lambda one: one[:2],
)  # fmt: skip


@given(EVENTS, st.integers(0, 9))
def test_any_order_gives_the_same_and_everything_is_judged_once(
    events: list[tuple[str, int, str]], seed: int
) -> None:
    said = [told(*one) for one in events]
    found = pair(PACKAGE, RULE, said)
    random.Random(seed).shuffle(said)
    assert pair(PACKAGE, RULE, said) == found
    assert found.keys() == {one.event_id for one in said}
    partners = Counter(one.partner for one in found.values() if one.partner)
    assert set(partners.values()) <= {1}
    for id, one in found.items():
        assert (
            (found[one.partner].partner == id) if one.partner else (one.verdict not in ("agree", "differs"))
        )
        assert bool(one.fields) == (one.verdict == "differs")
        assert not (one.put_right and one.verdict not in OFF)


@given(EVENTS)
def test_where_one_side_tells_what_the_other_told_all_agrees(events: list[tuple[str, int, str]]) -> None:
    one_side = [one for one in events if one[0] == "old"]
    both = [told(*one) for one in one_side] + [told("new", hour + 2, status) for _, hour, status in one_side]
    assert {one.verdict for one in pair(PACKAGE, RULE, both).values()} <= {"agree", "partner", "again"}

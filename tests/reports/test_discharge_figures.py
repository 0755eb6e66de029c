"""Times, delays, daily counts and groups, from how each task went; what is small is withheld and cannot be worked out."""

from __future__ import annotations

from typing import Any

from ascbridge.reports.discharge_figures import (
    Day,
    DelayDays,
    Equal,
    Times,
    by_group,
    daily,
    delays_by_pathway,
    delays_by_reason,
    times,
    times_by_month,
)
from ascbridge.reports.spread import Spread
from ascbridge.reports.task_journeys import Delayed, Journey
from tests.discharge.builders import DAY, HOUR, at

READY = at("2026-03-10T09:00")
NOW = at("2026-03-20T12:00")


def journey(number: int = 0, **more: Any) -> Journey:
    values: dict[str, Any] = {
        "patient_key": f"p{number}", "spell": f"s{number}", "opened_ms": READY, "ready_ms": READY, "reached": {},
        "left_ms": None, "ended_ms": None, **more,
    }  # fmt: skip
    return Journey(**values)


def test_times_run_from_ready_to_each_stage_and_few_are_withheld() -> None:
    five = [
        journey(n, reached={"accepted": READY + n * HOUR, "triaged": READY - 1}, left_ms=READY + DAY)
        for n in range(5)
    ]
    assert times(five, "accepted") == Times(5, Spread(5, 120, 120, 240, 240))
    assert times(five, "discharged") == Times(5, Spread(5, 1440, 1440, 1440, 1440))
    assert times(five, "triaged") == Times(0), "before they were ready"
    assert times(five, "first-visit") == Times(0), "a stage that nobody reached"
    assert times(five[1:], "accepted") == Times(None)
    assert times([journey(ready_ms=None, reached={"accepted": NOW})], "accepted") == Times(0)


def test_months_are_those_of_opening() -> None:
    old = [journey(n, opened_ms=at("2026-02-28T23:30"), left_ms=READY + DAY) for n in range(5)]
    found = times_by_month(old, ["2026-03", "2026-02"])
    assert (found["discharged"]["2026-02"].many, found["discharged"]["2026-03"].many) == (5, 0)


def test_delay_days_by_reason_end_when_they_left_or_now() -> None:
    def delayed(n: int, **more: Any) -> Journey:
        held = (
            Delayed("a", READY, READY + DAY),
            Delayed("a", READY + DAY, None),
            Delayed("b", READY, READY + n),
        )
        return journey(n, delays=held, **more)

    left = [delayed(n, left_ms=READY + 3 * DAY, ended_ms=READY + 3 * DAY) for n in range(5)]
    found = delays_by_reason(left, NOW, {"a": "No plan", "b": "Other"}.__getitem__)
    assert found == {"No plan": DelayDays(5, 15.0), "Other": DelayDays(5, 0.0)}
    assert delays_by_reason(left[:4], NOW, str) == {"a": DelayDays(None, None), "b": DelayDays(None, None)}
    still = delays_by_reason([delayed(n) for n in range(5)], READY + 2 * DAY, str)
    assert still["a"] == DelayDays(5, 10.0)


def test_a_pathway_of_few_takes_another_with_it() -> None:
    def some(pathway: str, many: int) -> list[Journey]:
        return [journey(n, pathway=pathway, ended_ms=READY + DAY) for n in range(many)]

    found = delays_by_pathway([*some("1", 9), *some("2", 3), *some("0", 20)], NOW)
    assert found == {"0": DelayDays(20, 20.0), "1": DelayDays(None, None), "2": DelayDays(None, None)}


def test_a_days_counts_add_up_and_withhold_what_would_tell_a_small_one() -> None:
    def many(count: int, **more: Any) -> list[Journey]:
        return [journey(n, **more) for n in range(count)]

    day = at("2026-03-19T15:00")
    stayed, went, two = many(6), many(5, left_ms=day, ended_ms=day), many(2, left_ms=day, ended_ms=day)
    closed = many(7, ended_ms=day)
    tomorrow = many(3, ready_ms=at("2026-03-20T00:00"))
    (one,) = daily([*stayed, *went, *closed, *tomorrow], {f"s{n}": "RKB" for n in range(9)}, NOW, 1)
    assert one == Day("2026-03-19", "RKB", 11, 5, 6)
    (small,) = daily([*stayed, *two], {f"s{n}": "RKB" for n in range(9)}, NOW, 1)
    assert small == Day("2026-03-19", "RKB", 8, None, None)
    last, first = daily(went, {}, NOW, 2)
    assert (last.day, first.day) == ("2026-03-19", "2026-03-18")
    assert (first.ready, first.left, first.remaining) == (5, 0, 5)


def test_groups_are_in_order_of_size_and_the_small_cannot_be_worked_out() -> None:
    everybody = [
        journey(n, locality="North" if n < 12 else "South" if n < 19 else "East", left_ms=READY + DAY)
        for n in range(21)
    ]
    found = by_group(everybody, lambda one: one.locality)
    assert [(one.name, one.many) for one in found] == [("North", 12), ("East", None), ("South", None)]
    assert found[0] == Equal("North", 12, Spread(12, 1440, 1440, 1440, 1440))
    assert found[1].taken is found[2].taken is None

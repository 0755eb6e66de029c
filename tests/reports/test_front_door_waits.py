"""How long people wait and waited, from the council's facts, with groups of under five withheld."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from ascbridge.reports.front_door_waits import Measure, Month, WaitingGroup, finished, longest_waits, waiting
from ascbridge.reports.spread import Spread
from tests.frontdoor.builders import DUTY, INITIAL, assessment, contact, package, plan, referred

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.frontdoor.builders import DoorBench

TODAY = "2026-03-31"
"""A day later than all that is told here."""


def eleven_who_wait(bench: DoorBench) -> None:
    """Six for a decision, since 1, 2, ... 6 March; five for an assessment, referred on 11, 12, ... 15 March."""
    for n in range(1, 7):
        bench.say(contact(f"2026-03-0{n}T09:00"), patient=f"d{n}")
    for n in range(1, 6):
        bench.say(contact(f"2026-03-0{n}T09:00"), patient=f"a{n}")
        bench.say(referred(f"2026-03-1{n}T09:00", after_contact="C1"), patient=f"a{n}")


def five_in_care(bench: DoorBench) -> None:
    """Asked on 1 March; assessed from the 3rd, cared for from 11, 12, ... 15 March."""
    for n in range(1, 6):
        key, begun = f"p{n}", f"2026-03-1{n}"
        bench.say(referred("2026-03-01T09:00", outcome="long-term"), patient=key)
        seen = assessment("2026-03-04T09:00", status="completed", request="R1", started_on="2026-03-03")
        agreed = plan("2026-03-05T09:00", assessment="A1")
        bench.say(seen, agreed, package("2026-03-05T10:00", started_on=begun, plan="S1"), patient=key)


def now(bench: DoorBench, within: int = 28) -> Any:
    return bench.write(lambda c: waiting(c, TODAY, within))


def ended(bench: DoorBench, measure: Measure, months: int = 1, today: str = TODAY) -> list[Month]:
    return bench.write(lambda c: finished(c, measure, today, months))


def test_running_waits_by_what_for(bench: DoorBench) -> None:
    eleven_who_wait(bench)
    found = now(bench)
    assert found.every.many == 11
    assert set(found.by_kind) == {"decision", "assessment"}
    assert found.by_kind["decision"].waited == Spread(6, 27.5, 27.5, 30, 30)
    assert found.by_kind["assessment"].waited == Spread(5, 18, 18, 20, 20), "since the referral"
    assert found.by_team == {INITIAL: found.every}


def test_a_team_of_few_takes_another_with_it_and_tells_nothing(bench: DoorBench) -> None:
    eleven_who_wait(bench)
    bench.say(package("2026-01-01T09:00", started_on="2026-01-01"), patient="s1")
    bench.say(contact("2026-03-03T09:00"), patient="s1")
    found = now(bench)
    assert found.every.many == 12
    assert found.by_team == {DUTY: WaitingGroup(None), INITIAL: WaitingGroup(None)}


def test_who_heard_nothing_for_too_long_is_counted_unless_they_or_the_rest_are_few(bench: DoorBench) -> None:
    for n in range(10):
        bench.say(contact("2026-03-01T09:00" if n < 5 else "2026-03-20T09:00"), patient=f"d{n}")
    assert now(bench).every.not_spoken == 5
    assert now(bench, within=30).every.not_spoken == 0
    bench.say(contact("2026-03-25T09:00", id="C2"), patient="d4")
    assert now(bench).every.many == 11
    assert now(bench, within=7).every.not_spoken is None, "one alone was spoken to"


def test_where_nobody_waits_the_figures_are_empty(bench: DoorBench) -> None:
    found = now(bench)
    assert (found.every, found.by_kind, found.by_team) == (WaitingGroup(0), {}, {})


def test_the_longest_wait_stands_first_page_by_page(real_bench: DoorBench) -> None:
    eleven_who_wait(real_bench)
    first = real_bench.write(lambda c: longest_waits(c, TODAY, 28, limit=4))
    rest = real_bench.write(lambda c: longest_waits(c, TODAY, 28, limit=100, after=4))
    assert {one.patient_key for one in first} == {"d1", "a1", "d2", "a2"}
    assert len({one.patient_key for one in (*first, *rest)}) == 11
    days = [one.days for one in (*first, *rest)]
    assert days == sorted(days, reverse=True)
    spoken = {one.patient_key: (one.about, one.waits_for, one.not_spoken) for one in (*first, *rest)}
    assert spoken["d1"] == ("contact:C1", "decision", True)
    assert spoken["d3"] == ("contact:C1", "decision", False)


def test_a_month_of_few_is_withheld(bench: DoorBench) -> None:
    five_in_care(bench)
    bench.say(contact("2026-01-20T09:00", outcome="long-term"), patient="q")
    bench.say(package("2026-02-02T10:00", started_on="2026-02-03"), patient="q")
    assert ended(bench, "care", 3) == [
        Month("2026-03", 5, Spread(5, 12, 12, 14, 14)),
        Month("2026-02", None, None, None),
        Month("2026-01", 0),
    ]
    assert [one.month for one in ended(bench, "care", 14, "2026-01-31")] == [
        "2026-01", *(f"2025-{n:02}" for n in range(12, 0, -1)), "2024-12",
    ]  # fmt: skip


def test_care_that_only_its_dates_tie_to_a_request_is_told(bench: DoorBench) -> None:
    for n in range(5):
        bench.say(contact("2026-03-01T09:00", outcome="long-term"), patient=f"p{n}")
        bench.say(package("2026-03-02T10:00", started_on="2026-03-08"), patient=f"p{n}")
    assert ended(bench, "care") == [Month("2026-03", 5, Spread(5, 7, 7, 7, 7), by_date=5)]


def test_an_assessment_that_was_there_before_its_referral_counts_apart(bench: DoorBench) -> None:
    five_in_care(bench)
    for n in range(5):
        bench.say(referred("2026-03-20T09:00"), patient=f"b{n}")
        early = assessment(
            "2026-03-20T10:00", status="in-progress", request="R1", started_on=f"2026-03-0{n + 1}"
        )
        bench.say(early, patient=f"b{n}")
    assert ended(bench, "assessment") == [Month("2026-03", 5, Spread(5, 2, 2, 2, 2), by_date=0, before=5)]


@pytest.mark.parametrize("measure", ["care", "assessment"])
def test_both_databases_say_the_same(real_bench: DoorBench, measure: Measure) -> None:
    eleven_who_wait(real_bench)
    five_in_care(real_bench)
    assert [one.many for one in ended(real_bench, measure, 2)] == [5, 0]
    assert now(real_bench).every.many == 11


@pytest.mark.parametrize(
    "measure, index",
    [("care", "door_request_by_care"), ("assessment", "door_request_by_assessment")],
)
def test_a_period_is_read_from_an_index_alone_and_no_more_of_it(
    bench: DoorBench, measure: Measure, index: str
) -> None:
    asked: list[tuple[str, Any]] = []

    def run(connection: Connection) -> list[str]:
        def hear(_c: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
            asked.append((text, parameters))

        event.listen(connection, "before_cursor_execute", hear)
        finished(connection, measure, TODAY, 3)
        event.remove(connection, "before_cursor_execute", hear)
        ((text, parameters),) = asked
        raw: Any = connection.connection.driver_connection
        return [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", parameters)]

    step = bench.write(run)[0]
    assert step.startswith(f"SEARCH door_request USING COVERING INDEX {index} (")
    assert "_on>? AND" in step, "from a day to a day"

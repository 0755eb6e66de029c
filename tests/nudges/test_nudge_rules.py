"""When a team is nudged: once for each task, not in the night, and in numbers only."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from ascbridge.nudges.nudge_rules import (
    Reader,
    Rhythm,
    TeamWork,
    Told,
    after,
    by_due,
    nudge,
    quiet,
    subject,
    text,
    to_say,
    until_when,
)
from tests.discharge.builders import MINUTE, at

RHYTHM = Rhythm(30 * MINUTE, 15 * MINUTE, time(20), time(8))
NOON = at("2026-10-18T12:00")
HEARD = Told(day="2026-10-18")
TWO = TeamWork(soon=frozenset({"a", "b"}))


def test_what_will_be_late_soon_is_told_once() -> None:
    assert nudge(TWO, HEARD, NOON, RHYTHM) == "soon"
    told = after(TWO, HEARD, "soon", NOON, RHYTHM)
    assert nudge(TWO, told, NOON + 20 * MINUTE, RHYTHM) is None
    three = TeamWork(soon=frozenset({"b", "c"}), overdue=frozenset({"a"}))
    assert nudge(three, told, NOON + 20 * MINUTE, RHYTHM) == "soon"


def test_what_comes_shortly_after_is_told_together() -> None:
    told = after(TWO, HEARD, "soon", NOON, RHYTHM)
    more = TeamWork(soon=frozenset({"a", "b", "c"}))
    assert nudge(more, told, NOON + 14 * MINUTE, RHYTHM) is None
    assert nudge(more, told, NOON + 15 * MINUTE, RHYTHM) == "soon"


def test_a_task_that_was_done_and_comes_again_is_told_again() -> None:
    told = after(TWO, HEARD, "soon", NOON, RHYTHM)
    told = after(TeamWork(), told, None, NOON + MINUTE, RHYTHM)
    assert nudge(TWO, told, NOON + 60 * MINUTE, RHYTHM) == "soon"


def test_nobody_is_written_to_in_the_quiet_hours_and_the_morning_begins_with_all_of_it() -> None:
    night, morning = at("2026-10-18T20:00"), at("2026-10-19T08:00")
    assert nudge(TWO, HEARD, night - 1, RHYTHM) == "soon"
    assert nudge(TWO, HEARD, night, RHYTHM) is None
    assert nudge(TWO, HEARD, morning - 1, RHYTHM) is None
    told = after(TWO, HEARD, None, morning - 1, RHYTHM)
    assert nudge(TWO, told, morning, RHYTHM) == "morning"
    told = after(TWO, told, "morning", morning, RHYTHM)
    assert nudge(TWO, told, morning + 20 * MINUTE, RHYTHM) is None


def test_a_morning_without_work_says_nothing_and_its_day_is_begun() -> None:
    morning = at("2026-10-19T08:00")
    assert nudge(TeamWork(), HEARD, morning, RHYTHM) is None
    told = after(TeamWork(), HEARD, None, morning, RHYTHM)
    assert nudge(TWO, told, morning + 60 * MINUTE, RHYTHM) == "soon"


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-12-25"])
def test_quiet_hours_go_by_the_clock_on_the_wall(day: str) -> None:
    assert quiet(at(f"{day}T07:59"), RHYTHM)
    assert not quiet(at(f"{day}T08:00"), RHYTHM)
    assert quiet(at(f"{day}T20:00"), RHYTHM)
    assert not quiet(at(f"{day}T03:30"), replace(RHYTHM, quiet_from=time(0), quiet_to=time(0)))
    assert quiet(at(f"{day}T12:30"), replace(RHYTHM, quiet_from=time(12), quiet_to=time(13)))


def test_late_work_is_told_once_to_the_team_that_hears_of_it_and_again_at_its_next_stage() -> None:
    passed = TeamWork(escalated=frozenset({"a 100"}))
    assert nudge(passed, HEARD, NOON, RHYTHM) == "soon"
    told = after(passed, HEARD, "soon", NOON, RHYTHM)
    assert nudge(passed, told, NOON + 60 * MINUTE, RHYTHM) is None
    again = TeamWork(escalated=frozenset({"a 200"}))
    assert nudge(again, told, NOON + 60 * MINUTE, RHYTHM) == "soon"
    assert subject(passed, "soon", RHYTHM) == "1 task escalated to you"
    both = TeamWork(soon=frozenset({"b"}), escalated=frozenset({"a 1", "c 1"}))
    assert subject(both, "soon", RHYTHM) == "2 tasks escalated to you, 1 task breaches in 30 minutes"
    said = text(Reader("Duty Team"), both, "soon", RHYTHM, "https://bridge.example")
    assert "- 2 tasks are late and told to you" in said
    assert "https://bridge.example/worklist?view=escalated&told=Duty+Team" in said
    assert "escalated" not in text(Reader("Duty Team"), TWO, "soon", RHYTHM, "https://bridge.example")


def test_a_team_hears_once_that_its_people_came_in_and_in_the_morning_who_is_there() -> None:
    one, two = TeamWork(admitted=frozenset({"s 1"})), TeamWork(admitted=frozenset({"s 1", "t 2"}))
    assert nudge(one, HEARD, NOON, RHYTHM) == "soon"
    told = after(one, HEARD, "soon", NOON, RHYTHM)
    assert nudge(one, told, NOON + 60 * MINUTE, RHYTHM) is None
    later = NOON + 60 * MINUTE
    assert nudge(two, told, later, RHYTHM) == "soon"
    fresh = to_say(two, told, "soon")
    assert subject(fresh, "soon", RHYTHM) == "1 of your people in hospital"
    said = text(Reader("North Base"), fresh, "soon", RHYTHM, "https://bridge.example")
    assert "- 1 person whom your team looks after came into hospital (a ward or A&E)" in said
    assert "https://bridge.example/my-people" in said
    assert "overdue" not in said
    assert subject(to_say(two, told, "morning"), "morning", RHYTHM) == "Today: 2 of your people in hospital"
    assert "- 2 people whom your team looks after are in hospital" in text(
        Reader("N"), two, "morning", RHYTHM, ""
    )


def test_words_are_numbers_and_a_link() -> None:
    work = TeamWork(frozenset({"x"}), frozenset({"a"}), 4)
    assert subject(work, "soon", RHYTHM) == "1 task breaches in 30 minutes"
    assert subject(TWO, "soon", RHYTHM) == "2 tasks breach in 30 minutes"
    assert subject(work, "morning", RHYTHM) == "Today: 1 task overdue, 5 due"
    said = text(Reader("Community Discharge Team"), work, "morning", RHYTHM, "https://bridge.example")
    assert "- 4 tasks more due today" in said
    assert "https://bridge.example/worklist?view=breaching" in said


def test_what_was_opened_without_a_relationship_is_told_once_and_again_when_it_is_overdue() -> None:
    one = TeamWork(opened=frozenset({"o1"}))
    assert nudge(one, HEARD, NOON, RHYTHM) == "soon"
    assert subject(one, "soon", RHYTHM) == "1 record to look at"
    told = after(one, HEARD, "soon", NOON, RHYTHM)
    assert nudge(one, told, NOON + 60 * MINUTE, RHYTHM) is None
    late = replace(one, unlooked=frozenset({"o1 late"}))
    assert nudge(late, told, NOON + 60 * MINUTE, RHYTHM) == "soon"
    said = text(Reader("Caldicott queue"), late, "soon", RHYTHM, "https://b.example")
    assert "1 record opened without a relationship waits to be looked at, 1 of them for too long" in said
    assert "https://b.example/opened-without-relationship" in said
    assert "o1" not in said


def test_work_is_told_apart_by_when_it_is_due() -> None:
    due = [("late", 999), ("now", 1_000), ("soon", 1_499), ("today", 1_500)]
    found = by_due(due, 1_000, 500)
    assert found == TeamWork(overdue=frozenset({"late"}), soon=frozenset({"now", "soon"}), today=1)
    midnight = at("2026-10-19T00:00")
    assert until_when(midnight - MINUTE, 1_800_000) == midnight - MINUTE + 1_800_000
    assert until_when(midnight - 120 * MINUTE, 30 * MINUTE) == midnight

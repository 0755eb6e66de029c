"""Whose a concern is: every origin at every hour of a week, and on a bank holiday, against the table in plain words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ascbridge.calendars import Calendar, moment
from ascbridge.safeguarding import practice_rules
from ascbridge.safeguarding.routing import route

RULES = practice_rules.load()
CALENDAR = Calendar()
MONDAY = date(2026, 10, 19)
CHRISTMAS = date(2026, 12, 25)  # a Friday
HOSPITAL = {"ward", "ambulance", "hospital-team"}


def by_day(origin: str, place: str, *, mental_health: bool) -> str:
    if mental_health:
        return "mental-health"
    return "hospital" if origin in HOSPITAL or place == "hospital" else "intake"


def at_work(team: str, day: date, minute: int, *, holiday: bool) -> bool:
    if team == "hospital":
        return 8 * 60 <= minute < 20 * 60
    if holiday or day.weekday() > 4:
        return False
    return 8 * 60 + 30 <= minute < (16 * 60 + 30 if day.weekday() == 4 else 17 * 60)


@pytest.mark.parametrize("mental_health", [False, True])
@pytest.mark.parametrize("place", sorted(RULES.place.words))
@pytest.mark.parametrize("origin", sorted(RULES.origin.words))
def test_every_origin_at_every_quarter_of_an_hour(origin: str, place: str, *, mental_health: bool) -> None:
    for day in [*(MONDAY + timedelta(days=n) for n in range(7)), CHRISTMAS]:
        for minute in range(0, 24 * 60, 15):
            at_ms = moment(day, minute)
            routed = route(RULES, CALENDAR, origin, place, mental_health=mental_health, at_ms=at_ms)
            owner = by_day(origin, place, mental_health=mental_health)
            now = owner if at_work(owner, day, minute, holiday=day == CHRISTMAS) else "out-of-hours"
            assert (routed.team, routed.day_team) == (now, owner), (day, minute)


def test_it_says_by_which_row_and_that_the_team_was_not_at_work() -> None:
    at_ms = moment(MONDAY, 3 * 60)
    routed = route(RULES, CALENDAR, "ambulance", "community", mental_health=False, at_ms=at_ms)
    assert routed.because.startswith("Hospital Team was not at work. ")


def test_an_origin_that_nobody_listed_is_the_communitys() -> None:
    at_ms = moment(MONDAY, 10 * 60)
    assert route(RULES, CALENDAR, "somebody", "somewhere", mental_health=False, at_ms=at_ms).team == "intake"

"""Whose a concern is: by mental health services' part in it, who says so, where it was, and at what hour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ascbridge.calendars import Calendar
    from ascbridge.safeguarding.practice_rules import PracticeRules, Route


@dataclass(frozen=True, slots=True)
class Routed:
    """Who has a concern now, whose it is by day, and why, in words."""

    team: str
    day_team: str
    because: str


def route(
    rules: PracticeRules, calendar: Calendar, origin: str, place: str, *, mental_health: bool, at_ms: int
) -> Routed:
    """Return whose a concern is that came at `at_ms` (UTC ms): the first row that fits, or out of hours."""
    row = next(one for one in rules.route if _fits(one, origin, place, mental_health=mental_health))
    if calendar.is_open(at_ms, rules.teams[row.team].hours):
        return Routed(row.team, row.team, row.source)
    by_day = rules.teams[row.team].name
    return Routed(rules.out_of_hours.team, row.team, f"{by_day} was not at work. {row.source}")


def _fits(row: Route, origin: str, place: str, *, mental_health: bool) -> bool:
    return (
        (not row.origins or origin in row.origins)
        and (not row.places or place in row.places)
        and (row.mental_health is None or row.mental_health == mental_health)
    )

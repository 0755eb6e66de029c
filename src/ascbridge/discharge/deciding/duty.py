"""Who is on duty, by the clock: the discharge team while it is open, also where both teams are on; the next of the list
of duty while it is closed. Pure: hours, bank holidays and teams are lists of `reference`, times UTC ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ascbridge.calendars import london_day
from ascbridge.discharge.deciding.deadlines import Deadlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.reference.in_force import ReferenceLists

_AHEAD_DAYS = 15
"""How many days are looked at for the next turn: longer than any run of days on which a team is closed."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty at a moment: `team`, its telephone, and whether it is at work at all.

    `by_day` is the team whose own work this is; `since_ms` and `until_ms` are the turns before and after, None where
    none is near; `then` is who has it after.
    """

    team: str
    phone: str
    at_work: bool
    by_day: str
    since_ms: int | None
    until_ms: int | None
    then: str

    @property
    def out_of_hours(self) -> bool:
        """Whether another team than the day's has it."""
        return self.team != self.by_day


def on_duty(lists: ReferenceLists, at_ms: int) -> Duty:
    """Return who is on duty at a moment."""
    teams = lists.teams(at_ms)
    team = _team(lists, at_ms)
    turns = sorted(set(_turns(lists, at_ms)))
    until = next((ms for ms in turns if ms > at_ms and _team(lists, ms) != team), None)
    since = next((ms for ms in reversed(turns) if ms <= at_ms and _team(lists, ms - 1) != team), None)
    return Duty(
        team=team,
        phone=phone_of(lists, team, at_ms),
        at_work=is_open(lists, team, at_ms),
        by_day=teams.duty[0],
        since_ms=since,
        until_ms=until,
        then=team if until is None else _team(lists, until),
    )


def is_open(lists: ReferenceLists, team: str, at_ms: int) -> bool:
    """Whether a team is at work at a moment; one of which no hours are known is not known to be."""
    hours = lists.hours(at_ms).by_team.get(team)
    return hours is not None and lists.days(at_ms).calendar.is_open(at_ms, hours)


def opens_next(lists: ReferenceLists, team: str, at_ms: int) -> int | None:
    """Return when a team that is closed at a moment opens; None where it is open, or has no hours that are known."""
    hours = lists.hours(at_ms).by_team.get(team)
    if hours is None or is_open(lists, team, at_ms):
        return None
    calendar, day = lists.days(at_ms).calendar, london_day(at_ms)
    for ahead in range(_AHEAD_DAYS):
        for opens, _ in calendar.open_times(day + timedelta(days=ahead), hours):
            if opens > at_ms:
                return opens
    return None


def closed_when_due(lists: ReferenceLists, team: str, due_ms: int) -> int | None:
    """Return when a team opens again, where something falls due while it is closed; None where it is at work then.

    What is due at the minute of closing is due while it is open.
    """
    return None if is_open(lists, team, due_ms - 1) else opens_next(lists, team, due_ms)


def phone_of(lists: ReferenceLists, team: str, at_ms: int) -> str:
    """Return a team's telephone; empty where nobody told us."""
    return next((one.phone for one in lists.teams(at_ms).team if one.name == team), "")


def _team(lists: ReferenceLists, at_ms: int) -> str:
    return Deadlines(lists).team_on_duty(at_ms, lists.teams(at_ms).duty)


def _turns(lists: ReferenceLists, at_ms: int) -> Iterator[int]:
    """Give every moment near this one at which a team on duty opens or closes."""
    hours, calendar = lists.hours(at_ms).by_team, lists.days(at_ms).calendar
    today = london_day(at_ms)
    for away in range(-_AHEAD_DAYS, _AHEAD_DAYS):
        for team in lists.teams(at_ms).duty:
            if team in hours:
                for opens, closes in calendar.open_times(today + timedelta(days=away), hours[team]):
                    yield opens
                    yield closes

"""When a task is due: so much of its team's working time after what started the clock (lists of `reference`).

The lists that held when the clock started decide, whatever was loaded since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.deciding.pathway import FORMERLY

if TYPE_CHECKING:
    from ascbridge.discharge.deciding.pathway import Signal, Stage, TaskStatus
    from ascbridge.reference.due_times import Limit
    from ascbridge.reference.in_force import ReferenceLists

GOES_BY = ("due-times", "service-hours", "bank-holidays", "teams", "stages")
"""The lists that a due time and its team rest on."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """From when on (UTC ms) late work is told, and to whom."""

    from_ms: int
    team: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """All due times, by the lists in force."""

    lists: ReferenceLists

    def of_work(
        self, signal: Signal, stage: Stage, status: TaskStatus, since_ms: int, team: str
    ) -> int | None:
        """Return when work is due (UTC ms) from `since_ms`; None where it waits, is closed, has no limit."""
        due = self._limit(signal, stage, status, since_ms)
        return self.after(since_ms, due, team) if due is not None else None

    def escalation(
        self, signal: Signal, stage: Stage, status: TaskStatus, since_ms: int, team: str
    ) -> Escalation | None:
        """Return when work that is still at this stage is told to another team; None where it never is."""
        due = self._limit(signal, stage, status, since_ms)
        rule = self.lists.stages(since_ms).of(stage)
        if due is None or not rule.escalates_to:
            return None
        later = due.model_copy(update={"minutes": due.minutes + rule.escalates_after})
        return Escalation(self.after(since_ms, later, team), rule.escalates_to)

    def of_look(self, since_ms: int, team: str) -> int:
        """Return by when somebody must have looked at a contradiction recorded at `since_ms` (UTC ms)."""
        return self.after(since_ms, self.lists.due_times(since_ms).look, team)

    def team_on_duty(self, at_ms: int, teams: tuple[str, ...]) -> str:
        """Return the first of `teams` that is at work at that moment, else the first of all."""
        hours, calendar = self.lists.hours(at_ms).by_team, self.lists.days(at_ms).calendar
        return next(
            (team for team in teams if team in hours and calendar.is_open(at_ms, hours[team])), teams[0]
        )

    def went_by(self, since_ms: int) -> tuple[str, ...]:
        """Return the lists, with their versions, that a due time from `since_ms` rests on."""
        return tuple(self.lists.at(kind, since_ms).data.ident for kind in GOES_BY)

    def _limit(self, signal: Signal, stage: Stage, status: TaskStatus, since_ms: int) -> Limit | None:
        """Return the limit; a list that was written when the stage had another name counts."""
        if status not in {"requested", "accepted", "in-progress"}:
            return None
        limits = self.lists.due_times(since_ms).of_work
        return limits.get((signal, stage)) or limits.get((signal, FORMERLY.get(stage, "")))

    def after(self, since_ms: int, due: Limit, team: str) -> int:
        """Return when so much of a team's time has passed (UTC ms); without known hours, by the clock."""
        hours = self.lists.hours(since_ms).by_team.get(team)
        if due.counts == "clock" or hours is None:  # of whom no hours are known, nobody is made to wait for
            return since_ms + due.minutes * 60_000
        return self.lists.days(since_ms).calendar.add_working_time(since_ms, due.minutes, hours)

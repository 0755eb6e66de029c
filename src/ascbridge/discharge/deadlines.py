"""When a task is due: so much of its team's working time after what started the clock (reference data)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.pathway import Signal, Stage, TaskStatus

if TYPE_CHECKING:
    from ascbridge.calendars import Calendar, ServiceHours


@dataclass(frozen=True, slots=True)
class Due:
    """How long the work of one stage may take under one signal. `agreed`: whether anybody agreed to it."""

    minutes: int
    clock: bool
    agreed: bool


@dataclass(frozen=True, slots=True)
class Deadlines:
    """All due times. `hours` are each team's; `look` is how long a contradiction may wait."""

    due: Mapping[tuple[Signal, Stage], Due]
    look: Due
    hours: Mapping[str, ServiceHours]
    calendar: Calendar

    def of_work(
        self, signal: Signal, stage: Stage, status: TaskStatus, since_ms: int, team: str
    ) -> int | None:
        """Return when work is due (UTC ms) from `since_ms`; None where it waits, is closed, has no limit."""
        due = self.due.get((signal, stage))
        if due is None or status not in {"requested", "accepted", "in-progress"}:
            return None
        return self._after(since_ms, due, team)

    def of_look(self, since_ms: int, team: str) -> int:
        """Return by when somebody must have looked at a contradiction recorded at `since_ms` (UTC ms)."""
        return self._after(since_ms, self.look, team)

    def team_on_duty(self, at_ms: int, teams: tuple[str, ...]) -> str:
        """Return the first of `teams` that is at work at that moment, else the first of all."""
        return next((team for team in teams if self.calendar.is_open(at_ms, self.hours[team])), teams[0])

    def _after(self, since_ms: int, due: Due, team: str) -> int:
        if due.clock:
            return since_ms + due.minutes * 60_000
        return self.calendar.add_working_time(since_ms, due.minutes, self.hours[team])

"""Shows how far a story is: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ascbridge.intake.hl7v2.hl7_time import LONDON
from ascbridge.simulator.wards import HOUR_MS

if TYPE_CHECKING:
    from ascbridge.simulator.discharge_team import Work
    from ascbridge.simulator.hospital_sender import Answers
    from ascbridge.simulator.schedule import Schedule


class DemoDisplay:
    """Tells shown time and counts as a story goes on. On a terminal one line moves; elsewhere each hour is
    a line.
    """

    def __init__(
        self, schedule: Schedule, answers: Answers, work: Work, *, terminal: bool | None = None
    ) -> None:
        self._schedule, self._answers, self._work = schedule, answers, work
        self._moving = sys.stdout.isatty() if terminal is None else terminal
        self._hour = schedule.start_ms // HOUR_MS
        self._progress = Progress(
            TextColumn("[bold]{task.fields[clock]}"), BarColumn(bar_width=14), TextColumn("{task.description}"),
            console=Console(), transient=False, disable=not self._moving,
        )  # fmt: skip
        self._row = self._progress.add_task("", total=schedule.end_ms - schedule.start_ms, clock="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._progress.stop()

    def at(self, shown_ms: int) -> None:
        """Shown time has reached `shown_ms` (UTC milliseconds)."""
        if self._moving:
            self._progress.update(
                self._row,
                completed=shown_ms - self._schedule.start_ms,
                clock=clock_text(shown_ms),
                description=self.counts(),
            )
        elif shown_ms // HOUR_MS > self._hour:
            self._hour = shown_ms // HOUR_MS
            print(f"{clock_text(shown_ms)}  {self.counts()}", flush=True)

    def counts(self) -> str:
        """What was sent and answered, and how the list stands, in one line."""
        answers, work = self._answers, self._work
        counts = f"{answers.kept} kept, {answers.refused} refused"
        return counts if work.open is None else f"{counts}; list: {work.open} open, {work.completed} done"


def clock_text(shown_ms: int) -> str:
    """Shown time on the hospital's clock, such as ``Tue 3 Mar 14:20``."""
    shown = datetime.fromtimestamp(shown_ms / 1000, LONDON)
    return f"{shown:%a} {shown.day} {shown:%b %H:%M}"

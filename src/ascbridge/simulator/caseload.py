"""The council's caseload: which cases there are on a day or through a year, at the rates of `case_plots`.

A day shows the city as it is on any day: each case that begins is matched by one at every later step of its plot, so
that all that a plot tells comes on every day. A year tells every case that is open in it, from its beginning.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from ascbridge.simulator.case_plots import PLOTS
from ascbridge.simulator.case_timeline import CaseTimeline
from ascbridge.simulator.wards import DAY_MS, at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ascbridge.simulator.case_plots import Plot
    from ascbridge.simulator.case_timeline import Statement
    from ascbridge.simulator.city import Citizen, City

LONGEST_CASE_DAYS = 450
"""From what a plot tells first to what it tells last, at most."""


class Caseload:
    """Makes cases about people of a city; the same seed and number make the same."""

    def __init__(self, seed: int, city: City, *, number: int = 0) -> None:
        self._name = f"caseload {seed} {number}"
        self._random = Random(self._name)
        self._city = city
        self._cases = 0

    def on(self, day: date, scale: float = 1.0) -> list[list[Statement]]:
        """Every case in which something is said on a day, each from its beginning to the end of that day."""
        until = at(day + timedelta(days=1), 0)
        cases = []
        for plot in PLOTS:
            for _ in range(max(1, round(plot.a_day * scale))):
                cases += [_before(case, until) for case in self._at_every_step(plot, day)]
        return cases

    def through(self, first: date, days: int, scale: float = 1.0) -> list[Statement]:
        """All that was said in cases that are open in so many days, in order of time."""
        since, until = at(first, 0), at(first + timedelta(days=days), 0)
        said: list[Statement] = []
        for number in range(-LONGEST_CASE_DAYS, days):
            for plot in PLOTS:
                for _ in range(self._beginning(plot.a_day * scale)):
                    case = self._case(plot, self._city.citizen(youngest=60), first + timedelta(days=number))
                    if case[-1].at_ms >= since:
                        said += _before(case, until)
        return sorted(said, key=lambda one: one.at_ms)

    def _at_every_step(self, plot: Plot, day: date) -> Iterator[list[Statement]]:
        """One case for each of the days on which a plot tells something, so that this is today."""
        for step in count():
            citizen = self._city.citizen(youngest=60)
            days = sorted({(one.at_ms - at(day, 0)) // DAY_MS for one in self._case(plot, citizen, day)})
            if step >= len(days):
                return
            self._cases -= 1
            yield self._case(plot, citizen, day - timedelta(days=days[step]))

    def _case(self, plot: Plot, citizen: Citizen, first: date) -> list[Statement]:
        """Tell one case; told again at once with another first day it goes the same way."""
        self._cases += 1
        one = CaseTimeline(citizen, first, Random(f"{self._name} {self._cases}"))
        plot.tell(one)
        return one.said

    def _beginning(self, a_day: float) -> int:
        """How many begin on one of many days, so that the mean is right."""
        return int(a_day) + (self._random.random() < a_day % 1)


def _before(case: list[Statement], until_ms: int) -> list[Statement]:
    return [one for one in case if one.at_ms < until_ms]

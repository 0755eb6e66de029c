"""What two case systems say of a city over a cut-over weekend and the days after it.

All that was said until Friday is in both. Nobody works on the weekend; the new system then tells again what it holds,
once as it is and once when it was put right. From Monday on both are told the same, each in its own words.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ascbridge.calendars import LONDON
from ascbridge.simulator.case_faults import STATE_DIFFERENCES, with_differences
from ascbridge.simulator.case_timeline import LETTERS
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.new_case_system import NewCaseSystem
from ascbridge.simulator.old_case_system import OldCaseSystem, in_code_page
from ascbridge.simulator.wards import at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.simulator.case_timeline import Statement
    from ascbridge.simulator.new_case_system import Post
    from ascbridge.simulator.old_case_system import CsvFile

FRIDAY = date(2026, 6, 19)
"""In summer time: in winter a date by the wrong clock is the right one."""
SATURDAY = FRIDAY + timedelta(days=1)
DAYS = tuple(FRIDAY + timedelta(days=days) for days in (0, 3, 5, 7))
"""Every other day from Friday on: what the old system puts right a night later is in before the next of them."""
QUIET = frozenset(FRIDAY + timedelta(days=days) for days in range(8)) - set(DAYS)
NOON, MORNING = 12.0, 9.0


class CutOverTale:
    """Who said what, on the days with these numbers: 0 is Friday and all that was before."""

    def __init__(self, seed: int, scale: float = 0.05) -> None:
        self._load, self._seed, self._old = Caseload(seed, City(seed, FRIDAY)), seed, OldCaseSystem(seed)
        self.said = [one for day in DAYS for one in self._told_of(day, scale)]
        while not _suspended(self.on(0)):  # else a code that means another would not show
            self.said += self._told_of(FRIDAY, scale)
        self.said.sort(key=lambda one: one.at_ms)
        self._files = self._old.files(self.said)
        self._wrong, self.differences = with_differences(self.on(0), STATE_DIFFERENCES)

    def _told_of(self, day: date, scale: float) -> list[Statement]:
        cases = self._load.on(day, scale)
        return [one for case in cases if self._put_in_order(case) for one in case]

    def _put_in_order(self, case: Sequence[Statement]) -> bool:
        """Whether the old system holds a person well, as it does once the data-quality list is worked through, and
        nothing is said of them on the weekend.
        """
        citizen = case[0].citizen
        return (
            self._old.numbered(citizen.council_id)
            and in_code_page(citizen.kin_name) == citizen.kin_name
            and QUIET.isdisjoint(_day(one) for one in case)
        )

    def on(self, number: int) -> list[Statement]:
        """What was said on a day; on day 0, and ever before it."""
        return [one for one in self.said if max(_day(one), FRIDAY) == DAYS[number]]

    def until(self, number: int) -> list[Statement]:
        """All that was said to the end of a day."""
        return [one for one in self.said if _day(one) <= DAYS[number]]

    def files(self, number: int) -> list[CsvFile]:
        """The old system's extracts that were made since those of the day before, to the next such day."""
        noons = [0, *(at(day, NOON) for day in DAYS[1:]), at(DAYS[-1] + timedelta(days=7), NOON)]
        return [file for file in self._files if noons[number] <= file.at_ms < noons[number + 1]]

    def posts(self, number: int) -> list[Post]:
        """What the new system posts of a day; of day 0 with all that is wrong in it."""
        return NewCaseSystem(self._seed).posts(self.on(number) if number else self._wrong)

    def told_again(self, *, right: bool) -> list[Post]:
        """The last of each thing that the new system holds, on Saturday: in the morning as it is, at noon put right."""
        last = {
            (one.citizen.council_id, one.fact, _id(one)): one
            for one in (self.on(0) if right else self._wrong)
        }
        since = at(SATURDAY, NOON if right else MORNING)
        return NewCaseSystem(self._seed).posts(
            replace(one, at_ms=since + 1000 * number) for number, one in enumerate(last.values())
        )


def _day(one: Statement) -> date:
    return datetime.fromtimestamp(one.at_ms / 1000, LONDON).date()


def _suspended(said: Sequence[Statement]) -> bool:
    """Whether somebody's package is suspended by the last that was said of it."""
    last = {one.citizen.council_id: one.value for one in said if one.fact == "package"}
    return any(not isinstance(value, bool) and value["status"] == "suspended" for value in last.values())


def _id(one: Statement) -> str:
    return str(one.value["id"]) if one.fact in LETTERS and not isinstance(one.value, bool) else ""

"""Bank holidays that England's own list lacks: a proclaimed one, or a day on which a council closes. Pure."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ascbridge.calendars import Calendar
from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator


class Day(Agreeable):
    """One day that is kept as a bank holiday."""

    date: date
    name: str = Field(min_length=1)


class BankHolidays(ListFile):
    """Days that are kept beside England's bank holidays."""

    kind: Literal["bank-holidays"]
    day: tuple[Day, ...] = ()

    @cached_property
    def calendar(self) -> Calendar:
        """England's bank holidays and these days."""
        return Calendar([one.date for one in self.day])

    def things(self) -> tuple[Thing, ...]:
        """Return each day with its name."""
        return tuple(self.thing(f"{one.date}", one, name=one.name) for one in self.day)

    def faults(self) -> Iterator[str]:
        """Give days that stand there twice."""
        yield from twice([str(one.date) for one in self.day], "day")

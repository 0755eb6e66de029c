"""Service hours and bank holidays in Europe/London, with its clock changes: when is time up for a team.

Times are UTC epoch milliseconds, days are London days. Bank holidays are England's (package `holidays`,
which knows the moved and the one-off ones up to its release) and the extra days that configuration adds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY_MINUTES = 24 * 60
_FURTHEST_DAYS = 800


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a London day: minutes after local midnight, the second not included."""

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read ``08:00-20:00``; midnight at the end of the day is 24:00. Raises `ValueError`."""
        found = _SPAN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not HH:MM-HH:MM, for example 08:00-20:00")
        opens, closes = (int(h) * 60 + int(m) for h, m in (found.group(1, 2), found.group(3, 4)))
        if closes <= opens or closes > _DAY_MINUTES:
            raise ValueError(f"{text!r} does not end after it begins; hours over midnight are two spans")
        return cls(opens, closes)


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When a team works: spans for Monday to Sunday, and for bank holidays where these differ (else None)."""

    week: tuple[tuple[Span, ...], ...]
    bank_holiday: tuple[Span, ...] | None = None

    @property
    def ever_open(self) -> bool:
        """Whether there is any hour at all; without one, no time could ever be up."""
        return any(self.week)


def moment(day: date, minute: int = 0) -> int:
    """Return UTC milliseconds of a minute of a London day; the first one, in October's doubled hour."""
    local = datetime.combine(day, time(), LONDON) + timedelta(minutes=minute)
    return int(local.timestamp() * 1000)


def london_ms(text: str) -> int | None:
    """Return UTC milliseconds of a London time as a form sends it (``2026-03-06T12:00``); None where it is none.

    In October's doubled hour it is the first one.
    """
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)
    except ValueError:
        return None


def london_day(at_ms: int) -> date:
    """Return the London day on which a UTC millisecond falls."""
    return datetime.fromtimestamp(at_ms / 1000, LONDON).date()


def day_bounds(at_ms: int) -> tuple[int, int]:
    """Return the first millisecond of the London day of `at_ms`, and of the next, 23 to 25 hours later."""
    day = london_day(at_ms)
    return moment(day), moment(day + timedelta(days=1))


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """Return the bank holidays of England in a year."""
    import holidays  # noqa: PLC0415  # a tenth of a second at every start, for what round-the-clock teams never ask

    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


class Calendar:
    """Which days are bank holidays: England's, and `extra` ones."""

    def __init__(self, extra: Sequence[date] = ()) -> None:
        self._extra = frozenset(extra)

    def is_bank_holiday(self, day: date) -> bool:
        """Whether England, or our own configuration, keeps that day."""
        return day in self._extra or day in bank_holidays(day.year)

    def open_times(self, day: date, hours: ServiceHours) -> list[tuple[int, int]]:
        """Return when a team is at work on a London day, as pairs of UTC milliseconds in order."""
        spans = hours.week[day.weekday()]
        if hours.bank_holiday is not None and self.is_bank_holiday(day):
            spans = hours.bank_holiday
        return [(moment(day, span.opens), moment(day, span.closes)) for span in spans]

    def is_open(self, at_ms: int, hours: ServiceHours) -> bool:
        """Whether the team is at work at that moment."""
        return any(opens <= at_ms < closes for opens, closes in self.open_times(london_day(at_ms), hours))

    def add_working_time(self, start_ms: int, minutes: int, hours: ServiceHours) -> int:
        """Return when `minutes` of the team's working time have passed since `start_ms`.

        The clock changes count as they are felt: a night with a doubled hour is an hour longer. Raises
        `ValueError` where the team is never at work.
        """
        left = minutes * 60_000
        day = london_day(start_ms)
        for _ in range(_FURTHEST_DAYS):
            for opens, closes in self.open_times(day, hours):
                begins = max(opens, start_ms)
                if begins < closes and left <= closes - begins:
                    return begins + left
                left -= max(0, closes - begins)
            day += timedelta(days=1)
        raise ValueError("these service hours never give that much working time")


def iso_day(at_ms: int) -> str:
    """Return the London day of a UTC millisecond as ISO text."""
    return london_day(at_ms).isoformat()


def end_of_iso(text: str) -> int | None:
    """Return the millisecond after the day, month or year, or at the minute, that ISO text names; else None.

    A text with a time but no zone is London time.
    """
    try:
        if len(text) > len("2026-03-14"):
            at = datetime.fromisoformat(text)
            return int((at if at.tzinfo else at.replace(tzinfo=LONDON)).astimezone(UTC).timestamp() * 1000)
        if len(text) == len("2026-03-14"):
            return moment(date.fromisoformat(text) + timedelta(days=1))
        year, month = int(text[:4]), int(text[5:7] or 12)
        return moment(date(year + month // 12, month % 12 + 1, 1))
    except ValueError:
        return None

"""Dates as FHIR has them, of any precision: from which millisecond to before which they last.

Zones: UTC where none is given. This module thinks; it does no input or output.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ascbridge.uk_core import Json

FOR_EVER = 1 << 53
"""The end of what has none."""
_DATE = re.compile(
    r"(?P<prefix>eq|gt|ge|lt|le)?(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,3}))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)


class NoDate(ValueError):
    """A text that is no date; the message says why and quotes no value."""


class Span(NamedTuple):
    """How a date is compared (``eq``, ``gt``...), its first millisecond, and the one after its last."""

    prefix: str
    low: int
    high: int


@lru_cache(maxsize=4096)  # a person's resources share their dates, and are written again and again
def span(value: str) -> Span:
    """Return the span of a date, which may have a prefix. Raises `NoDate`."""
    # A plus sign that nobody escaped arrives as a blank.
    found = _DATE.fullmatch(value.replace(" ", "+"))
    if found is None:
        raise NoDate("must be a date or date-time, after one of eq gt ge lt le")
    try:
        low, high = _ends(found.groupdict())
    except (ValueError, OverflowError):
        raise NoDate("is not a date that there is") from None
    return Span(found["prefix"] or "eq", low, high)


def when_of(value: str | Json) -> tuple[int, int] | None:
    """Return from when to before when an element, a dateTime or a Period, is; None where it has no date."""
    start, end = (value, value) if isinstance(value, str) else (value.get("start", ""), value.get("end", ""))
    try:
        return (span(start).low if start else -FOR_EVER, span(end).high if end else FOR_EVER)
    except NoDate:
        return None


def _ends(parts: dict[str, Any]) -> tuple[int, int]:
    zone = parts["zone"] or "Z"
    given = [int(parts[name]) for name in ("year", "month", "day", "hour", "minute", "second") if parts[name]]
    year, month, day, hour, minute, second = [*given, *(0, 1, 1, 0, 0, 0)[len(given) :]]
    start = datetime.fromisoformat(
        f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone.replace('Z', '+00:00')}"
    )
    start += timedelta(milliseconds=int((parts["fraction"] or "0").ljust(3, "0")))
    if parts["fraction"]:
        end = start + timedelta(milliseconds=1)
    elif len(given) == 1:
        end = start.replace(year=year + 1)
    elif len(given) == 2:
        end = (start + timedelta(days=31)).replace(day=1)
    else:
        end = start + {3: timedelta(days=1), 5: timedelta(minutes=1), 6: timedelta(seconds=1)}[len(given)]
    return _ms(start), _ms(end)


def _ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

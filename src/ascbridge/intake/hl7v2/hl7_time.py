"""HL7 v2 time stamps (v2.4 chapter 2, data type TS): what was said, how precisely, and which instant it is.

``YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]``. English feeds send no offset: their clock is
Europe/London, so the hour from 01:00 comes twice on one October night and not at all on one March night. Both
are answered (the first of the two; the clock not yet put forward) and marked. Instants are UTC milliseconds
since 1970.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ascbridge.intake.hl7v2.once import once

LONDON: Final = ZoneInfo("Europe/London")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_NO_TIME: Final = timedelta()
_WIDEST_OFFSET: Final = timedelta(hours=14)
_TS: Final = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?)?)?)?)?([+-]\d{4})?", re.ASCII
)


class ImpossibleTime(ValueError):
    """Text that is no time stamp: `raw` as sent, `why` in words that do not repeat it."""

    def __init__(self, raw: str, why: str) -> None:
        super().__init__(raw, why)
        self.raw = raw
        self.why = why

    def __str__(self) -> str:
        return self.why


class Precision(StrEnum):
    """The smallest part that was sent; a fraction of a second counts as a second."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"


_PRECISIONS: Final = tuple(Precision)


@dataclass(frozen=True)
class Timestamp:
    """A time stamp as sent and as understood.

    `date_text` is the ISO date as the sender wrote it, as far as it goes ("1940", "1940-03", "1940-03-09").
    `moment` is None for a year, month or day: those are not instants. `ambiguous`: the time came twice that
    night, and `moment` is the first. `nonexistent`: it never came, and `moment` reads it on the clock before
    the change.
    """

    raw: str
    precision: Precision
    date_text: str
    moment: datetime | None
    ambiguous: bool = False
    nonexistent: bool = False

    @once
    def utc_ms(self) -> int | None:
        """The instant, in UTC milliseconds since 1970; None where `moment` is."""
        return None if self.moment is None else (self.moment - _EPOCH) // _MILLISECOND

    @property
    def fhir_text(self) -> str:
        """As a FHIR R4 date or dateTime, which has minutes, seconds and an offset wherever it has an hour."""
        if self.moment is None:
            return self.date_text
        behind = self.moment.utcoffset() or _NO_TIME
        # London was 75 seconds behind until 1847, and FHIR has no seconds in an offset
        moment = (self.moment - behind).replace(tzinfo=UTC) if behind.seconds % 60 else self.moment
        return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


@lru_cache(maxsize=4096)  # a message says the same moment in many places
def parse_ts(text: str, zone: tzinfo = LONDON) -> Timestamp:
    """Read the first component of a TS field; `zone` is the sender's clock where no offset is given.

    Raises `ImpossibleTime` for an empty text, another format, or a date or time that does not exist.
    """
    match = _TS.fullmatch(text)
    if match is None:
        raise ImpossibleTime(text, "not an HL7 time stamp")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    microsecond = int((fraction or "0").ljust(6, "0"))
    try:
        date = int(year), int(month or 1), int(day or 1)
        clock = int(hour or 0), int(minute or 0), int(second or 0), microsecond
        moment = datetime(*date, *clock, tzinfo=_offset_zone(offset, zone))
    except ValueError as error:
        raise ImpossibleTime(text, str(error)) from None
    precision = _PRECISIONS[sum(part is not None for part in (month, day, hour, minute, second))]
    date_text = "-".join(part for part in (year, month, day) if part)
    if not hour:
        return Timestamp(text, precision, date_text, None)
    step = _clock_step(moment)
    return Timestamp(
        text, precision, date_text, moment, ambiguous=step > _NO_TIME, nonexistent=step < _NO_TIME
    )


def _clock_step(moment: datetime) -> timedelta:
    """How far the clock is put back (more than nothing) or forward (less) at this time of that night."""
    return (moment.utcoffset() or _NO_TIME) - (moment.replace(fold=1).utcoffset() or _NO_TIME)


def _offset_zone(offset: str | None, default: tzinfo) -> tzinfo:
    """The zone for "+0100"; ValueError for an offset that no clock has."""
    if offset is None:
        return default
    hours, minutes = int(offset[1:3]), int(offset[3:])
    distance = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or distance > _WIDEST_OFFSET:
        raise ValueError("no such offset from UTC")
    return timezone(-distance if offset[0] == "-" else distance)


def format_ts(utc_ms: int, zone: tzinfo = LONDON) -> str:
    """An instant as ``YYYYMMDDHHMMSS`` on the clock of `zone`, without an offset: the English way."""
    return _second(utc_ms // 1000, zone)


@lru_cache(maxsize=64)  # a second has many answers
def _second(utc_s: int, zone: tzinfo) -> str:
    return (_EPOCH + timedelta(seconds=utc_s)).astimezone(zone).strftime("%Y%m%d%H%M%S")

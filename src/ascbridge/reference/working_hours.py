"""Service hours: when each team is at work, in Europe/London, and whether a bank holiday changes that. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from ascbridge.calendars import WEEKDAYS, ServiceHours, Span
from ascbridge.reference.agreement import Agreeable, ListFile, Thing, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

Spans = tuple[str, ...]


class Hours(Agreeable):
    """One team's hours: the same each day (`daily`), or day by day; `bank_holiday` where these differ then."""

    team: str = Field(min_length=1)
    daily: Spans | None = None
    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()
    bank_holiday: Spans | None = None

    @field_validator("daily", *WEEKDAYS, "bank_holiday")
    @classmethod
    def _readable(cls, spans: Spans | None) -> Spans | None:
        for one in spans or ():
            Span.parse(one)
        return spans

    @property
    def week(self) -> tuple[Spans, ...]:
        """Monday to Sunday, as written."""
        days: tuple[Spans, ...] = tuple(getattr(self, day) for day in WEEKDAYS)
        return days if self.daily is None else (self.daily,) * 7

    @property
    def hours(self) -> ServiceHours:
        """The hours, to be reckoned with."""
        closed = None if self.bank_holiday is None else tuple(map(Span.parse, self.bank_holiday))
        return ServiceHours(tuple(tuple(map(Span.parse, spans)) for spans in self.week), closed)


class ServiceHoursList(ListFile):
    """The hours of each team that has any."""

    kind: Literal["service-hours"]
    hours: tuple[Hours, ...] = Field(min_length=1)

    @cached_property
    def by_team(self) -> dict[str, ServiceHours]:
        """Each team's hours, to be reckoned with."""
        return {one.team: one.hours for one in self.hours}

    def things(self) -> tuple[Thing, ...]:
        """Return each team's hours in words."""
        return tuple(self.thing(one.team, one, **_in_words(one)) for one in self.hours)

    def faults(self) -> Iterator[str]:
        """Give teams that stand there twice, or that are never at work."""
        yield from twice([one.team for one in self.hours], "team")
        for one in self.hours:
            if not one.hours.ever_open:
                yield f"{one.team} is never at work, so nothing would ever be due"
            if one.daily is not None and any(getattr(one, day) for day in WEEKDAYS):
                yield f"{one.team} has daily hours and hours of single days: give one of the two"


def _in_words(one: Hours) -> dict[str, str]:
    said = (
        {"daily": _spans(one.daily)}
        if one.daily is not None
        else {day: _spans(spans) for day, spans in zip(WEEKDAYS, one.week, strict=True)}
    )
    return said if one.bank_holiday is None else {**said, "bank_holiday": _spans(one.bank_holiday)}


def _spans(spans: Spans) -> str:
    return ", ".join(one.replace("-", " to ") for one in spans) or "closed"

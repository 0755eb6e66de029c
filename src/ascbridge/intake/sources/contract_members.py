"""What a member of a council fact may hold: texts, days and moments, as the contract's schema says them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from ascbridge.events.facts.fact import Fact
from ascbridge.intake.sources.reading import FIRST_YEAR, LAST_YEAR

_FIRST_DAY = "0000-01-01"
"""What is put behind a year, or a month, to make it a day."""
_NO_NUL = r"^[^\x00]*$"
"""The one character that no text of PostgreSQL may hold is refused, without a call of Python for each text."""


def _real_day(text: str) -> str:
    """Refuse a date that no calendar has."""
    if text:
        date.fromisoformat(text + _FIRST_DAY[len(text) :])  # the form was held to before
    return text


def _of_our_times(moment: datetime) -> datetime:
    """Refuse a year that cannot be meant; the calendars of what reads it end there."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("no such year")
    return moment


Upto10 = Annotated[str, StringConstraints(max_length=10, pattern=_NO_NUL)]
Upto200 = Annotated[str, StringConstraints(max_length=200, pattern=_NO_NUL)]
Upto2000 = Annotated[str, StringConstraints(max_length=2000, pattern=_NO_NUL)]
Text = Annotated[Upto200, StringConstraints(min_length=1)]
Day = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"), AfterValidator(_real_day)
]
DayOrNothing = Day | Literal[""]
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_times)]


class Member(BaseModel):
    """A part of a line. A member that we do not know yet is left alone, so that the sender may add one."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Statement(Member):
    """What the member of one fact holds. `states` is the event that it becomes."""

    states: ClassVar[type[Fact]]
    names: ClassVar[tuple[tuple[str, str], ...]] = ()

    def fields(self) -> dict[str, Any]:
        """The values by the names of the event's fields, sealed or not."""
        names = dict(self.names)
        return {names.get(name, name): value for name, value in self.model_dump().items()}

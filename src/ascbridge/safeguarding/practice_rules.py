"""What safeguarding goes by: teams and their hours, routes, days and months, and the lists. Read and checked.

Values are in a TOML file beside this module, or in the one that settings name; each that nobody confirmed says so.
"""

from __future__ import annotations

import tomllib
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ascbridge.calendars import ServiceHours, Span
from ascbridge.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "safeguarding.toml"


class PracticeFault(ConfigError):
    """Values that cannot be used: one line for each fault, with the file."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Said(_Shape):
    agreed: bool
    source: str


class DecisionDays(_Said):
    """How many days a decision may take, counted by the calendar or on working days alone."""

    days: int = Field(ge=1, le=60)
    counts: Literal["calendar", "working"]


class Months(_Said):
    """So many months."""

    months: int = Field(ge=1, le=60)


class Repeat(_Said):
    """More than so many concerns within so many months."""

    more_than: int = Field(ge=1, le=100)
    months: int = Field(ge=1, le=60)


class Years(_Said):
    """So many years."""

    years: int = Field(ge=1, le=100)


class Survey(_Said):
    """Where people fill in the survey after an enquiry: one address for all, so that it cannot tell who came by it."""

    link: str = Field("", pattern=r"^(https://[^\s?#{}@]+)?$")


class OwnerTeam(_Said):
    """A team that has concerns, with its hours: the same each day, or for Monday to Friday."""

    code: str = Field(pattern=r"^[a-z][a-z-]*$")
    name: str = Field(min_length=1)
    daily: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = Field((), max_length=5)
    bank_holiday: tuple[str, ...] | None = None

    @field_validator("daily", "weekdays", "bank_holiday")
    @classmethod
    def _readable(cls, spans: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for one in spans or ():
            Span.parse(one)
        return spans

    @cached_property
    def hours(self) -> ServiceHours:
        """The hours, to be reckoned with."""
        each_day = tuple(map(Span.parse, self.daily))
        week = tuple((Span.parse(one),) for one in self.weekdays) + ((),) * (7 - len(self.weekdays))
        holiday = None if self.bank_holiday is None else tuple(map(Span.parse, self.bank_holiday))
        return ServiceHours((each_day,) * 7 if each_day else week, holiday)


class Route(_Shape):
    """One row of the table: what it fits, and whose that is. What it does not name it does not ask."""

    team: str
    origins: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    mental_health: bool | None = None
    source: str


class _OutOfHours(_Shape):
    team: str


class WordList(_Shape):
    """A list to choose from, in words; `partial`: our material names only these."""

    partial: bool
    words: dict[str, str] = {}


SOURCES = WordList(
    partial=True,
    words={
        "service-provider": "A service provider",
        "known-to-individual": "Somebody the adult knows",
        "unknown-to-individual": "Somebody the adult does not know",
    },
)
"""Sources of risk, for a file from before they were a list."""


class PracticeRules(_Shape):
    """All values, checked."""

    decision: DecisionDays
    conclusion: Months
    audit: Months
    repeat: Repeat
    kept: Years
    survey: Survey = Survey(agreed=False, source="")
    team: tuple[OwnerTeam, ...] = Field(min_length=1)
    route: tuple[Route, ...] = Field(min_length=1)
    out_of_hours: _OutOfHours
    origin: WordList
    place: WordList
    severity: WordList
    source_of_risk: WordList = SOURCES
    gender: WordList = WordList(partial=True)
    ethnicity: WordList = WordList(partial=True)
    support_reason: WordList = WordList(partial=True)
    own_area: tuple[str, ...] = ()

    def occurred_here(self, council: str) -> bool:
        """Whether a concern occurred in our own council's area: nobody named another's."""
        return not council.strip() or council.strip().casefold() in map(str.casefold, self.own_area)

    @cached_property
    def teams(self) -> dict[str, OwnerTeam]:
        """Each team by its code."""
        return {one.code: one for one in self.team}

    @property
    def not_agreed(self) -> tuple[str, ...]:
        """What nobody confirmed, in words."""
        said = {
            "how long a decision may take": self.decision,
            "how long an enquiry may take": self.conclusion,
            "when an open enquiry is audited": self.audit,
            "how many concerns are too many": self.repeat,
            "how long concerns are kept": self.kept,
            "where the survey after an enquiry is": self.survey,
        }
        found = [words for words, one in said.items() if not one.agreed]
        return (*found, *(f"the hours of {one.name}" for one in self.team if not one.agreed))


def load(path: Path | None = None) -> PracticeRules:
    """Read and check the values; `path` stands in for the shipped file. Raises `PracticeFault`."""
    source = path if path is not None else files("ascbridge.safeguarding") / "settings" / FILE
    name = path.name if path is not None else FILE
    try:
        read = PracticeRules.model_validate(tomllib.loads(source.read_text("utf-8")))
    except OSError:
        raise PracticeFault(f"{path}: there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise PracticeFault(f"{name}: not TOML: {fault}") from None
    except ValidationError as fault:
        told = [f"{name}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
        raise PracticeFault("\n".join(told)) from None
    faults = [f"{name}: {fault}" for fault in _faults(read)]
    if faults:
        raise PracticeFault("\n".join(faults))
    return read


def _faults(read: PracticeRules) -> Iterator[str]:
    codes = [one.code for one in read.team]
    yield from (
        f"team {code} stands there twice" for code in sorted({c for c in codes if codes.count(c) > 1})
    )
    yield from (f"team {one.code} is never at work" for one in read.team if not one.hours.ever_open)
    wanted = [*(one.team for one in read.route), read.out_of_hours.team]
    yield from (f"there is no team {code}" for code in dict.fromkeys(wanted) if code not in codes)
    for row in read.route:
        yield from (f"there is no origin {one}" for one in row.origins if one not in read.origin.words)
        yield from (f"there is no place {one}" for one in row.places if one not in read.place.words)
    last = read.route[-1]
    if last.origins or last.places or last.mental_health is not None:
        yield "the last route has a condition, so some concern would be nobody's"

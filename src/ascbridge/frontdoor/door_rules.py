"""What the front door goes by: whose work is whose, how long it may take, what may be chosen. Read and checked.

Values are in a TOML file beside this module, or in the one that settings name; each that nobody confirmed says so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ascbridge.calendars import WEEKDAYS, ServiceHours, Span
from ascbridge.config import ConfigError
from ascbridge.frontdoor.door_status import OPENING, Kind, Signal

if TYPE_CHECKING:
    from ascbridge.calendars import Calendar

FILE = "front-door.toml"


class DoorRulesFault(ConfigError):
    """Values that cannot be used: one line for each fault, with the file."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Shape):
    """How long the work of a stage may take, in minutes of its team's hours."""

    stage: Literal["new", "claimed"]
    minutes: int = Field(ge=1, le=60 * 24 * 60)
    agreed: bool


class _Triage(_Shape):
    team: str
    team_where_supported: str
    due: tuple[Limit, ...]


class _Review(_Shape):
    team: str
    every_years: int = Field(ge=1, le=10)
    every_years_agreed: bool
    opens_weeks_before: int = Field(ge=0, le=52)
    opens_weeks_agreed: bool


class _Waits(_Shape):
    spoken_to_within_days: int = Field(ge=1, le=366)
    agreed: bool


class Team(_Shape):
    """A team with its hours; a day without any is empty."""

    name: str = Field(min_length=1)
    monday: str = ""
    tuesday: str = ""
    wednesday: str = ""
    thursday: str = ""
    friday: str = ""
    saturday: str = ""
    sunday: str = ""
    agreed: bool
    source: str

    def hours(self) -> ServiceHours:
        """Return when the team works; on a bank holiday never. Raises `ValueError`."""
        spans = [getattr(self, day).split() for day in WEEKDAYS]
        return ServiceHours(tuple(tuple(map(Span.parse, day)) for day in spans), ())


class Outcome(_Shape):
    """What may come of work of one kind, in words."""

    kind: Kind
    code: str
    words: str


class _File(_Shape):
    triage: _Triage
    review: _Review
    waits: _Waits
    team: tuple[Team, ...] = Field(min_length=1)
    outcome: tuple[Outcome, ...]
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class DoorRules:
    """All values of the front door, checked."""

    triage_team: str
    triage_team_where_supported: str
    review_team: str
    due: Mapping[str, Limit]
    review_years: int
    review_years_agreed: bool
    review_weeks_before: int
    spoken_to_within_days: int
    spoken_to_agreed: bool
    teams: Mapping[str, Team]
    hours: Mapping[str, ServiceHours]
    outcomes: Mapping[Kind, Mapping[str, str]]
    words: Mapping[str, str]
    not_agreed: tuple[str, ...]

    def due_ms(
        self, stage: str, team: str, since_ms: int, calendar: Calendar, hours: ServiceHours | None = None
    ) -> int | None:
        """Return by when triage at that stage is due (UTC ms), counted from `since_ms`; None without a limit.

        `hours` are the team's by the list of service hours, where that has them.
        """
        limit = self.due.get(stage)
        if limit is None:
            return None
        return calendar.add_working_time(since_ms, limit.minutes, hours or self.hours[team])

    def due_agreed(self, kind: str, stage: str, team: str) -> bool:
        """Whether somebody confirmed what such work's due time rests on: a limit and its team's hours, or the years."""
        if kind == "review":
            return self.review_years_agreed
        limit, works = self.due.get(stage), self.teams.get(team)
        return (limit is None or limit.agreed) and (works is None or works.agreed)


def load(path: Path | None = None) -> DoorRules:
    """Read and check the values; `path` stands in for the shipped file. Raises `DoorRulesFault`."""
    source = path if path is not None else files("ascbridge.frontdoor") / "settings" / FILE
    name = path.name if path is not None else FILE
    try:
        read = _File.model_validate(tomllib.loads(source.read_text("utf-8")))
    except OSError:
        raise DoorRulesFault(f"{path}: there is no such file") from None
    except tomllib.TOMLDecodeError as fault:
        raise DoorRulesFault(f"{name}: not TOML: {fault}") from None
    except ValidationError as fault:
        told = [f"{name}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
        raise DoorRulesFault("\n".join(told)) from None
    faults = [f"{name}: {fault}" for fault in _faults(read)]
    if faults:
        raise DoorRulesFault("\n".join(faults))
    return _rules(read)


def _faults(read: _File) -> list[str]:
    names = [team.name for team in read.team]
    found = [f"team {name} stands there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for team in read.team:
        try:
            if not team.hours().ever_open:
                found.append(f"team {team.name} is never at work, so nothing would ever be due")
        except ValueError as fault:
            found.append(f"team {team.name}: {fault}")
    wanted = (read.triage.team, read.triage.team_where_supported, read.review.team)
    found += [f"there is no team {name}" for name in dict.fromkeys(wanted) if name not in names]
    found += [f"{signal} has no words" for signal in get_args(Signal) if signal not in read.words]
    found += [f"words: {name} is not one" for name in read.words if name not in get_args(Signal)]
    for kind in OPENING:
        if not any(one.kind == kind for one in read.outcome):
            found.append(f"no outcome of a {kind} can be chosen")
    return found


def _rules(read: _File) -> DoorRules:
    return DoorRules(
        triage_team=read.triage.team,
        triage_team_where_supported=read.triage.team_where_supported,
        review_team=read.review.team,
        due={one.stage: one for one in read.triage.due},
        review_years=read.review.every_years,
        review_years_agreed=read.review.every_years_agreed,
        review_weeks_before=read.review.opens_weeks_before,
        spoken_to_within_days=read.waits.spoken_to_within_days,
        spoken_to_agreed=read.waits.agreed,
        teams={one.name: one for one in read.team},
        hours={one.name: one.hours() for one in read.team},
        outcomes={
            kind: {one.code: one.words for one in read.outcome if one.kind == kind} for kind in get_args(Kind)
        },
        words=read.words,
        not_agreed=tuple(_not_agreed(read)),
    )


def _not_agreed(read: _File) -> list[str]:
    found = [f"how long triage may take ({one.stage})" for one in read.triage.due if not one.agreed]
    if not read.review.every_years_agreed:
        found.append("how often a review is due")
    if not read.review.opens_weeks_agreed:
        found.append("how long before it is due a review's task opens")
    if not read.waits.agreed:
        found.append("how often somebody who waits is spoken to")
    return found + [f"the hours of {team.name}" for team in read.team if not team.agreed]

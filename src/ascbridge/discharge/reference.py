"""Reference data of the discharge desk: read from TOML beside this module, checked, all faults told at once.

Rule sets, meanings of codes, teams and their hours, due times, outcomes, extra bank holidays and the words
that people read are data, so that changing one is no change of the program.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ascbridge.calendars import WEEKDAYS, Calendar, ServiceHours, Span
from ascbridge.discharge.deadlines import Deadlines, Due
from ascbridge.discharge.pathway import LOOKS, Codes, Signal, Stage
from ascbridge.discharge.rules import CONFIRMABLE, INPUTS, Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Mapping


class ReferenceFault(Exception):
    """Reference data that cannot be used: one line for each fault, with its file."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Rule(_Shape):
    id: str
    then: Literal["open", "drop"]
    why: str = Field(min_length=1)
    when: dict[str, list[str]] = Field(min_length=1)
    unless: dict[str, list[str]] = {}
    fresh: dict[str, int] = {}


class _Rules(_Shape):
    id: str
    version: int = Field(ge=1)
    title: str
    confirm: list[str]
    rule: list[_Rule] = Field(min_length=1)


class _Meaning(_Shape):
    methods: list[str] = []
    destinations: list[str] = []


class _Codes(_Shape):
    died: _Meaning
    self_discharge: _Meaning
    other_hospital: _Meaning
    not_finished: _Meaning


class _Team(_Shape):
    name: str
    daily: list[str] | None = None
    monday: list[str] = []
    tuesday: list[str] = []
    wednesday: list[str] = []
    thursday: list[str] = []
    friday: list[str] = []
    saturday: list[str] = []
    sunday: list[str] = []
    bank_holiday: list[str] | None = None
    agreed: bool
    source: str


class _Teams(_Shape):
    duty: list[str] = Field(min_length=1)
    team: list[_Team] = Field(min_length=1)


class _Limit(_Shape):
    minutes: int = Field(ge=1, le=60 * 24 * 60)
    counts: Literal["working", "clock"]
    agreed: bool


class _StageLimit(_Limit):
    signal: Signal
    stage: Stage


class _Due(_Shape):
    look: _Limit
    due: list[_StageLimit]


class _Pathway(_Shape):
    number: int
    words: str


class Choice(_Shape):
    """One thing the desk may choose, in words. `pathway` is the national discharge pathway it stands for."""

    code: str
    words: str
    pathway: int | None = None


class _Outcomes(_Shape):
    pathway: list[_Pathway]
    outcome: list[Choice] = Field(min_length=1)
    drop: list[Choice] = Field(min_length=1)


class _Day(_Shape):
    date: date
    name: str


class _Days(_Shape):
    day: list[_Day]


class LookWords(_Shape):
    """What a contradiction is called, and what to do about it."""

    title: str
    what_to_do: str


class Words(_Shape):
    """What people read for each signal, stage, mark and look."""

    signal: dict[str, str]
    stage: dict[str, str]
    not_confirmed: dict[str, str]
    look: dict[str, LookWords]


@dataclass(frozen=True, slots=True)
class Reference:
    """All reference data of the desk, checked. `duty_teams` are told, in this order, what cannot wait."""

    rules: RuleSet
    codes: Codes
    deadlines: Deadlines
    owner_team: str
    duty_teams: tuple[str, ...]
    outcomes: Mapping[str, Choice]
    drop_reasons: Mapping[str, Choice]
    pathways: Mapping[int, str]
    words: Words

    @property
    def teams(self) -> tuple[str, ...]:
        """Every team by name."""
        return tuple(self.deadlines.hours)


RULE_SETS = ("ready-opens", "ready-with-need")

_Model = TypeVar("_Model", bound=BaseModel)


def load(
    rules: str = "ready-opens",
    *,
    owner_team: str = "Community Discharge Team",
    calendar_file: Path | None = None,
    folder: Path | None = None,
) -> Reference:
    """Read and check all reference data; `folder` stands in for the shipped files.

    Raises `ReferenceFault` with every fault found.
    """
    reading = _Reading(folder)
    rule_set = reading.read(f"{rules}.toml", _Rules)
    codes, teams, due = (
        reading.read("codes.toml", _Codes),
        reading.read("teams.toml", _Teams),
        reading.read("due.toml", _Due),
    )
    outcomes, words = reading.read("outcomes.toml", _Outcomes), reading.read("words.toml", Words)
    days = reading.read_days(calendar_file)
    if not (rule_set and codes and teams and due and outcomes and words and days):
        raise ReferenceFault("\n".join(reading.faults))
    hours = reading.hours(teams)
    reading.check_rules(f"{rules}.toml", rule_set)
    reading.check_teams(teams, owner_team)
    reading.check_outcomes(outcomes)
    reading.check_words(words)
    if reading.faults:
        raise ReferenceFault("\n".join(reading.faults))
    return Reference(
        rules=_rule_set(rule_set),
        codes=_codes(codes),
        deadlines=_deadlines(due, hours, Calendar([day.date for day in days.day])),
        owner_team=owner_team,
        duty_teams=tuple(teams.duty),
        outcomes={one.code: one for one in outcomes.outcome},
        drop_reasons={one.code: one for one in outcomes.drop},
        pathways={one.number: one.words for one in outcomes.pathway},
        words=words,
    )


class _Reading:
    """Reads files and gathers what is wrong with them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder or files("ascbridge.discharge") / "settings"
        self.faults: list[str] = []

    def read(self, name: str, model: type[_Model]) -> _Model | None:
        try:
            return self._checked(name, (self._folder / name).read_text("utf-8"), model)
        except FileNotFoundError:
            self.faults.append(f"{name}: there is no such file (rule sets: {', '.join(RULE_SETS)})")
            return None

    def read_days(self, path: Path | None) -> _Days | None:
        if path is None:
            return self.read("calendar.toml", _Days)
        try:
            return self._checked(path.name, path.read_text("utf-8"), _Days)
        except FileNotFoundError:
            self.faults.append(f"{path}: there is no such file")
            return None

    def _checked(self, name: str, text: str, model: type[_Model]) -> _Model | None:
        try:
            return model.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as fault:
            self.faults.append(f"{name}: not TOML: {fault}")
        except ValidationError as fault:
            self.faults += [f"{name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors()]
        return None

    def hours(self, teams: _Teams) -> dict[str, ServiceHours]:
        found = {}
        for team in teams.team:
            try:
                found[team.name] = _hours(team)
            except ValueError as fault:
                self.faults.append(f"teams.toml: {team.name}: {fault}")
                continue
            if not found[team.name].ever_open:
                self.faults.append(f"teams.toml: {team.name}: is never at work, so nothing would ever be due")
        return found

    def check_rules(self, name: str, rules: _Rules) -> None:
        unknown = set(rules.confirm) - CONFIRMABLE
        self.faults += [f"{name}: confirm: {one} cannot be confirmed" for one in sorted(unknown)]
        self._unique(name, [rule.id for rule in rules.rule])
        for rule in rules.rule:
            for asked, values in [*rule.when.items(), *rule.unless.items()]:
                if asked not in INPUTS:
                    self.faults.append(f"{name}: rule {rule.id}: there is no input {asked}")
                if not values or "" in values:
                    self.faults.append(f"{name}: rule {rule.id}: {asked} must name stated values")
            for aged in rule.fresh.keys() - rule.when.keys():
                self.faults.append(f"{name}: rule {rule.id}: fresh {aged} is not asked for")

    def check_teams(self, teams: _Teams, owner: str) -> None:
        names = [team.name for team in teams.team]
        self._unique("teams.toml", names)
        for wanted in [owner, *teams.duty]:
            if wanted not in names:
                self.faults.append(f"teams.toml: there is no team {wanted}")

    def check_outcomes(self, outcomes: _Outcomes) -> None:
        self._unique("outcomes.toml", [one.code for one in outcomes.outcome])
        self._unique("outcomes.toml", [one.code for one in outcomes.drop])
        known = {one.number for one in outcomes.pathway}
        for one in outcomes.outcome:
            if one.pathway is not None and one.pathway not in known:
                self.faults.append(f"outcomes.toml: {one.code}: there is no pathway {one.pathway}")

    def check_words(self, words: Words) -> None:
        wanted: dict[str, tuple[set[str], set[str]]] = {
            "signal": (set(get_args(Signal)), set(words.signal)),
            "stage": (set(get_args(Stage)), set(words.stage)),
            "not_confirmed": (set(CONFIRMABLE), set(words.not_confirmed)),
            "look": (set(LOOKS), set(words.look)),
        }
        for section, (needed, given) in wanted.items():
            self.faults += [f"words.toml: {section}: {one} has no words" for one in sorted(needed - given)]
            self.faults += [f"words.toml: {section}: {one} is not one" for one in sorted(given - needed)]

    def _unique(self, name: str, ids: list[str]) -> None:
        twice = sorted({one for one in ids if ids.count(one) > 1})
        self.faults += [f"{name}: {one} stands there twice" for one in twice]


def _hours(team: _Team) -> ServiceHours:
    days: list[Any] = [team.daily] * 7 if team.daily is not None else [getattr(team, day) for day in WEEKDAYS]
    week = tuple(tuple(map(Span.parse, spans)) for spans in days)
    closed = None if team.bank_holiday is None else tuple(map(Span.parse, team.bank_holiday))
    return ServiceHours(week, closed)


def _rule_set(rules: _Rules) -> RuleSet:
    return RuleSet(
        id=rules.id,
        version=rules.version,
        title=rules.title,
        rules=tuple(
            Rule(
                id=rule.id,
                then=rule.then,
                why=rule.why,
                when={name: frozenset(values) for name, values in rule.when.items()},
                unless={name: frozenset(values) for name, values in rule.unless.items()},
                fresh=rule.fresh,
            )
            for rule in rules.rule
        ),
        confirm=tuple(rules.confirm),
    )


def _codes(codes: _Codes) -> Codes:
    return Codes(
        died_methods=frozenset(codes.died.methods),
        died_destinations=frozenset(codes.died.destinations),
        self_discharge_methods=frozenset(codes.self_discharge.methods),
        hospital_destinations=frozenset(codes.other_hospital.destinations),
        not_finished_methods=frozenset(codes.not_finished.methods),
        not_finished_destinations=frozenset(codes.not_finished.destinations),
    )


def _deadlines(due: _Due, hours: dict[str, ServiceHours], calendar: Calendar) -> Deadlines:
    limits = {(one.signal, one.stage): _limit(one) for one in due.due}
    return Deadlines(due=limits, look=_limit(due.look), hours=hours, calendar=calendar)


def _limit(limit: _Limit) -> Due:
    return Due(minutes=limit.minutes, clock=limit.counts == "clock", agreed=limit.agreed)

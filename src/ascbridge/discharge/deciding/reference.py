"""What the discharge desk goes by: read from TOML beside this module, checked, all faults told at once.

Rule sets, meanings of codes, outcomes and the words that people read are data, so that changing one is no change of
the program. Teams, hours, due times and reasons change by date and without a restart: they are lists of `reference`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ascbridge.discharge.deciding.blocks import STOPS
from ascbridge.discharge.deciding.deadlines import Deadlines
from ascbridge.discharge.deciding.desk_state import Sourcing
from ascbridge.discharge.deciding.pathway import LOOKS, NOW_CALLED, STAGES, Codes, Signal
from ascbridge.discharge.deciding.rules import CONFIRMABLE, INPUTS, Rule, RuleSet
from ascbridge.reference.due_times import DueTimes
from ascbridge.reference.in_force import ReferenceLists
from ascbridge.reference.reason_lists import DROP, PAUSE, REJECT
from ascbridge.reference.task_stages import TaskStages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ascbridge.reference.agreement import ListFile


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


class LookWords(_Shape):
    """What a contradiction is called, and what to do about it."""

    title: str
    what_to_do: str


class Words(_Shape):
    """What people read for each signal, stage, mark and look, for how far a search is, and for what blocks."""

    signal: dict[str, str]
    stage: dict[str, str]
    sourcing: dict[str, str]
    block: dict[str, str]
    not_confirmed: dict[str, str]
    look: dict[str, LookWords]


@dataclass(frozen=True, slots=True)
class Reference:
    """All that the desk goes by, checked. `lists` are what changes by date: ask for a moment (UTC ms)."""

    rules: RuleSet
    codes: Codes
    owner_team: str
    outcomes: Mapping[str, Choice]
    pathways: Mapping[int, str]
    words: Words
    lists: ReferenceLists

    @property
    def deadlines(self) -> Deadlines:
        """When work is due."""
        return Deadlines(self.lists)

    def duty_teams(self, at_ms: int) -> tuple[str, ...]:
        """Return who is told, in this order, what cannot wait."""
        return self.lists.teams(at_ms).duty

    def working_teams(self, at_ms: int) -> tuple[str, ...]:
        """Return every team that has hours, by name, in the order of the list of teams."""
        hours = self.lists.hours(at_ms).by_team
        return tuple(name for name in self.lists.teams(at_ms).names if name in hours)

    def desk_teams(self, at_ms: int) -> tuple[str, ...]:
        """Return the teams to which the desk gives a task: not those that only what is urgent goes to, by the clock."""
        out_of_hours = self.duty_teams(at_ms)[1:]
        return tuple(team for team in self.working_teams(at_ms) if team not in out_of_hours)

    def reasons_for(self, name: str, at_ms: int) -> tuple[dict[str, str], str]:
        """Return a list of reasons, words by code, and which version of the lists it is of.

        Where a council's own lists of an older form lack it, what ships stands in: nobody is left without a reason.
        """
        return self.lists.reasons_in(name, at_ms)

    def reason_words(self, at_ms: int) -> dict[str, str]:
        """Return the words of every reason that the desk may give for dropping, pausing or giving back."""
        return {
            c: words
            for name in (DROP, PAUSE, REJECT)
            for c, words in self.reasons_for(name, at_ms)[0].items()
        }


RULE_SETS = ("ready-opens", "ready-with-need")

_Model = TypeVar("_Model", bound=BaseModel)


def load(
    rules: str = "ready-opens",
    *,
    owner_team: str = "Community Discharge Team",
    folder: Path | None = None,
) -> Reference:
    """Read and check what ships; `folder` stands in for the files. Whether `owner_team` is a team, `lists` say.

    Raises `ReferenceFault` with every fault found.
    """
    reading = _Reading(folder)
    rule_set = reading.read(f"{rules}.toml", _Rules)
    codes = reading.read("codes.toml", _Codes)
    outcomes, words = reading.read("outcomes.toml", _Outcomes), reading.read("words.toml", Words)
    if not (rule_set and codes and outcomes and words):
        raise ReferenceFault("\n".join(reading.faults))
    reading.check_rules(f"{rules}.toml", rule_set)
    reading.check_outcomes(outcomes)
    reading.check_words(words)
    if reading.faults:
        raise ReferenceFault("\n".join(reading.faults))
    return Reference(
        rules=_rule_set(rule_set),
        codes=_codes(codes),
        owner_team=owner_team,
        outcomes={one.code: one for one in outcomes.outcome},
        pathways={one.number: one.words for one in outcomes.pathway},
        words=words,
        lists=ReferenceLists(),
    )


def misfits(data: ListFile) -> Iterator[str]:
    """Give what a list says of work that the desk does not know: signals and stages that there are not."""
    if isinstance(data, DueTimes):
        for one in data.due:
            if one.signal not in get_args(Signal):
                yield f"{one.signal}, {one.stage}: there is no signal {one.signal}"
            if one.stage not in {*STAGES, *NOW_CALLED}:
                yield f"{one.signal}, {one.stage}: there is no stage {one.stage}"
    if isinstance(data, TaskStages):
        yield from (f"there is no stage {one}" for one in data.names if one not in STAGES)


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

    def _checked(self, name: str, text: str, model: type[_Model]) -> _Model | None:
        try:
            return model.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as fault:
            self.faults.append(f"{name}: not TOML: {fault}")
        except ValidationError as fault:
            self.faults += [f"{name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in fault.errors()]
        return None

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

    def check_outcomes(self, outcomes: _Outcomes) -> None:
        self._unique("outcomes.toml", [one.code for one in outcomes.outcome])
        known = {one.number for one in outcomes.pathway}
        for one in outcomes.outcome:
            if one.pathway is not None and one.pathway not in known:
                self.faults.append(f"outcomes.toml: {one.code}: there is no pathway {one.pathway}")

    def check_words(self, words: Words) -> None:
        wanted: dict[str, tuple[set[str], set[str]]] = {
            "signal": (set(get_args(Signal)), set(words.signal)),
            "stage": ({*STAGES, *NOW_CALLED}, set(words.stage)),
            "sourcing": (set(get_args(Sourcing)) - {""}, set(words.sourcing)),
            "block": (set(STOPS), set(words.block)),
            "not_confirmed": (set(CONFIRMABLE), set(words.not_confirmed)),
            "look": (set(LOOKS), set(words.look)),
        }
        for section, (needed, given) in wanted.items():
            self.faults += [f"words.toml: {section}: {one} has no words" for one in sorted(needed - given)]
            self.faults += [f"words.toml: {section}: {one} is not one" for one in sorted(given - needed)]

    def _unique(self, name: str, ids: list[str]) -> None:
        twice = sorted({one for one in ids if ids.count(one) > 1})
        self.faults += [f"{name}: {one} stands there twice" for one in twice]


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

"""The rules by which two case systems are compared: a table per event type, checked against the events themselves."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ascbridge.config import ConfigError
from ascbridge.events.facts.catalogue import FACTS, CouncilFact
from ascbridge.events.handlers.switches import EVENT_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "rules.toml"
ID = "id"
"""The key that stands for the thing as we know it, by the crosswalk."""
Why = Annotated[str, StringConstraints(min_length=5)]


class RulesFault(ConfigError):
    """Rules that cannot be used: one line for each fault, with the file."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criteria(_Section):
    """What must be so before an event type is switched to the new system."""

    least_agreement: float = Field(ge=0, le=1)
    most_proposals: int = Field(ge=0)
    most_quality: int = Field(ge=0)
    least_paired: float = Field(ge=0, le=1)
    paired_days: int = Field(ge=1, le=366)
    most_unpaired: int = Field(ge=0, le=10_000)


class Rule(_Section):
    """How the things of one event type are compared, and its events paired. Members are those of the event.

    `window_hours` is how far the times may lie apart at which the two systems recorded what is one event. `keys` are
    what must be alike beside the person: `id`, the thing as we know it, or members.
    """

    window_hours: float = Field(gt=0, le=24 * 366)
    keys: tuple[str, ...] | None = None
    open: dict[str, tuple[str, ...]] = {}
    not_compared: dict[str, Why] = {}
    silent: dict[str, Why] = {}
    known_by: tuple[str, ...] = ()
    names: bool = True

    def is_open(self, value: dict[str, object]) -> bool:
        """Whether a thing that is so goes on; what goes on for ever always does."""
        return all(value.get(name, "") in wanted for name, wanted in self.open.items())

    @property
    def window_ms(self) -> int:
        """The window in milliseconds."""
        return round(self.window_hours * 3_600_000)


class Rules(_Section):
    """All of them, by the word for the event type (`review`)."""

    criteria: Criteria
    rule: dict[str, Rule]


def load(path: Path | None = None) -> Rules:
    """Read and check the rules; `path` stands in for the shipped file. Raises `RulesFault`."""
    if path is None:
        return shipped()
    try:
        return parse(path.read_text("utf-8"), path.name)
    except OSError:
        raise RulesFault(f"{path}: there is no such file") from None
    except UnicodeDecodeError:
        raise RulesFault(f"{path.name}: not a text in UTF-8") from None


@cache
def shipped() -> Rules:
    """Return the rules that come with the bridge."""
    return parse((resources.files("ascbridge.cutover") / FILE).read_text("utf-8"))


def parse(text: str, name: str = FILE) -> Rules:
    """Read rules from TOML; `name` is what to call them in a fault. Raises `RulesFault` with every fault."""
    try:
        rules = Rules.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise RulesFault(f"{name}: not TOML: {fault}") from None
    except ValidationError as fault:
        told = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors()]
    else:
        told = list(_faults(rules))
    if told:
        raise RulesFault("\n".join(f"{name}: {one}" for one in told))
    return rules


def _faults(rules: Rules) -> Iterator[str]:
    for word in sorted(EVENT_TYPES.keys() - rules.rule.keys()):
        yield f"rule.{word}: is needed"
    for word, rule in rules.rule.items():
        if word not in EVENT_TYPES:
            yield f"rule.{word}: there is no such event type; there are {', '.join(EVENT_TYPES)}"
            continue
        fact = FACTS[EVENT_TYPES[word]]
        keys = set(rule.keys or ()) - {ID}
        for name in (*rule.open, *rule.not_compared, *rule.silent, *rule.known_by, *sorted(keys)):
            if name not in fact.model_fields:
                yield f"rule.{word}: there is no member {name!r}"
        for name in sorted(keys & {*rule.not_compared, *rule.silent}):
            yield f"rule.{word}: {name!r} cannot be a key: events may differ in it"
        if ID in (rule.keys or ()) and not (issubclass(fact, CouncilFact) and fact.about):
            yield f"rule.{word}: {ID!r} cannot be a key: a person has one such thing"

"""The rules by which two case systems are compared: a table per event type, checked against the events themselves."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ascbridge.events.catalogue import FACTS
from ascbridge.events.switches import EVENT_TYPES

Why = Annotated[str, StringConstraints(min_length=5)]


class RulesFault(ValueError):
    """Rules that cannot be used; the text says which, and why."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criteria(_Section):
    """What must be so before an event type is switched to the new system."""

    least_agreement: float = Field(ge=0, le=1)
    most_proposals: int = Field(ge=0)
    most_quality: int = Field(ge=0)


class Rule(_Section):
    """How the things of one event type are compared. Members are those of the event."""

    open: dict[str, tuple[str, ...]] = {}
    not_compared: dict[str, Why] = {}
    silent: dict[str, Why] = {}
    known_by: tuple[str, ...] = ()
    names: bool = True

    def is_open(self, value: dict[str, object]) -> bool:
        """Whether a thing that is so goes on; what goes on for ever always does."""
        return all(value.get(name, "") in wanted for name, wanted in self.open.items())


class Rules(_Section):
    """All of them, by the word for the event type (`review`)."""

    criteria: Criteria
    rule: dict[str, Rule]


def parse(text: str) -> Rules:
    """Read rules from TOML. Raises `RulesFault`, or pydantic's `ValidationError`."""
    rules = Rules.model_validate(tomllib.loads(text))
    if rules.rule.keys() != EVENT_TYPES.keys():
        raise RulesFault(f"wants a rule for each of {', '.join(EVENT_TYPES)}")
    for word, rule in rules.rule.items():
        members = FACTS[EVENT_TYPES[word]].model_fields.keys()
        for name in (*rule.open, *rule.not_compared, *rule.silent, *rule.known_by):
            if name not in members:
                raise RulesFault(f"rule.{word}: there is no member {name!r}")
    return rules


@cache
def shipped() -> Rules:
    """Return the rules that come with the bridge."""
    return parse((resources.files("ascbridge.cutover") / "rules.toml").read_text("utf-8"))

"""Rules as data: what opens a task for a spell, what drops it, and a stored explanation of every decision.

A rule names inputs and the values it asks for. One that *opens* needs, for each input, one of the stated
values in its list; one that *drops* needs every stated value in it, and at least one stated: what nobody said
drops nobody. Opening rules are asked first; only a spell that one of them would open can be dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

INPUTS: dict[str, str] = {
    "entered": "yes where a discharge worker entered the stay by hand",
    "ready": "yes where the hospital ever said that the patient is ready to leave",
    "discharged": "yes where the hospital ever said that the patient left",
    "destination": "each discharge destination ever stated (NHS Data Dictionary)",
    "patient_class": "each patient class ever stated (HL7 table 0004)",
    "contradiction": "yes where two things were said that cannot both be so",
    "died": "yes where an informal death is recorded",
    "age": "the age band that the hospital stated last",
    "residence": "local where the council knows the person as its own, elsewhere where stated so",
    "known_to_care": "yes or no, as the council stated last",
    "package": "live, suspended or ended, for each package of care the council stated",
    "allocated": "yes where the council named a team that looks after the person",
    "need": "yes: known, live package, or a care destination; no: stated not to be known, and none of those",
}
"""Everything a rule may ask about. An input without a value was not told."""

_DAY_MS = 86_400_000

CONFIRMABLE = frozenset({"age", "residence", "need"})

Outcome = Literal["open", "drop", "none"]


@dataclass(frozen=True, slots=True)
class Told:
    """One stated value of an input: what was said, by which event and fact, and when recorded (UTC ms)."""

    value: str
    event: str = ""
    fact: str = ""
    at_ms: int = 0


Inputs = Mapping[str, Sequence[Told]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a set. `when` and `unless` give the values that each named input is asked for.

    `fresh` says how old, in days, an answer may be when the last one completes the rule: a discharge of last
    year is no work today because the council says today whom it knows.
    """

    id: str
    then: Literal["open", "drop"]
    why: str
    when: Mapping[str, frozenset[str]]
    unless: Mapping[str, frozenset[str]]
    fresh: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in their order; `confirm` names what must be told for a task to count as confirmed."""

    id: str
    version: int
    title: str
    rules: tuple[Rule, ...]
    confirm: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Because:
    """One reason of a decision: the input and the statement that answered it."""

    input: str
    told: Told


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision and its explanation. `decided_ms` is when all it rests on had been recorded (UTC ms)."""

    then: Outcome
    rule: str
    why: str
    because: tuple[Because, ...]
    would_open: str
    not_confirmed: tuple[str, ...]
    decided_ms: int


def judge(rule_set: RuleSet, inputs: Inputs) -> Verdict:
    """Decide whether a spell's task opens: by the first opening rule that holds, unless one drops it."""
    not_told = tuple(name for name in rule_set.confirm if not inputs.get(name))
    opening = next((rule for rule in rule_set.rules if rule.then == "open" and _holds(rule, inputs)), None)
    if opening is None:
        return Verdict("none", "", "No rule asks for a task.", (), "", not_told, 0)
    because = _because(opening, inputs)
    decided = max(_times(opening, inputs).values())
    dropping = next((rule for rule in rule_set.rules if rule.then == "drop" and _holds(rule, inputs)), None)
    if dropping is not None:
        reasons = (*_because(dropping, inputs), *because)
        return Verdict("drop", dropping.id, dropping.why, reasons, opening.id, not_told, decided)
    return Verdict("open", opening.id, opening.why, because, opening.id, not_told, decided)


def _holds(rule: Rule, inputs: Inputs) -> bool:
    for name, wanted in rule.when.items():
        stated = {told.value for told in inputs.get(name, ())}
        if not stated & wanted or (rule.then == "drop" and not stated <= wanted):
            return False
    if any({told.value for told in inputs.get(name, ())} & bad for name, bad in rule.unless.items()):
        return False
    times = _times(rule, inputs)
    complete = max(times.values())
    return all(complete - times[name] <= days * _DAY_MS for name, days in rule.fresh.items())


def _because(rule: Rule, inputs: Inputs) -> tuple[Because, ...]:
    return tuple(
        Because(name, told)
        for name, wanted in rule.when.items()
        for told in inputs[name]
        if told.value in wanted
    )


def _times(rule: Rule, inputs: Inputs) -> dict[str, int]:
    """For each input of a rule that is answered as it asks, when that was first so."""
    return {
        name: min(told.at_ms for told in inputs[name] if told.value in wanted)
        for name, wanted in rule.when.items()
    }

"""The life of a task in words: what is done, what is next and by when, whose it is, what blocks, and what delays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ascbridge.discharge.deciding.pathway import CLOSED, stage_now
from ascbridge.reference.reason_lists import Reasons
from ascbridge.reference.task_stages import FIRST

if TYPE_CHECKING:
    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.events.facts.catalogue import ChosenReason, TaskFact


@dataclass(frozen=True, slots=True)
class Step:
    """One stage on the way. `at_ms` is when it was entered (UTC ms; None: it was not)."""

    stage: str
    words: str
    state: Literal["done", "passed over", "next", "later"]
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LifeShown:
    """The way of one task. `told_ms` is since when late work is told to `told_to`; `until_ms` from when it will be.

    `searched_ms` is how long the search for a package or bed took, or has taken so far.
    """

    steps: tuple[Step, ...]
    route: str
    why_route: str
    search: tuple[Step, ...]
    search_failed: str
    searched_ms: int | None
    blocks: tuple[str, ...]
    told_to: str
    told_ms: int | None
    until_ms: int | None
    agreed: bool

    @property
    def done(self) -> tuple[Step, ...]:
        """What lies behind."""
        return tuple(one for one in self.steps if one.state in {"done", "passed over"})

    @property
    def next(self) -> Step | None:
        """What is to be done now."""
        return next((one for one in self.steps if one.state == "next"), None)

    @property
    def later(self) -> tuple[Step, ...]:
        """What comes after that."""
        return tuple(one for one in self.steps if one.state == "later")


def life_shown(fact: TaskFact, reference: Reference, now_ms: int) -> LifeShown:
    """Return the life of a task as it is now (UTC ms)."""
    at_ms = fact.stage_since_ms if fact.stage_since_ms is not None else now_ms
    late = fact.escalates_ms is not None and fact.escalates_ms <= now_ms
    return LifeShown(
        steps=tuple(_steps(fact, reference, at_ms)),
        route=_route(fact, reference, at_ms),
        why_route=_reason(fact.route_reason, reference),
        search=tuple(_search(fact, reference)),
        search_failed=_reason(fact.sourcing_reason, reference),
        searched_ms=_searched(fact, now_ms),
        blocks=tuple(reference.words.block.get(code, code) for code in fact.blocks),
        told_to=fact.escalates_to,
        told_ms=fact.escalates_ms if late else None,
        until_ms=None if late else fact.escalates_ms,
        agreed=reference.lists.stages(at_ms).agreed,
    )


def _steps(fact: TaskFact, reference: Reference, at_ms: int) -> list[Step]:
    here, words, stages = stage_now(fact.stage), reference.words.stage, reference.lists.stages(at_ms)
    closed = fact.status in CLOSED
    entered = {FIRST: fact.opened_ms, **fact.milestones}
    names = [*stages.names, *([] if here in stages.names else [here])]
    reached = max((names.index(one) for one in entered if one in names), default=0)
    ahead = () if closed else stages.onward(here)
    found = []
    for place, name in enumerate(names):
        if name in entered:
            found.append(Step(name, words[name], "done", entered[name]))
        elif place < reached:
            found.append(Step(name, words[name], "passed over"))
        elif not closed:
            found.append(Step(name, words[name], "next" if ahead and name == ahead[0] else "later"))
    return found


def _route(fact: TaskFact, reference: Reference, at_ms: int) -> str:
    if fact.pathway is None:
        return ""
    setting = reference.lists.routes(at_ms).settings.get(fact.setting, fact.setting)
    confirmed = "pathway-confirmed" in fact.milestones
    return f"Pathway {fact.pathway}, {setting}" + ("" if confirmed else " (proposed)")


def _search(fact: TaskFact, reference: Reference) -> list[Step]:
    words = reference.words.sourcing
    return [
        Step(step, words.get(step, step), "done", at_ms)
        for step, at_ms in sorted(fact.sought.items(), key=lambda one: one[1])
    ]


def _searched(fact: TaskFact, now_ms: int) -> int | None:
    asked = fact.sought.get("requested")
    return None if asked is None else fact.sought.get("placed", now_ms) - asked


def _reason(chosen: ChosenReason | None, reference: Reference) -> str:
    if chosen is None:
        return ""
    version = reference.lists.find(chosen.list)
    data = version.data if version is not None else None
    return data.words_of(chosen.code) if isinstance(data, Reasons) else chosen.code

"""How a task goes from stage to stage, on the forms of its acts: what can be chosen now, and for which reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.acts import delays, stage_acts
from ascbridge.discharge.deciding.pathway import CLOSED, MAY, stage_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ascbridge.discharge.deciding.reference import Reference
    from ascbridge.events.facts.catalogue import TaskFact


@dataclass(frozen=True, slots=True)
class Item:
    """One of several to choose from."""

    value: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen. `usual` is ticked; `why` labels the reasons, where a choice needs one."""

    items: tuple[Item, ...]
    usual: str = ""
    why: str = ""
    reasons: tuple[Item, ...] = ()


def choices(act: str, fact: TaskFact, reference: Reference, now_ms: int) -> Choices | None:
    """Return what an act on the way of a task lets choose now; None for acts that are no step of it."""
    choosing = _CHOOSING.get(act)
    return choosing(fact, reference, now_ms) if choosing is not None else None


def possible(fact: TaskFact, reference: Reference, now_ms: int) -> tuple[str, ...]:
    """Return the acts that lead on from where the task stands, in the order in which they are offered."""
    may, here = MAY[fact.status], stage_now(fact.stage)
    if fact.status in CLOSED:
        return ()
    routes = {
        act: stage_acts.may_choose_route(reference, here, now_ms, to) for act, to in _ROUTE_STAGES.items()
    }
    moves = _stages(fact, reference, now_ms).items
    closes = "complete" in may and reference.lists.stages(now_ms).of(here).may_close
    delayed = any(one.to_ms is None for one in fact.delays)
    offered = {
        "accept": here == "new", **routes, "source": here == "sourcing", "stage": bool(moves),
        "delay": fact.signal == "ready", "delay-over": delayed, "complete": closes, "drop": True,
    }  # fmt: skip
    return tuple(act for act, fits in offered.items() if fits)


def leads_on(acts: Sequence[str], next_stage: str) -> str:
    """Return which of the possible acts brings a task to its next stage, or empty; "complete" where none follows."""
    if not next_stage:
        return "complete" if "complete" in acts else ""
    route = next((act for act, to in _ROUTE_STAGES.items() if to == next_stage and act in acts), "")
    return route or next((act for act in ("accept", "source", "stage") if act in acts), "")


_ROUTE_STAGES = {"propose-pathway": "pathway-proposed", "confirm-pathway": "pathway-confirmed"}


def _stages(fact: TaskFact, reference: Reference, now_ms: int) -> Choices:
    here, words = stage_now(fact.stage), reference.words.stage
    onward = stage_acts.may_move(reference, here, now_ms)
    back = stage_acts.may_go_back(reference, here, now_ms)
    name = reference.lists.stages(now_ms).of(here).reasons if back else ""
    return Choices(
        (
            *(Item(one, words[one]) for one in onward),
            *(Item(one, f"Back to: {words[one]}") for one in reversed(back)),
        ),
        usual=onward[0] if onward else "",
        why="Why back? (only where it goes back)",
        reasons=_reasons(reference, name, now_ms),
    )


def _routes(fact: TaskFact, reference: Reference, now_ms: int) -> Choices:
    routes = reference.lists.routes(now_ms)
    wanted = (fact.pathway, fact.setting)
    proposed = (code for code, one in routes.of.items() if (one.pathway, one.setting) == wanted)
    found = []
    for code, one in routes.of.items():
        needs = "; needs a reason" if one.needs_reason else ""
        found.append(Item(code, one.words, f"Pathway {one.pathway}, {routes.settings[one.setting]}{needs}"))
    return Choices(
        tuple(found),
        usual=next(proposed, routes.default),
        why="Why not home? (where the way needs a reason)",
        reasons=_reasons(reference, routes.reasons, now_ms),
    )


def _search(fact: TaskFact, reference: Reference, now_ms: int) -> Choices:
    words = reference.words.sourcing
    steps = ("offered", "failed") if fact.sourcing == "requested" else ("offered", "failed", "requested")
    return Choices(
        tuple(Item(one, "Asked for again" if one == "requested" else words[one]) for one in steps),
        why="Why was nothing found? (only where nothing was)",
        reasons=_reasons(reference, stage_acts.NOTHING_FOUND, now_ms),
    )


def _delays(_: TaskFact, reference: Reference, now_ms: int) -> Choices:
    found = delays.delay_reasons(reference.lists, now_ms)
    return Choices(
        tuple(Item(one.code, one.words, _NOT_KEPT if one.reads_other else one.list) for one in found)
    )


_NOT_KEPT = "Nothing of this is kept here; it reads: another reason"


def _reasons(reference: Reference, name: str, now_ms: int) -> tuple[Item, ...]:
    return tuple(Item(*one) for one in reference.reasons_for(name, now_ms)[0].items())


_CHOOSING: Mapping[str, Callable[[TaskFact, Reference, int], Choices]] = {
    "stage": _stages,
    "propose-pathway": _routes,
    "confirm-pathway": _routes,
    "source": _search,
    "delay": _delays,
}

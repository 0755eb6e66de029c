"""Where the desk's own work on a task stands, folded from its acts: each act has a function of its own. Pure.

What was taken back counts as if it had never been done. A new act is a function and a row of `FOLDS`; what it must
keep is a field of `DeskState` with a default, so that tasks whose acts are older read as before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ascbridge.discharge.deciding.pathway import Stage, stage_now
from ascbridge.discharge.deciding.standing import NOTHING_AGREED, STANDING_ACTS, Standing, next_standing
from ascbridge.events.facts.catalogue import ChosenReason, Delay

Sourcing = Literal["", "requested", "offered", "placed", "failed"]
"""How far the search for a package or a bed is; empty: none is sought."""

UNDO_MS = 10 * 60_000
"""For how long somebody may take back their own last act, unless somebody has acted since."""

_FOR_GOOD = frozenset({"note", "undo", "join_stay", "keep_apart"})
"""Acts that are not taken back: what was written was read, and taking back is done again by acting."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody at the desk did to a task, in order of `version`. `detail` holds codes, no free text."""

    version: int
    act: str
    actor: str
    at_ms: int
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeskState:
    """Where the desk's own work stands by all its acts. Times are UTC ms; `opened_ms`: opened by hand; `done_at`: the
    signal that the desk saw when it last moved on or finished (empty: not written down).

    `reached` has when each stage was entered on the way to this one: what was gone back behind is not in it.
    """

    stage: Stage = "new"
    since_ms: int = 0
    reached: Mapping[Stage, int] = field(default_factory=dict)
    accepted_by_claim: bool = False
    route: str = ""
    pathway: int | None = None
    setting: str = ""
    route_reason: ChosenReason | None = None
    sourcing: Sourcing = ""
    sourcing_reason: ChosenReason | None = None
    sought: Mapping[Sourcing, int] = field(default_factory=dict)
    claimed_by: str = ""
    opened_ms: int | None = None
    outcome: str = ""
    done_at: str = ""
    why: str = ""
    settled: frozenset[tuple[str, int]] = frozenset()
    version: int = 0
    delays: tuple[Delay, ...] = ()
    joined: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    standing: Standing = NOTHING_AGREED


_UNTOUCHED = DeskState()
Fold = Callable[[DeskState, Act], DeskState]


def desk_state(acts: Sequence[Act]) -> DeskState:
    """Fold the acts of one task, in any order. An act that this version does not know changes nothing."""
    state = _UNTOUCHED
    if not acts:
        return state
    undone = {act.detail["undoes"] for act in acts if act.act == "undo"}
    for act in sorted(acts, key=lambda one: one.version):
        if act.version not in undone:
            state = _entered(state, FOLDS.get(act.act, _nothing)(state, act), act)
    return replace(state, version=max((act.version for act in acts), default=0))


def undoable(acts: Sequence[Act], who: str, now_ms: int, for_good: Collection[str] = _FOR_GOOD) -> Act | None:
    """Return the act that this person may take back now: the last of all, their own, done just before, and not one of
    those that stand `for_good`.
    """
    last = max(acts, key=lambda one: one.version, default=None)
    if last is None or last.act in for_good or last.actor != who:
        return None
    return last if 0 <= now_ms - last.at_ms <= UNDO_MS else None


def _entered(before: DeskState, after: DeskState, act: Act) -> DeskState:
    """Keep when a stage was entered. A stage that was entered before is gone back to: what came after it goes."""
    if after.stage == before.stage:
        return after
    kept = dict(after.reached)
    if act.detail.get("back"):
        kept.pop(before.stage, None)
    if after.stage in kept:
        stages = list(kept)
        kept = {stage: kept[stage] for stage in stages[: stages.index(after.stage) + 1]}
    elif after.stage != "new":
        kept[after.stage] = act.at_ms
    return replace(after, since_ms=act.at_ms, reached=kept if after.stage != "new" else {})


def _nothing(state: DeskState, _: Act) -> DeskState:
    return state


def _open_by_hand(state: DeskState, act: Act) -> DeskState:
    opened_ms = act.at_ms if state.opened_ms is None else state.opened_ms
    if state.stage == "new":
        return replace(state, opened_ms=opened_ms)
    return replace(
        state, stage="new", outcome="", done_at="", why="", opened_ms=opened_ms, accepted_by_claim=False, route="",
        pathway=None, setting="", route_reason=None, sourcing="", sourcing_reason=None, sought={},
    )  # fmt: skip


def _claim(state: DeskState, act: Act) -> DeskState:
    if state.stage != "new":
        return replace(state, claimed_by=act.actor)
    return replace(state, claimed_by=act.actor, stage="accepted", accepted_by_claim=True)


def _release(state: DeskState, _: Act) -> DeskState:
    back = state.stage == "accepted" and state.accepted_by_claim
    return replace(state, claimed_by="", stage="new" if back else state.stage, accepted_by_claim=False)


def _accept(state: DeskState, _: Act) -> DeskState:
    return replace(state, stage="accepted", accepted_by_claim=False)


def _stage(state: DeskState, act: Act) -> DeskState:
    """Take up a stage. Going to look for support asks for it; support that was looked for and is arranged is placed."""
    stage: Stage = stage_now(act.detail["stage"])
    after = replace(state, stage=stage, done_at=act.detail.get("signal", ""))
    if stage == "sourcing":
        return _sought(after, "requested", act.at_ms)
    if stage == "arranged" and state.sourcing:
        return _sought(after, "placed", act.at_ms)
    return after


def _pathway(stage: Stage) -> Fold:
    def chosen(state: DeskState, act: Act) -> DeskState:
        said = act.detail
        return replace(
            state, stage=stage, route=said["route"], pathway=said["pathway"], setting=said["setting"],
            route_reason=_reason(said),
        )  # fmt: skip

    return chosen


def _source(state: DeskState, act: Act) -> DeskState:
    """Say what became of the search: an offer, or nothing (then it is sought again, or another way is chosen)."""
    after = _sought(state, act.detail["step"], act.at_ms)
    return replace(after, sourcing_reason=_reason(act.detail))


def _sought(state: DeskState, step: Sourcing, at_ms: int) -> DeskState:
    first = state.sought.get("requested")
    again = step == "requested" and state.sourcing in {"", "placed"}
    sought = {} if again else dict(state.sought)
    sought[step] = at_ms if step != "requested" or again or first is None else first
    return replace(state, sourcing=step, sought=sought, sourcing_reason=None)


def _delay(state: DeskState, act: Act) -> DeskState:
    """Take up a reason; the one before ends, since a person waits for one thing at a time."""
    said = Delay(reason=act.detail["delay"], list=act.detail.get("list", ""), from_ms=act.at_ms)
    return replace(state, delays=(*_ended(state.delays, act.at_ms), said))


def _delay_over(state: DeskState, act: Act) -> DeskState:
    return replace(state, delays=_ended(state.delays, act.at_ms))


def _ended(delays: tuple[Delay, ...], at_ms: int) -> tuple[Delay, ...]:
    return tuple(one if one.to_ms is not None else one.model_copy(update={"to_ms": at_ms}) for one in delays)


def _reason(said: Mapping[str, Any]) -> ChosenReason | None:
    return ChosenReason(code=said["why"], list=said.get("list", "")) if said.get("why") else None


def _complete(state: DeskState, act: Act) -> DeskState:
    outcome, seen = act.detail["outcome"], act.detail.get("signal", "")
    return replace(state, stage="done", outcome=outcome, done_at=seen)


def _drop(state: DeskState, act: Act) -> DeskState:
    return replace(state, stage="dropped", why=act.detail["why"])


def _look_settled(state: DeskState, act: Act) -> DeskState:
    return replace(state, settled=state.settled | {(act.detail["look"], act.detail["since_ms"])})


def _reject(state: DeskState, act: Act) -> DeskState:
    return replace(state, stage="rejected", why=act.detail["why"])


def _join_stay(state: DeskState, act: Act) -> DeskState:
    stay = act.detail["stay"]
    return replace(state, joined=state.joined | {stay}, apart=state.apart - {stay})


def _keep_apart(state: DeskState, act: Act) -> DeskState:
    stay = act.detail["stay"]
    return replace(state, joined=state.joined - {stay}, apart=state.apart | {stay})


def _beside(state: DeskState, act: Act) -> DeskState:
    return replace(state, standing=next_standing(state.standing, act))


def _pass_on(state: DeskState, act: Act) -> DeskState:
    """Give the task to somebody, which accepts it as claiming does; or to a team, which puts it back."""
    taken = replace(act, actor=act.detail.get("to", ""))
    passed = _claim(state, taken) if taken.actor else _release(state, act)
    return _beside(passed, act)


FOLDS: dict[str, Fold] = {
    **dict.fromkeys(STANDING_ACTS, _beside),
    "assign": _pass_on,
    "hand_over": _pass_on,
    "open_by_hand": lambda state, act: _open_by_hand(_beside(state, act), act),
    "claim": _claim,
    "release": _release,
    "accept": _accept,
    "stage": _stage,
    "propose_pathway": _pathway("pathway-proposed"),
    "confirm_pathway": _pathway("pathway-confirmed"),
    "source": _source,
    "delay": _delay,
    "delay_over": _delay_over,
    "complete": _complete,
    "drop": _drop,
    "reject": _reject,
    "look_settled": _look_settled,
    "join_stay": _join_stay,
    "keep_apart": _keep_apart,
}
"""What each act makes of the desk's work. A note changes nothing, nor does taking back by itself."""

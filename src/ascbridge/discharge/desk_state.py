"""Where the desk's own work on a task stands, folded from its acts: each act has a function of its own. Pure.

What was taken back counts as if it had never been done. A new act is a function and a row of `FOLDS`; what it must
keep is a field of `DeskState` with a default, so that tasks whose acts are older read as before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ascbridge.discharge.pathway import Stage
from ascbridge.discharge.standing import NOTHING_AGREED, STANDING_ACTS, Standing, next_standing

UNDO_MS = 10 * 60_000
"""For how long somebody may take back their own last act, unless somebody has acted since."""

_FOR_GOOD = frozenset({"note", "undo"})
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
    signal that the desk saw when it finished (empty: not finished, or not written down).
    """

    stage: Stage = "new"
    since_ms: int = 0
    claimed_by: str = ""
    opened_ms: int | None = None
    outcome: str = ""
    done_at: str = ""
    why: str = ""
    settled: frozenset[tuple[str, int]] = frozenset()
    version: int = 0
    standing: Standing = NOTHING_AGREED


def desk_state(acts: Sequence[Act]) -> DeskState:
    """Fold the acts of one task, in any order. An act that this version does not know changes nothing."""
    state = DeskState()
    undone = {act.detail["undoes"] for act in acts if act.act == "undo"}
    for act in sorted(acts, key=lambda one: one.version):
        if act.version not in undone:
            after = FOLDS.get(act.act, _nothing)(state, act)
            state = after if after.stage == state.stage else replace(after, since_ms=act.at_ms)
    return replace(state, version=max((act.version for act in acts), default=0))


def undoable(acts: Sequence[Act], who: str, now_ms: int) -> Act | None:
    """Return the act that this person may take back now: the last of all, their own, and done just before."""
    last = max(acts, key=lambda one: one.version, default=None)
    if last is None or last.act in _FOR_GOOD or last.actor != who:
        return None
    return last if 0 <= now_ms - last.at_ms <= UNDO_MS else None


def _nothing(state: DeskState, _: Act) -> DeskState:
    return state


def _open_by_hand(state: DeskState, act: Act) -> DeskState:
    opened_ms = act.at_ms if state.opened_ms is None else state.opened_ms
    return replace(state, stage="new", outcome="", done_at="", why="", opened_ms=opened_ms)


def _claim(state: DeskState, act: Act) -> DeskState:
    return replace(state, claimed_by=act.actor, stage="claimed" if state.stage == "new" else state.stage)


def _release(state: DeskState, _: Act) -> DeskState:
    return replace(state, claimed_by="", stage="new" if state.stage == "claimed" else state.stage)


def _stage(state: DeskState, act: Act) -> DeskState:
    return replace(state, stage=act.detail["stage"])


def _complete(state: DeskState, act: Act) -> DeskState:
    outcome, seen = act.detail["outcome"], act.detail.get("signal", "")
    return replace(state, stage="done", outcome=outcome, done_at=seen)


def _drop(state: DeskState, act: Act) -> DeskState:
    return replace(state, stage="dropped", why=act.detail["why"])


def _look_settled(state: DeskState, act: Act) -> DeskState:
    return replace(state, settled=state.settled | {(act.detail["look"], act.detail["since_ms"])})


def _reject(state: DeskState, act: Act) -> DeskState:
    return replace(state, stage="rejected", why=act.detail["why"])


def _beside(state: DeskState, act: Act) -> DeskState:
    return replace(state, standing=next_standing(state.standing, act))


def _pass_on(state: DeskState, act: Act) -> DeskState:
    taken = act.detail.get("to", "")
    stage = state.stage
    if stage in {"new", "claimed"}:
        stage = "claimed" if taken else "new"
    return replace(_beside(state, act), claimed_by=taken, stage=stage)


Fold = Callable[[DeskState, Act], DeskState]
FOLDS: dict[str, Fold] = {
    **dict.fromkeys(STANDING_ACTS, _beside),
    "assign": _pass_on,
    "hand_over": _pass_on,
    "open_by_hand": lambda state, act: _open_by_hand(_beside(state, act), act),
    "claim": _claim,
    "release": _release,
    "stage": _stage,
    "complete": _complete,
    "drop": _drop,
    "reject": _reject,
    "look_settled": _look_settled,
}
"""What each act makes of the desk's work. A note changes nothing, nor does taking back by itself."""

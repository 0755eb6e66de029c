"""Where work stands that was split off a discharge task: by its team, its parent and the council. Pure.

What the team did is never overwritten: what becomes of the parent hides it and keeps it, and what is taken back shows
it again. Work that is done stays done; when the parent stops, its team is told all the same: a package can be ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ascbridge.events.facts.split_work import (
    SubTaskCancelled,
    SubTaskChanged,
    SubTaskCompleted,
    SubTaskFact,
    SubTaskFailed,
    SubTaskOpened,
    SubTaskPaused,
    SubTaskResumed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.discharge.deciding.desk_state import Act
    from ascbridge.events.facts.catalogue import TaskFact
    from ascbridge.reference.sub_task_kinds import SubTaskKind

SubStatus = Literal[
    "requested", "accepted", "in-progress", "on-hold", "completed", "failed", "cancelled", "entered-in-error"
]  # fmt: skip
Tell = Literal["", "stop", "go-on"]
SUB_OPEN = frozenset({"requested", "accepted", "in-progress"})
SUB_WORKING = SUB_OPEN | {"on-hold"}
GOING_ON = frozenset({"wanted", "paused", "delivered", "not-wanted"})
"""The signals under which nothing is to stop; any other says why it is to."""

_WORKING = frozenset({"claim", "release", "state", "stop"})
SUB_MAY: dict[str, frozenset[str]] = {
    "requested": _WORKING,
    "accepted": _WORKING,
    "in-progress": _WORKING,
    "on-hold": frozenset({"claim", "release", "stop"}),
    "completed": frozenset({"reopen"}),
    "failed": frozenset({"reopen"}),
    "cancelled": frozenset({"reopen"}),
    "entered-in-error": frozenset(),
}
"""Which acts there are at each status; a note, having seen what one is told, and undo there are always."""
NOT_UNDONE = frozenset({"note", "undo", "split", "seen"})
"""Acts that are not taken back. What should not have been split off is stopped, with that reason."""


@dataclass(frozen=True, slots=True)
class SubDesk:
    """What people did with one sub-task, folded. Times are UTC ms; `means` is open, done, failed or stopped.

    `kind`, `list_version` and `about` stand since it was split off; `told` is what somebody last said they had seen;
    `begun` that anybody took it or said how far it is, `moved` the latter.
    """

    kind: str = ""
    list_version: str = ""
    about: str = ""
    what: str = ""
    before_discharge: bool = False
    opened_ms: int = 0
    state: str = ""
    means: Literal["open", "done", "failed", "stopped"] = "open"
    since_ms: int = 0
    finished_ms: int | None = None
    reason: str = ""
    claimed_by: str = ""
    offers: int = 0
    offers_lost: int = 0
    told: Tell = ""
    begun: bool = False
    moved: bool = False
    version: int = 0


def sub_desk_state(acts: Sequence[Act]) -> SubDesk:
    """Fold the acts of one sub-task, of which the first split it off. What was taken back counts as never done."""
    undone = {act.detail["undoes"] for act in acts if act.act == "undo"}
    state = SubDesk()
    for act in sorted(acts, key=lambda one: one.version):
        if act.version not in undone:
            state = _FOLD.get(act.act, _nothing)(state, act)
        state = replace(state, version=act.version)
    return state


def _nothing(state: SubDesk, _act: Act) -> SubDesk:
    return state


def _split(state: SubDesk, act: Act) -> SubDesk:
    said = act.detail
    return replace(
        state, kind=said["kind"], list_version=said["list"], about=said.get("about", ""), state=said["state"],
        what=said.get("what", ""),
        before_discharge=said.get("before_discharge", False), opened_ms=act.at_ms, since_ms=act.at_ms,
    )  # fmt: skip


def _claim(state: SubDesk, act: Act) -> SubDesk:
    return replace(state, claimed_by=act.actor, begun=True)


def _release(state: SubDesk, _act: Act) -> SubDesk:
    return replace(state, claimed_by="")


def _moved(state: SubDesk, act: Act) -> SubDesk:
    said = act.detail
    counted = said.get("counted", "")
    return replace(
        state, state=said["state"], means=said["means"], reason=said.get("reason", ""), since_ms=act.at_ms,
        begun=True, moved=True,
        finished_ms=act.at_ms if said["means"] != "open" else None,
        offers=state.offers + (counted == "offer"), offers_lost=state.offers_lost + (counted == "offer-lost"),
    )  # fmt: skip


def _stop(state: SubDesk, act: Act) -> SubDesk:
    return replace(
        state, means="stopped", reason=act.detail["reason"], since_ms=act.at_ms, finished_ms=act.at_ms
    )


def _reopen(state: SubDesk, act: Act) -> SubDesk:
    return replace(
        state, state=act.detail["state"], means="open", reason="", since_ms=act.at_ms, finished_ms=None
    )


def _need(state: SubDesk, act: Act) -> SubDesk:
    return replace(state, before_discharge=act.detail["before_discharge"])


def _seen(state: SubDesk, act: Act) -> SubDesk:
    return replace(state, told=act.detail["tell"])


_FOLD = {
    "split": _split, "claim": _claim, "release": _release, "state": _moved, "stop": _stop, "reopen": _reopen,
    "need": _need, "seen": _seen,
}  # fmt: skip


def sub_signal(parent: TaskFact, thing: str) -> str:
    """Return what becomes of a sub-task from outside: by its parent, and by how the council says its thing stands."""
    if parent.status == "entered-in-error":
        return "entered-in-error"
    if parent.status == "cancelled":
        return "dropped" if parent.signal in _WORK_GOES_ON else parent.signal
    if parent.status == "completed" and parent.signal in _STOPS_WHAT_IS_DONE:
        return parent.signal
    if thing == "delivered":
        return "delivered"
    if thing in {"returned", "cancelled"}:
        return "not-wanted"
    return "paused" if parent.status == "on-hold" else "wanted"


_WORK_GOES_ON = frozenset(
    {"planned", "in-hospital", "ready", "not-ready", "discharged", "discharged-unclear"}
)
_STOPS_WHAT_IS_DONE = frozenset({"died", "moved-hospital", "plan-cancelled"})
"""What stops split-off work although the desk had finished: the visit after discharge, the package that was placed. Who
leaves on their own goes to the home that it was arranged for.
"""


def sub_status(desk: SubDesk, signal: str, thing: str) -> SubStatus:
    """Return the status of a sub-task."""
    if signal == "entered-in-error":
        return "entered-in-error"
    if desk.means == "done" or (thing == "delivered" and desk.means != "stopped"):
        return "completed"
    if desk.means == "failed":
        return "failed"
    if desk.means == "stopped" or signal == "not-wanted" or signal not in GOING_ON:
        return "cancelled"
    if signal == "paused":
        return "on-hold"
    if not desk.begun:
        return "requested"
    return "in-progress" if desk.moved else "accepted"


def sub_tell(desk: SubDesk, signal: str, thing: str) -> Tell:
    """Return what the team has to be told and nobody said that they had seen; nothing where nothing was begun."""
    stops = signal not in GOING_ON
    if desk.means == "stopped" or not (desk.begun or thing):
        return ""
    if stops:
        return "" if desk.told == "stop" else "stop"
    return "go-on" if desk.told == "stop" else ""


def outstanding(fact: SubTaskFact) -> bool:
    """Whether the person cannot leave yet because of it: needed before, and neither there nor given up."""
    return fact.before_discharge and (fact.status in SUB_WORKING or fact.status == "failed")


def sub_event(before: SubTaskFact | None, after: SubTaskFact, *, moved: bool = False) -> SubTaskFact | None:
    """Return the event that leads from one state to the next, or None where nothing differs.

    `after` comes with any revision and leaves with the next one. `moved`: it went to another patient.
    """
    if before is None:
        return SubTaskOpened.model_validate({**after.model_dump(), "revision": 1})
    same = after.model_copy(update={"revision": before.revision})
    if same.model_dump() == before.model_dump() and not moved:
        return None
    return _what_happened(before, after).model_validate(
        {**after.model_dump(), "revision": before.revision + 1}
    )


def _what_happened(before: SubTaskFact, after: SubTaskFact) -> type[SubTaskFact]:
    if before.status == after.status:
        return SubTaskChanged
    ended: dict[str, type[SubTaskFact]] = {
        "completed": SubTaskCompleted,
        "failed": SubTaskFailed,
        "on-hold": SubTaskPaused,
        "cancelled": SubTaskCancelled,
        "entered-in-error": SubTaskCancelled,
    }
    if after.status in ended:
        return ended[after.status]
    return SubTaskChanged if before.status in SUB_OPEN else SubTaskResumed


def state_words(kind: SubTaskKind | None, state: str) -> str:
    """Return what people read for a state."""
    found = kind.state_of(state) if kind is not None else None
    return found.words if found is not None else state

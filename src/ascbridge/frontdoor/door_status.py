"""The front door's work as a table: what the council's word makes of a task at each of the desk's stages. Pure.

As with discharge tasks, the signal follows from what was said alone, and the stage from what people did alone; neither
overwrites the other.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from ascbridge.events.facts.front_door import (
    FrontDoorTask,
    FrontDoorTaskCancelled,
    FrontDoorTaskChanged,
    FrontDoorTaskCompleted,
    FrontDoorTaskOpened,
    FrontDoorTaskResumed,
)

if TYPE_CHECKING:
    from ascbridge.discharge.deciding.desk_state import DeskState

Stage = Literal["new", "claimed", "done"]
Kind = Literal["triage", "review"]
Signal = Literal[
    "waiting", "decided", "moved-on", "follows-contact", "retracted", "died",
    "due", "reviewed", "no-support", "not-yet", "elsewhere",
]  # fmt: skip
Status = Literal["requested", "accepted", "completed", "cancelled", "entered-in-error"]

OPEN = frozenset({"requested", "accepted"})
OPENING: dict[Kind, Signal] = {"triage": "waiting", "review": "due"}
"""The one signal under which there is something to be done."""
_DONE = frozenset({"decided", "moved-on", "reviewed"})

WORKING = ("claim", "release", "complete")
MAY: dict[str, frozenset[str]] = {
    "requested": frozenset(WORKING),
    "accepted": frozenset(WORKING),
    "completed": frozenset({"open_by_hand"}),
}
"""Which acts the desk has at each status; a note, and having spoken to the person, it always has."""


def stage_of(desk: DeskState) -> Stage:
    """Return where the desk's own work is: for the front door, taken is all that lies between new and done."""
    if desk.stage == "done":
        return "done"
    return "new" if desk.stage == "new" else "claimed"


def status_of(signal: Signal, stage: Stage) -> Status:
    """Return a task's status. What the desk finished stays finished, unless it never was."""
    if signal == "retracted":
        return "entered-in-error"
    if stage == "done" or signal in _DONE:
        return "completed"
    if signal not in OPENING.values():
        return "cancelled"
    return "requested" if stage == "new" else "accepted"


def door_task_id(kind: Kind, patient_key: str, about: str) -> str:
    """Return the id of the work about one thing: the same each time, so that no second one can be."""
    return "t" + hashlib.sha256(f"{kind}/{patient_key}/{about}".encode()).hexdigest()[:32]


def event_between(before: FrontDoorTask | None, after: FrontDoorTask) -> FrontDoorTask | None:
    """Return the event that leads from one state of a task to the next, or None where nothing differs.

    `after` comes with any revision and leaves with the next one.
    """
    revision = 1 if before is None else before.revision + 1
    if before is not None and not _differs(before, after):
        return None
    kind = _what_happened(before, after)
    return kind.model_validate({**after.model_dump(), "revision": revision})


def _differs(before: FrontDoorTask, after: FrontDoorTask) -> bool:
    """Of what is closed and stays so, nobody needs to hear that the person has another worker, or asked again."""
    if before.status not in OPEN and after.status not in OPEN:
        return any(getattr(before, name) != getattr(after, name) for name in _OF_CLOSED)
    return after.model_copy(update={"revision": before.revision}) != before


_OF_CLOSED = ("status", "stage", "signal", "outcome", "stated_outcome", "last_contact_on")


def _what_happened(before: FrontDoorTask | None, after: FrontDoorTask) -> type[FrontDoorTask]:
    changed = before is None or before.status != after.status
    if changed and after.status == "completed":
        return FrontDoorTaskCompleted
    if changed and after.status not in OPEN:
        return FrontDoorTaskCancelled
    if before is None:
        return FrontDoorTaskOpened
    if changed and before.status not in OPEN:
        return FrontDoorTaskResumed
    return FrontDoorTaskChanged


EVENT_WORDS: dict[type[FrontDoorTask], str] = {
    FrontDoorTaskOpened: "opened",
    FrontDoorTaskChanged: "changed",
    FrontDoorTaskResumed: "opened again",
    FrontDoorTaskCompleted: "completed",
    FrontDoorTaskCancelled: "cancelled",
}

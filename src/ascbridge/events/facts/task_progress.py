"""How the work on a patient stands, in the six words that a hospital is told, by a message or when it asks. Pure.

Hospitals cannot see whether anybody picked a referral up. What they are told follows from the task alone, so hearing
an event again, or taking an act back, never says anything that does not hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Collection

    from ascbridge.events.facts.catalogue import TaskFact

Progress = Literal["received", "accepted", "rejected", "allocated", "planned", "closed"]
STEPS: tuple[Progress, ...] = get_args(Progress)

_OF_STAGE: dict[str, Progress] = {
    "new": "received",
    "accepted": "accepted",
    "arranged": "planned",
    "discharged": "planned",
    "first-visit": "planned",
    "in-recovery": "planned",
    "assessment-due": "planned",
}
"""What is being worked on in between is with somebody: *allocated*."""
_ON_THE_WAY: tuple[Progress, ...] = ("received", "accepted", "allocated", "planned")
"""Each says all that those before it say."""
_OVER = frozenset({"cancelled", "entered-in-error"})


def progress_of(fact: TaskFact) -> Progress:
    """Return how this task stands for the hospital.

    What the desk gave back is *rejected*, with its reason; what it finished or dropped, or what the hospital's own
    messages ended, is *closed*.
    """
    if fact.stage == "rejected":
        return "rejected"
    if fact.status == "completed" or fact.status in _OVER:
        return "closed"
    if fact.stage == "accepted" and fact.taken:
        return "allocated"
    return _OF_STAGE.get(fact.stage, "allocated")


def told_as(progress: Progress, wanted: Collection[Progress]) -> Progress | None:
    """Return how this is said to somebody who wants to hear only of some: as the last of those that it implies."""
    if progress in wanted:
        return progress
    if progress not in _ON_THE_WAY:
        return None
    before = _ON_THE_WAY[: _ON_THE_WAY.index(progress)]
    return next((one for one in reversed(before) if one in wanted), None)


def reason_of(fact: TaskFact) -> str:
    """Return the code that goes with it: the desk's reason, the outcome, or what ended the work; empty where none."""
    match progress_of(fact):
        case "rejected":
            return fact.reason
        case "closed":
            return fact.outcome or fact.reason
        case _:
            return ""

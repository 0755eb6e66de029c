"""How the work on a patient stands, in the six words that a hospital is told. Pure.

Hospitals cannot see whether anybody picked a referral up. What they are told follows from the task alone, so hearing
an event again, or taking an act back, never says anything that does not hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from ascbridge.events.catalogue import TaskFact

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
    return _OF_STAGE.get(fact.stage, "allocated")


def reason_of(fact: TaskFact) -> str:
    """Return the code that goes with it: the desk's reason, the outcome, or what ended the work; empty where none."""
    match progress_of(fact):
        case "rejected":
            return fact.reason
        case "closed":
            return fact.outcome or fact.reason
        case _:
            return ""

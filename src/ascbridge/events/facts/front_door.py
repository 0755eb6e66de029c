"""The front door's tasks as events: looking into what came in (triage), and the review that is due.

Each carries the whole task as it now stands, as the discharge tasks do. Nothing in it names anybody. This module
thinks; it does no input or output.
"""

from __future__ import annotations

from typing import Literal

from ascbridge.events.facts.fact import Fact


class FrontDoorTask(Fact):
    """The present state of one task of the front door; the class name says what changed. Highest `revision` holds.

    `kind` is *triage* (of a contact or referral) or *review*; `about` the slot that it came from, with the council's
    own number (``contact:C1``). `status` is the FHIR Task status. `signal` is what the council's word makes of it,
    `stage` where the desk's own work is. `since_on` is since when the person waits, `due_on` the day a review is due,
    `looked_on` when their support was last looked at, `owner_because` why it is that team's. `outcome` is the desk's,
    `stated_outcome` the council's.
    """

    family = "task"
    task: str
    kind: str
    about: str
    revision: int
    status: Literal["requested", "accepted", "completed", "cancelled", "entered-in-error"]
    stage: str
    signal: str
    opened_ms: int
    due_ms: int | None = None
    owner_team: str = ""
    owner_because: str = ""
    since_on: str = ""
    due_on: str = ""
    looked_on: str = ""
    last_contact_on: str = ""
    channel: str = ""
    route: str = ""
    made_by: str = ""
    asked_for: str = ""
    client: str = ""
    allocated_team: str = ""
    outcome: str = ""
    stated_outcome: str = ""


class FrontDoorTaskOpened(FrontDoorTask):
    """Somebody made contact who waits for an answer, or a review comes due."""


class FrontDoorTaskChanged(FrontDoorTask):
    """Owner, due time, stage or what is known of the task changed; it stays open, or closed."""


class FrontDoorTaskResumed(FrontDoorTask):
    """Work that was closed goes on: what had closed it no longer holds."""


class FrontDoorTaskCompleted(FrontDoorTask):
    """The work is done: the desk finished it, or the council's own word shows that it is."""


class FrontDoorTaskCancelled(FrontDoorTask):
    """The work is no longer wanted: died, support ended, or recorded in error."""

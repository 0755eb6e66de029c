"""What is said about work that was split off a discharge task: finding a package, equipment, transport and so on.

Each carries the whole sub-task as it now stands, as the discharge tasks do. Nothing in it names anybody, nor who offers
a place. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import Literal

from ascbridge.events.facts.fact import Fact


class SubTaskFact(Fact):
    """The present state of one sub-task; the class name says what changed. Highest `revision` holds.

    `parent` is the discharge task that it was split off, `kind` and `state` are codes of the list that `list_version`
    names; `title` and `state_words` what those read, `what` the thing that it is about in words. `status` is the FHIR
    Task status. `signal` is what parent and council make of it: *wanted*, *paused*, *delivered*, *not-wanted*, or why
    it is to stop. `tell` is what its team has to be told: *stop*, or *go-on* after that, until somebody says that they
    have seen it. `about` is the council's slot of the thing. `before_discharge`: the person cannot leave without it.
    `offers` and `offers_lost` count what providers offered; `finished_ms` is when it was done or failed.
    """

    family = "task"
    task: str
    parent: str
    spell: str
    kind: str
    title: str
    what: str = ""
    revision: int
    status: Literal[
        "requested", "accepted", "in-progress", "on-hold", "completed", "failed", "cancelled", "entered-in-error"
    ]  # fmt: skip
    state: str
    state_words: str
    signal: str
    reason: str = ""
    list_version: str = ""
    tell: Literal["", "stop", "go-on"] = ""
    about: str = ""
    before_discharge: bool = False
    opened_ms: int
    due_ms: int | None = None
    finished_ms: int | None = None
    owner_team: str = ""
    offers: int = 0
    offers_lost: int = 0


class SubTaskOpened(SubTaskFact):
    """Work was split off a discharge task."""


class SubTaskChanged(SubTaskFact):
    """State, owner, due time or what its team is to be told changed; it stays open, or closed."""


class SubTaskPaused(SubTaskFact):
    """The discharge task that it belongs to waits, and so does this."""


class SubTaskResumed(SubTaskFact):
    """Work that waited, or was closed, goes on."""


class SubTaskCompleted(SubTaskFact):
    """The work is done: its team said so, or the council's own word shows it."""


class SubTaskFailed(SubTaskFact):
    """The work came to nothing, with a reason."""


class SubTaskCancelled(SubTaskFact):
    """The work is no longer wanted: stopped by hand, by what became of its discharge task, or by the council's word."""

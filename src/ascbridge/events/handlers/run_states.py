"""The states of a run: something that somebody asked for, that goes on by itself for a while, and can be held still.

What a run does, and how far it is, is its own matter; it stands in the database, so that it outlives a restart.
"""

from __future__ import annotations

from typing import Literal

State = Literal["running", "paused", "done", "stopped"]
Act = Literal["pause", "resume", "stop"]
ACTS: dict[Act, tuple[State, State]] = {
    "pause": ("running", "paused"),
    "resume": ("paused", "running"),
    "stop": ("running", "stopped"),
}
"""From which state each act leads to which; what is paused can be stopped too."""


def after(state: State, wanted: Act) -> State | None:
    """Return the state that an act leads to; None where this state forbids it."""
    needed, then = ACTS[wanted]
    return then if state == needed or (wanted == "stop" and state == "paused") else None

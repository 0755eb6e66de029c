"""Acting on a task, for the pages and for programs alike: one act, its version check and its audit entry in
one transaction.

The desk refuses an act on a task that somebody else has acted on since. Acts that depend on what the
hospital said are refused too where the hospital has said something since: nobody completes a task whose
patient has just been moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import func, select

from ascbridge.discharge import desk
from ascbridge.discharge.decision import task_id as task_of
from ascbridge.discharge.desk import Sitting, StaleTask
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import desk_act, task
from ascbridge.web.doorbook import where_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

ActName = Literal[
    "claim", "release", "note", "stage", "complete", "drop", "settle-look", "open-by-hand", "undo"
]
ACTS: tuple[ActName, ...] = get_args(ActName)
NEEDS_CHOICE = {"stage", "complete", "drop", "settle-look"}
"""Acts that name one of several: a stage, an outcome, a reason, a look."""
_RESTS_ON_HOSPITAL = {"stage", "complete", "drop", "settle-look"}
LONGEST_TEXT = 2_000


class NothingChosen(ValueError):
    """An act that must name a choice or hold a text, and does not; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do. `version` and `revision` are those of the task as it was shown to them."""

    act: ActName
    version: int
    revision: int | None = None
    choice: str = ""
    text: str = ""


async def do(request: Request, visitor: Visitor, about: str, wish: Wish) -> int:
    """Do it and return the task's new version. `about` is a task, or for opening by hand a stay.

    Raises `NothingChosen` and what `discharge.desk` raises: `StaleTask`, `UnknownTask`, `NotNow`,
    `NotAChoice`, `PersonErased`.
    """
    parts: WebParts = request.app.state.parts
    text = wish.text.strip()[:LONGEST_TEXT]
    if wish.act == "note" and not text:
        raise NothingChosen("Write the note")
    if wish.act in NEEDS_CHOICE and not wish.choice:
        raise NothingChosen("Choose one")

    acting = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor))

    def work(connection: Connection) -> int:
        sitting = Sitting(parts.desk, acting, wish.version, parts.clock.now_ms())
        if wish.act in _RESTS_ON_HOSPITAL and wish.revision is not None:
            _same_revision(connection, parts.desk.generation, about, wish.revision)
        return _act(connection, sitting, about, wish, text)

    version = await parts.database.write(work)
    parts.wake()
    return version


def version_of_stay(connection: Connection, spell: str) -> int:
    """Return the version of a stay's desk acts, whether it has a task or not."""
    newest = select(func.max(desk_act.c.version)).where(desk_act.c.task_id == task_of(spell))
    return connection.scalar(newest) or 0


def _act(connection: Connection, sitting: Sitting, about: str, wish: Wish, text: str) -> int:
    if wish.act in _PLAIN:
        return _PLAIN[wish.act](connection, sitting, about)
    if wish.act in _CHOOSING:
        return _CHOOSING[wish.act](connection, sitting, about, wish.choice, text)
    return _WRITING[wish.act](connection, sitting, about, text)


_PLAIN: dict[str, Callable[[Connection, Sitting, str], int]] = {
    "claim": desk.claim,
    "release": desk.release,
    "undo": desk.undo,
}
_CHOOSING: dict[str, Callable[[Connection, Sitting, str, str, str], int]] = {
    "stage": desk.move_stage,
    "complete": desk.complete,
    "drop": desk.drop,
    "settle-look": desk.settle_look,
}
_WRITING: dict[str, Callable[[Connection, Sitting, str, str], int]] = {
    "note": desk.note,
    "open-by-hand": desk.open_by_hand,
}


def _same_revision(connection: Connection, generation: int, task_id: str, revision: int) -> None:
    now = connection.scalar(
        select(task.c.revision).where(task.c.generation == generation, task.c.task_id == task_id)
    )
    if now is not None and now != revision:
        raise StaleTask("the hospital said something since")

"""Acting on a task, for the pages and for programs alike: one act, its version check and its audit entry in
one transaction.

The desk refuses an act on a task that somebody else has acted on since. Acts that depend on what the
hospital said are refused too where the hospital has said something since: nobody completes a task whose
patient has just been moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import func, select

from ascbridge.discharge.acts import between_people, delays, desk, stage_acts
from ascbridge.discharge.acts.desk import NotAChoice, Sitting, StaleTask
from ascbridge.discharge.deciding.decision import task_id as task_of
from ascbridge.events.ledgers.audit import AuditEntry, record
from ascbridge.people.actor import Actor
from ascbridge.storage.tables import desk_act, task
from ascbridge.web.doorbook import where_from
from ascbridge.web.refusals import LONGEST_TEXT, NothingChosen

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

ActName = Literal[
    "claim", "release", "accept", "note", "stage", "propose-pathway", "confirm-pathway", "source",
    "delay", "delay-over", "complete", "drop", "settle-look", "undo", "assign", "hand-over", "pause", "resume", "ask",
    "answer", "reject", "hold", "lift-hold", "open-by-hand",
]  # fmt: skip
ACTS: tuple[ActName, ...] = get_args(ActName)
UNNAMED = "somebody who may hold"
HOLDING: frozenset[ActName] = frozenset({"hold", "lift-hold"})
"""Acts of the section *hold*; all others are of *desk*."""
_MISSING: dict[str, tuple[tuple[str, str], ...]] = {
    "note": (("text", "Write the note"),),
    "hand-over": (("choice", "Choose the team"), ("text", "Write what the other team must know")),
    "ask": (("who", "Say who was asked"), ("text", "Write the question")),
    "answer": (("choice", "Choose the question"), ("text", "Write the answer")),
    "hold": (("who", "Say whom to speak to"), ("phone", "Give a telephone number to ring")),
    **dict.fromkeys(
        (
            "stage",
            "propose-pathway",
            "confirm-pathway",
            "source",
            "delay",
            "complete",
            "drop",
            "settle-look",
            "assign",
            "pause",
            "reject",
        ),
        (("choice", "Choose one"),),
    ),
}
"""What an act cannot do without: a field, and what to do about it, in the order in which a form asks."""
_RESTS_ON_HOSPITAL = {
    "stage", "propose-pathway", "confirm-pathway", "source", "delay", "complete", "drop", "settle-look", "pause",
    "reject",
}  # fmt: skip
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do. `version` and `revision` are those of the task as it was shown to them.

    `who` is whom the ward's question went to, or whom a hold names; `phone` is theirs. `spoken_ms` (UTC ms) says when
    whom a hold names was spoken to. `reason` is why the choice is not the usual one, where it needs that.
    """

    act: ActName
    version: int
    revision: int | None = None
    choice: str = ""
    text: str = ""
    who: str = ""
    phone: str = ""
    spoken_ms: int | None = None
    reason: str = ""


async def do(request: Request, visitor: Visitor, about: str, wish: Wish) -> int:
    """Do it and return the task's new version. `about` is a task, or for opening by hand a stay.

    Raises `NothingChosen` and what `discharge.desk` raises: `StaleTask`, `UnknownTask`, `NotNow`,
    `NotAChoice`, `SpeakFirst`, `PersonErased`.
    """
    parts: WebParts = request.app.state.parts
    wish = _tidy(wish)
    if (fault := missing(wish)) is not None:
        raise NothingChosen(fault[1], fault[0])
    acting = await _actor(request, visitor, about, wish.act)

    def work(connection: Connection) -> int:
        sitting = Sitting(parts.desk, acting, wish.version, parts.clock.now_ms())
        if wish.act in _RESTS_ON_HOSPITAL and wish.revision is not None:
            _same_revision(connection, parts.desk.generation, about, wish.revision)
        return _DOING[wish.act](connection, sitting, about, wish)

    version = await parts.database.write(work)
    parts.wake()
    return version


async def _actor(request: Request, visitor: Visitor, about: str, act: ActName) -> Actor:
    """Return who the desk is told did it.

    Of a hold it is told nobody, whoever sets it: that safeguarding did would tell that there may be a concern. Who did
    is written down behind the wall first, for every role, where there is one.
    """
    parts: WebParts = request.app.state.parts
    if act not in HOLDING or parts.vault is None:
        return Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor))
    entry = AuditEntry(
        parts.writer,
        visitor.name,
        visitor.role,
        f"task {act}",
        about,
        where_from=where_from(request, visitor),
    )
    now_ms = parts.clock.now_ms()
    await parts.vault.database.write(lambda connection: record(connection, entry, now_ms))
    return Actor(UNNAMED, "hold", parts.writer)


def missing(wish: Wish) -> tuple[str, str] | None:
    """Return the first field that the act cannot do without, and what to do about it; None where all is there."""
    return next(((f, said) for f, said in _MISSING.get(wish.act, ()) if not getattr(wish, f).strip()), None)


def version_of_stay(connection: Connection, spell: str) -> int:
    """Return the version of a stay's desk acts, whether it has a task or not."""
    newest = select(func.max(desk_act.c.version)).where(desk_act.c.task_id == task_of(spell))
    return connection.scalar(newest) or 0


def _tidy(wish: Wish) -> Wish:
    who, phone = (" ".join(said.split())[:LONGEST_NAME] for said in (wish.who, wish.phone))
    return replace(wish, text=wish.text.strip()[:LONGEST_TEXT], who=who, phone=phone)


def _question(choice: str) -> int:
    if not choice.isdecimal():
        raise NotAChoice(f"{choice!r} is no question")
    return int(choice)


_DOING: dict[ActName, Callable[[Connection, Sitting, str, Wish], int]] = {
    "claim": lambda c, s, about, _: desk.claim(c, s, about),
    "release": lambda c, s, about, _: desk.release(c, s, about),
    "undo": lambda c, s, about, _: desk.undo(c, s, about),
    "accept": lambda c, s, about, _: stage_acts.accept(c, s, about),
    "stage": lambda c, s, about, w: stage_acts.move_stage(c, s, about, w.choice, w.text, w.reason),
    "propose-pathway": lambda c, s, about, w: stage_acts.propose_pathway(
        c, s, about, w.choice, w.text, w.reason
    ),
    "confirm-pathway": lambda c, s, about, w: stage_acts.confirm_pathway(
        c, s, about, w.choice, w.text, w.reason
    ),
    "source": lambda c, s, about, w: stage_acts.source(c, s, about, w.choice, w.text, w.reason),
    "delay": lambda c, s, about, w: delays.delay(c, s, about, w.choice, w.text),
    "delay-over": lambda c, s, about, _: delays.delay_over(c, s, about),
    "complete": lambda c, s, about, w: desk.complete(c, s, about, w.choice, w.text, w.spoken_ms),
    "drop": lambda c, s, about, w: desk.drop(c, s, about, w.choice, w.text),
    "settle-look": lambda c, s, about, w: desk.settle_look(c, s, about, w.choice, w.text),
    "note": lambda c, s, about, w: desk.note(c, s, about, w.text),
    "open-by-hand": lambda c, s, about, w: desk.open_by_hand(c, s, about, w.text),
    "assign": lambda c, s, about, w: between_people.assign(c, s, about, w.choice, w.text),
    "hand-over": lambda c, s, about, w: between_people.hand_over(c, s, about, w.choice, w.text),
    "pause": lambda c, s, about, w: between_people.pause(c, s, about, w.choice, w.text),
    "resume": lambda c, s, about, _: between_people.resume(c, s, about),
    "ask": lambda c, s, about, w: between_people.ask_ward(c, s, about, w.who, w.text),
    "answer": lambda c, s, about, w: between_people.answer(c, s, about, _question(w.choice), w.text),
    "reject": lambda c, s, about, w: between_people.reject(c, s, about, w.choice, w.text),
    "hold": lambda c, s, about, w: between_people.hold(c, s, about, w.who, w.phone),
    "lift-hold": lambda c, s, about, _: between_people.lift_hold(c, s, about),
}


def _same_revision(connection: Connection, generation: int, task_id: str, revision: int) -> None:
    now = connection.scalar(
        select(task.c.revision).where(task.c.generation == generation, task.c.task_id == task_id)
    )
    if now is not None and now != revision:
        raise StaleTask("the hospital said something since")

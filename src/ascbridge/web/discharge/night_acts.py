"""Acting on urgent matters: act, version check and audit in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.urgent_acts import NEEDS_TEXT, UrgentWish, do_urgent, say_urgent
from ascbridge.people.actor import Actor
from ascbridge.web.doorbook import where_from
from ascbridge.web.refusals import LONGEST_TEXT, NothingChosen

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from fastapi import Request
    from sqlalchemy import Connection

    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

    Done = TypeVar("Done")

_NEEDS_CHOICE = {"answer": "Choose what the answer was", "ring": "Choose who was rung"}
_WHAT_TO_WRITE = {"note": "Write the note", "settle": "Say what came of it"}


async def do_urgent_act(
    request: Request, visitor: Visitor, matter_id: str, version: int, wish: UrgentWish
) -> int:
    """Do an act and return the matter's new version. Raises `NothingChosen` and what `do_urgent` raises."""
    cut = UrgentWish(wish.act, wish.choice, wish.reached, wish.text.strip()[:LONGEST_TEXT])
    if cut.act in _NEEDS_CHOICE and not cut.choice:
        raise NothingChosen(_NEEDS_CHOICE[cut.act])
    if cut.act in NEEDS_TEXT and not cut.text:
        raise NothingChosen(_WHAT_TO_WRITE[cut.act], "text")
    return await _sit(request, visitor, version, lambda c, sitting: do_urgent(c, sitting, matter_id, cut))


async def say_it_is_urgent(request: Request, visitor: Visitor, task_id: str, code: str, text: str) -> str:
    """Say that something is urgent and return the matter's id. Raises `NothingChosen` and what `say_urgent` raises."""
    text = text.strip()[:LONGEST_TEXT]
    if not code:
        raise NothingChosen("Choose what is urgent")
    if not text:
        raise NothingChosen("Write what must be done tonight", "text")
    return await _sit(request, visitor, 0, lambda c, sitting: say_urgent(c, sitting, task_id, code, text))


async def _sit(
    request: Request, visitor: Visitor, version: int, work: Callable[[Connection, Sitting], Done]
) -> Done:
    parts: WebParts = request.app.state.parts
    acting = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor))

    def in_one_transaction(connection: Connection) -> Done:
        return work(connection, Sitting(parts.desk, acting, version, parts.clock.now_ms()))

    return await parts.database.write(in_one_transaction)

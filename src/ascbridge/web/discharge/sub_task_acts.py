"""Acting on split-off work, for pages and programs alike: act, version check and audit in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.sub_desk import Split, SubWish, split_off, sub_act
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

_NEEDS_CHOICE = {"state": "Choose how far it is", "stop": "Choose why it is stopped", "need": "Choose one"}


async def split(request: Request, visitor: Visitor, parent: str, seen: int, wanted: Split) -> str:
    """Split work off and return its id; `seen` is how many the task had as shown. Raises what `split_off` raises."""
    cut = Split(
        wanted.kind, wanted.thing, wanted.about, wanted.before_discharge, wanted.text.strip()[:LONGEST_TEXT]
    )
    if not cut.kind:
        raise NothingChosen("Choose what to split off")
    return await _sit(request, visitor, seen, lambda c, sitting: split_off(c, sitting, parent, cut))


async def do_sub_act(request: Request, visitor: Visitor, sub_id: str, version: int, wish: SubWish) -> int:
    """Do an act and return the sub-task's new version. Raises `NothingChosen` and what `sub_act` raises."""
    cut = SubWish(wish.act, wish.choice, wish.reason, wish.text.strip()[:LONGEST_TEXT])
    if cut.act == "note" and not cut.text:
        raise NothingChosen("Write the note")
    if cut.act in _NEEDS_CHOICE and not cut.choice:
        raise NothingChosen(_NEEDS_CHOICE[cut.act])
    return await _sit(request, visitor, version, lambda c, sitting: sub_act(c, sitting, sub_id, cut))


async def _sit(
    request: Request, visitor: Visitor, version: int, work: Callable[[Connection, Sitting], Done]
) -> Done:
    parts: WebParts = request.app.state.parts
    acting = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor))

    def in_one_transaction(connection: Connection) -> Done:
        return work(connection, Sitting(parts.desk, acting, version, parts.clock.now_ms()))

    done = await parts.database.write(in_one_transaction)
    parts.wake()
    return done

"""Acting on a task of the front door, for pages and programs alike: act, version check and audit in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ascbridge.frontdoor import front_desk
from ascbridge.frontdoor.front_desk import DoorSitting
from ascbridge.people.actor import Actor
from ascbridge.web.doorbook import where_from
from ascbridge.web.refusals import LONGEST_TEXT, NothingChosen

if TYPE_CHECKING:
    from fastapi import Request

    from ascbridge.frontdoor.front_desk import ActName
    from ascbridge.web.parts import WebParts
    from ascbridge.web.visitors import Visitor

DoorAct = Literal["claim", "release", "note", "spoke", "complete", "open-by-hand", "undo"]
DOOR_ACTS: tuple[DoorAct, ...] = get_args(DoorAct)
_NAMES: dict[DoorAct, ActName] = {
    "claim": "claim", "release": "release", "note": "note", "spoke": "spoke", "complete": "complete",
    "open-by-hand": "open_by_hand", "undo": "undo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DoorWish:
    """What somebody wants to do. `version` is the task's as it was shown to them."""

    act: DoorAct
    version: int
    choice: str = ""
    text: str = ""


async def do_at_door(request: Request, visitor: Visitor, task_id: str, wish: DoorWish) -> int:
    """Do it and return the task's new version. Raises `NothingChosen` and what `front_desk.act` raises."""
    parts: WebParts = request.app.state.parts
    text = wish.text.strip()[:LONGEST_TEXT]
    if wish.act == "note" and not text:
        raise NothingChosen("Write the note")
    if wish.act == "complete" and not wish.choice:
        raise NothingChosen("Choose one")
    acting = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor))
    version = await parts.database.write(
        lambda connection: front_desk.act(
            connection,
            DoorSitting(parts.door, acting, wish.version, parts.clock.now_ms()),
            task_id,
            _NAMES[wish.act],
            wish.choice,
            text,
        )
    )
    parts.wake()
    return version

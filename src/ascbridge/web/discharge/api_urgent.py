"""What is urgent, for programs: by the clock and a table as on the pages, and what is done about it. Faults are
problem+json; everything that is read of somebody is written down with why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.discharge.acts.urgent_acts import UrgentActName, UrgentWish
from ascbridge.discharge.deciding.duty import on_duty
from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_list import may_open, urgent_list
from ascbridge.web.api_models import Model, PersonOut, WardOut
from ascbridge.web.discharge.api import Purpose, person_out
from ascbridge.web.discharge.night_acts import do_urgent_act, say_it_is_urgent
from ascbridge.web.discharge.night_shown import MatterShown, matters_shown
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.refusals import LONGEST_TEXT, answered
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(prefix="/api", responses=ANSWERS, tags=["urgent matters"])
Seeing = Annotated[Visitor, Depends(Needs("night"))]
Acting = Annotated[Visitor, Depends(Needs("night", least=Access.full))]
Saying = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]


class MatterActOut(Model):
    """Something that somebody did about a matter."""

    version: int
    act: str
    words: str
    by: str
    role: str
    at_ms: int
    text: str = Field(description="What they wrote; empty for roles that are shown no notes")


class MatterOut(Model):
    """One urgent matter about one stay."""

    matter_id: str
    code: str = Field(description="Which kind, of the list that `list_version` names")
    list_version: str
    words: str
    status: str = Field(description="to-ask, urgent, not-urgent, settled or over")
    stands: bool = Field(description="Whether somebody must see to it")
    asks: str = Field(description="What no message tells; empty where nothing is asked")
    do: str
    because: list[str]
    person: PersonOut
    ward: WardOut | None
    since_ms: int = Field(description="When what makes it urgent happened")
    acts: list[MatterActOut]
    version: int = Field(description="To be sent back with the next act")


class UrgentOut(Model):
    """Who is on duty, and what the reader's role sees now: nothing out of hours while the discharge team is open."""

    on_duty: str
    phone: str
    until_ms: int | None
    open_to_you: bool
    matters: list[MatterOut]


class UrgentActIn(Model):
    """What is done about a matter. `choice` is the answer (yes, no, not-known), or who was rung."""

    version: int
    choice: str = ""
    reached: bool = Field(False, description="Whether they answered the telephone")
    text: str = Field("", max_length=LONGEST_TEXT)


class UrgentIn(Model):
    """That something is urgent, of which kind of the list, and what must be done tonight."""

    code: str
    text: str = Field(max_length=LONGEST_TEXT)


class UrgentDone(Model):
    """The matter that was acted on, and its version now."""

    matter_id: str
    version: int


@router.get("/urgent", summary="What is urgent now")
async def urgent(request: Request, visitor: Seeing, purpose: Purpose = "") -> UrgentOut:
    """What is urgent now, what stands first, and what was dealt with lately."""
    parts: WebParts = request.app.state.parts
    why = reason_to_read(request, visitor, purpose)
    now_ms = parts.clock.now_ms()

    def read(connection: Connection) -> UrgentOut:
        lists = parts.reference.lists
        found = urgent_list(connection, lists, visitor.role, now_ms)
        shown = matters_shown(connection, parts, found.matters, visitor.may("night"), now_ms)
        duty = on_duty(lists, now_ms)
        return UrgentOut(
            on_duty=duty.team,
            phone=duty.phone,
            until_ms=duty.until_ms,
            open_to_you=found.open_to_them,
            matters=[_out(one) for one in shown],
        )

    found = await parts.database.read(read)
    await write_down(request, visitor, "urgent matters read", why=why, result=f"{len(found.matters)} shown")
    return found


@router.get("/urgent/{matter_id}", summary="One urgent matter")
async def matter(request: Request, visitor: Seeing, matter_id: str, purpose: Purpose = "") -> MatterOut:
    """One matter with what was done about it."""
    why = reason_to_read(request, visitor, purpose)
    shown = await _seen(request, visitor, matter_id)
    await write_down(request, visitor, "urgent matter read", whom=shown.person_id, why=why)
    return _out(shown)


@router.post("/urgent/{matter_id}/{act}", summary="Act on an urgent matter")
async def act(
    request: Request, visitor: Acting, matter_id: str, act: UrgentActName, wish: UrgentActIn
) -> UrgentDone:
    """Answer what is asked, ring, note, settle, or take up what the night wrote."""
    await _seen(request, visitor, matter_id)
    doing = UrgentWish(act, wish.choice, wish.reached, wish.text)
    version = await answered(do_urgent_act(request, visitor, matter_id, wish.version, doing))
    return UrgentDone(matter_id=matter_id, version=version)


@router.post("/tasks/{task_id}/urgent", summary="Say that something about a task is urgent")
async def say(request: Request, visitor: Saying, task_id: str, wish: UrgentIn) -> UrgentDone:
    """Put a task's person on the list of whoever is on duty, with what must be done tonight."""
    parts: WebParts = request.app.state.parts
    matter_id = await answered(say_it_is_urgent(request, visitor, task_id, wish.code, wish.text))
    stood = await parts.database.read(lambda connection: urgent_store.one(connection, matter_id))
    return UrgentDone(matter_id=matter_id, version=stood.version if stood is not None else 0)


async def _seen(request: Request, visitor: Visitor, matter_id: str) -> MatterShown:
    """Read a matter for this visitor. Raises 404 where there is none, or none that they see now."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()

    def read(connection: Connection) -> MatterShown | None:
        found = urgent_store.one(connection, matter_id)
        if found is None or not may_open(found, parts.reference.lists, visitor.role, now_ms):
            return None
        (shown,) = matters_shown(connection, parts, [found], visitor.may("night"), now_ms)
        return shown

    shown = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404, "There is no such matter, or none that you see now.")
    return shown


def _out(shown: MatterShown) -> MatterOut:
    one = shown.matter
    return MatterOut(
        matter_id=one.id,
        code=one.code,
        list_version=one.list_version,
        words=shown.words,
        status=one.status,
        stands=one.stands,
        asks=shown.asks,
        do=shown.do,
        because=list(shown.because),
        person=person_out(one.person_id, shown.person),
        ward=WardOut(**shown.ward.model_dump()) if shown.ward is not None else None,
        since_ms=one.since_ms,
        acts=[
            MatterActOut(
                version=done.row.version, act=done.row.act, words=done.words, by=done.row.actor, role=done.row.role,
                at_ms=done.row.at_ms, text=done.text,
            )
            for done in shown.done
        ],
        version=one.version,
    )  # fmt: skip

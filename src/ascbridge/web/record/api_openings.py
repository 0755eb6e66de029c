"""Opening a record without a relationship, contacts, and the queue of what was opened so, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.relationship.openings import NoSuchOpening, ReviewRefused
from ascbridge.relationship.own_words import LONGEST
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import write_down
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import breaks_glass, reason_to_read
from ascbridge.web.record import opening_acts
from ascbridge.web.record.opening_acts import NoSuchPerson
from ascbridge.web.refusals import NothingChosen
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ascbridge.relationship.openings import Opening
    from ascbridge.web.parts import WebParts

router = APIRouter(prefix="/api", tags=["openings"], responses=ANSWERS)
Reading = Annotated[Visitor, Depends(Needs("person", least=Access.full))]
Taking = Annotated[Visitor, Depends(Needs("take-contact", least=Access.full))]
Looking = Annotated[Visitor, Depends(Needs("openings"))]
Reviewing = Annotated[Visitor, Depends(Needs("openings", least=Access.full))]
_OWN = "In one's own words; kept sealed"


class OpenIn(Model):
    """Why a record is opened though nothing known connects the reader with the person."""

    reason: str = Field(max_length=120, description=" | ".join(opening_acts.OPENING_REASONS))
    words: str = Field(max_length=LONGEST, description=_OWN)


class ContactIn(Model):
    """Who got in touch about a person."""

    caller: Literal["self", "family", "carer", "provider", "health", "emergency", "other"]
    about: str = Field(max_length=LONGEST, description=_OWN)


class OpenedOut(Model):
    """Until when the record may be opened (UTC ms)."""

    person_id: str
    until_ms: int


class OpeningOut(Model):
    """One record that was opened without a relationship. `outcome` is empty while it waits."""

    opening_id: str
    person_id: str
    who: str
    role: str
    organisation: str
    reason: str
    words: str = Field(description="Empty for a role that is not shown it")
    at_ms: int
    until_ms: int
    due_ms: int
    outcome: str
    reviewed_by: str
    reviewed_ms: int | None
    review: str


class OpeningsOut(Model):
    """What waits to be looked at, and what was looked at lately."""

    waiting: int
    overdue: int
    oldest_ms: int | None
    due_agreed: bool = Field(description="Whether anybody agreed on the due time")
    openings: list[OpeningOut]
    reviewed: list[OpeningOut]


class ReviewIn(Model):
    """What came of looking at an opening."""

    outcome: Literal["proper", "talk", "passed-on"]
    words: str = Field(min_length=1, max_length=LONGEST, description=_OWN)


class Reviewed(Model):
    """What was looked at."""

    opening_id: str


@router.post("/persons/{person_id}/open", summary="Open a record without a relationship")
async def open_without(request: Request, visitor: Reading, person_id: str, said: OpenIn) -> OpenedOut:
    """Open a record for a while; it is audited and looked at. Nothing restricted shows by it."""
    if not breaks_glass(visitor):
        raise HTTPException(409, "This role states its purpose with each reading instead.")
    opening = opening_acts.open_without(request, visitor, person_id, said.reason, said.words)
    return OpenedOut(person_id=person_id, until_ms=await _until(opening))


@router.post("/persons/{person_id}/contacts", summary="Write down that somebody got in touch about a person")
async def take_contact(request: Request, visitor: Taking, person_id: str, said: ContactIn) -> OpenedOut:
    """Write down a contact: until the shift ends, whoever took it may open the record."""
    taking = opening_acts.take_contact(request, visitor, person_id, said.caller, said.about)
    return OpenedOut(person_id=person_id, until_ms=await _until(taking))


@router.get("/openings", summary="Records that were opened without a relationship")
async def openings(
    request: Request, visitor: Looking, purpose: Annotated[str, Query(max_length=120, description="Why")] = ""
) -> OpeningsOut:
    """What waits to be looked at, what is due first first; and what was looked at in the last 31 days."""
    parts: WebParts = request.app.state.parts
    why, now_ms = reason_to_read(request, visitor, purpose), parts.clock.now_ms()
    tally, waiting, reviewed = await parts.database.read(
        lambda c: opening_acts.queue(c, parts, visitor, now_ms)
    )
    said = f"{len(waiting)} wait"
    await write_down(request, visitor, "openings without a relationship read", why=why, result=said)
    return OpeningsOut(
        **tally._asdict(), due_agreed=bool(parts.settings.relationship.agreed_by),
        openings=[_out(one) for one in waiting], reviewed=[_out(one) for one in reviewed],
    )  # fmt: skip


@router.post("/openings/{opening_id}/review", summary="Say what came of looking at an opening")
async def review(request: Request, visitor: Reviewing, opening_id: str, said: ReviewIn) -> Reviewed:
    """Say whether it was proper, somebody is to be talked to, or it was passed on. 409 where somebody was quicker."""
    try:
        await opening_acts.review(request, visitor, opening_id, said.outcome, said.words)
    except NoSuchOpening:
        raise HTTPException(404, "There is no such opening.") from None
    except ReviewRefused as fault:
        raise HTTPException(409, str(fault)) from None
    return Reviewed(opening_id=opening_id)


async def _until(doing: Awaitable[int]) -> int:
    try:
        return await doing
    except NothingChosen as fault:
        raise HTTPException(422, str(fault)) from None
    except NoSuchPerson:
        raise HTTPException(404, "There is no such person.") from None


def _out(one: Opening) -> OpeningOut:
    values: dict[str, Any] = asdict(one)
    values.pop("sign_in")
    return OpeningOut(**values)

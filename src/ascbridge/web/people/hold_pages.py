"""Legal holds, for people and for programs: which stand, placing one, ending one. People and messages are ids here."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import AwareDatetime, Field

from ascbridge.access import Access
from ascbridge.people import legal_holds
from ascbridge.people.actor import Actor
from ascbridge.people.legal_holds import KINDS, CannotHold, Hold, Kind
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import where_from
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(prefix="/settle/holds", include_in_schema=False)
api_router = APIRouter(prefix="/api/settle/holds", tags=["settle"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("settle"))]
Deciding = Annotated[Visitor, Depends(Needs("settle", least=Access.full))]
Text = Annotated[str, Form()]
HERE = "/settle/holds"
LONGEST_WHY = 200


class LegalHoldIn(Model):
    """What must not be erased, and why."""

    kind: Kind
    about: str = Field(min_length=1, max_length=64, description="A person id, or a message id")
    why: str = Field(min_length=1, max_length=LONGEST_WHY, description="No names or numbers of people")
    until: AwareDatetime | None = Field(
        None, description="When somebody must look at it again; it never lapses by itself"
    )


class LegalHoldEndIn(Model):
    """Why a hold is ended."""

    why: str = Field(min_length=1, max_length=LONGEST_WHY, description="No names or numbers of people")


class LegalHoldOut(Model):
    """One legal hold."""

    hold_id: str
    kind: Kind
    about: str
    why: str
    who: str
    since_ms: int
    until_ms: int | None
    ended_ms: int | None
    ended_by: str
    ended_why: str


@api_router.get("", summary="Legal holds that stand")
async def standing(request: Request, _: Looking) -> list[LegalHoldOut]:
    """The oldest first."""
    parts: WebParts = request.app.state.parts
    return [_out(one) for one in await parts.database.read(legal_holds.standing)]


@api_router.post("", summary="Place a legal hold")
async def place(request: Request, visitor: Deciding, wanted: LegalHoldIn) -> LegalHoldOut:
    """While it stands, nothing of the person or the message is erased. 409 where there is no such, or one stands."""
    until_ms = None if wanted.until is None else round(wanted.until.timestamp() * 1000)
    try:
        placed = await _place(request, visitor, wanted.kind, wanted.about, _line(wanted.why), until_ms)
    except CannotHold as fault:
        raise HTTPException(409, str(fault)) from None
    return _out(placed)


@api_router.post("/{hold_id}/end", summary="End a legal hold")
async def end(request: Request, visitor: Deciding, hold_id: str, said: LegalHoldEndIn) -> list[LegalHoldOut]:
    """What was approved to be erased meanwhile is erased within seconds. The answer: those that stand. 409 if over."""
    try:
        await _end(request, visitor, hold_id, _line(said.why))
    except CannotHold as fault:
        raise HTTPException(409, str(fault)) from None
    return await standing(request, visitor)


@router.get("")
async def holds(request: Request, visitor: Looking, done: str = "") -> Response:
    """Those that stand and those that were ended lately, and a form to place one."""
    return await _page(request, visitor, {"done": done})


@router.post("")
async def placed(
    request: Request, visitor: Deciding, kind: Text = "", about: Text = "", why: Text = "", until: Text = ""
) -> Response:
    """Place one."""
    stated = {"kind": kind, "about": about.strip(), "why": _line(why), "until": until}
    chosen = next((one for one in KINDS if one == kind), None)
    try:
        until_ms = _day(until)
        if chosen is None:
            raise CannotHold("choose a person or a message")
        await _place(request, visitor, chosen, stated["about"], stated["why"], until_ms)
    except CannotHold as fault:
        return await _page(request, visitor, stated | {"error": str(fault).capitalize()})
    return RedirectResponse(f"{HERE}?done=placed", 303)


@router.post("/{hold_id}/end")
async def ended(request: Request, visitor: Deciding, hold_id: str, why: Text = "") -> Response:
    """End one."""
    try:
        await _end(request, visitor, hold_id, _line(why))
    except CannotHold as fault:
        return await _page(request, visitor, {"error": str(fault).capitalize()})
    return RedirectResponse(f"{HERE}?done=ended", 303)


async def _place(
    request: Request, visitor: Visitor, kind: Kind, about: str, why: str, until_ms: int | None
) -> Hold:
    parts: WebParts = request.app.state.parts
    who, now_ms = _actor(request, visitor), parts.clock.now_ms()

    def work(connection: Connection) -> Hold:
        hold_id = legal_holds.place(connection, kind, about, who, why, until_ms, now_ms)
        return next(one for one in legal_holds.standing(connection) if one.hold_id == hold_id)

    return await parts.database.write(work)


async def _end(request: Request, visitor: Visitor, hold_id: str, why: str) -> None:
    parts: WebParts = request.app.state.parts
    who, now_ms = _actor(request, visitor), parts.clock.now_ms()
    await parts.database.write(lambda c: legal_holds.end(c, hold_id, who, why, now_ms))


async def _page(request: Request, visitor: Visitor, stated: dict[str, str]) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found, over = await parts.database.read(
        lambda c: (pages.around(c), legal_holds.standing(c), legal_holds.ended(c))
    )
    return pages.show(
        request, "legal_holds.html", visitor=visitor, around=around, found=found, over=over, stated=stated,
        error=stated.get("error", ""), may=visitor.may("settle") is Access.full,
        status=422 if stated.get("error") else 200,
    )  # fmt: skip


def _actor(request: Request, visitor: Visitor) -> Actor:
    parts: WebParts = request.app.state.parts
    return Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor), visitor.sign_in)


def _day(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  # a day; its zone is given below
    except ValueError:
        raise CannotHold("write the day as 2027-03-31, or leave it out") from None
    return round(datetime.combine(day, time(12), UTC).timestamp() * 1000)


def _out(one: Hold) -> LegalHoldOut:
    said = asdict(one)
    return LegalHoldOut(**{name: said[name] for name in LegalHoldOut.model_fields})


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_WHY]

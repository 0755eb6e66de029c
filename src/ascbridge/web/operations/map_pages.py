"""Code maps from the screen, and the same under /api: ask for a row, see what it would do, sign, refuse, take back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from ascbridge.access import Access
from ascbridge.intake.reading import map_versions, relearning
from ascbridge.intake.reading.map_versions import MapRow
from ascbridge.operations.mending import mapping
from ascbridge.operations.mending.mapping import CannotMap
from ascbridge.web.api_models import Model
from ascbridge.web.layout import Pages
from ascbridge.web.operations.api_mending import actor
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
Short = Annotated[str, Query(max_length=100)]
LONGEST_REASON = 200


class MapRowIn(Model):
    """One row more in a feed's code map."""

    feed: str = Field(max_length=100)
    name: str = Field(description="The list: discharge_method", max_length=100)
    sent: str = Field(description="The code as the feed sends it", max_length=mapping.LONGEST)
    meant: str = Field(description="What it means: one of the values that the list has", max_length=100)
    why: str = Field(min_length=1, max_length=LONGEST_REASON)


class ReasonIn(Model):
    """Why something is done."""

    why: str = Field(min_length=1, max_length=LONGEST_REASON)


class MapVersionOut(Model):
    """One version of a feed's code map: the row that it adds, who asked, who decided, and what it would do."""

    feed: str
    number: int
    name: str
    sent: str
    meant: str
    sha256: str = Field(description="Of the whole map with this row: what was signed")
    said: str
    why: str
    made_by: str
    made_ms: int
    state: str = Field(description="asked, in force, taken back or refused")
    decided_by: str
    decided_why: str
    decided_ms: int | None
    shadow: str = Field(description="The shadow from which it was asked for; empty: by itself")


@router.get("/operations/maps")
async def maps(
    request: Request,
    visitor: Looking,
    feed: Short = "",
    name: Short = "",
    sent: Short = "",
    done: Short = "",
) -> Response:
    """The rows that people added to code maps, and a form for one more."""
    return await _page(request, visitor, {"feed": feed, "name": name, "sent": sent}, done=done)


@router.post("/operations/maps")
async def ask(
    request: Request,
    visitor: Mending,
    feed: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    sent: Annotated[str, Form()] = "",
    meant: Annotated[str, Form()] = "",
    why: Annotated[str, Form()] = "",
) -> Response:
    """Ask for a row. Nothing takes effect."""
    row = MapRow(feed, name, sent.strip(), meant.strip())
    given = {"feed": feed, "name": name, "sent": sent, "meant": meant, "why": why}
    return await _done(request, visitor, _asking(request, row, _line(why)), "asked", given)


@router.post("/operations/maps/{feed}/{number}/sign")
async def sign(request: Request, visitor: Mending, feed: str, number: int) -> Response:
    """Sign it: it is in force, and what waited for it is completed."""
    return await _done(request, visitor, _signing(request, feed, number), "signed", {})


@router.post("/operations/maps/{feed}/{number}/refuse")
async def refuse(
    request: Request, visitor: Mending, feed: str, number: int, why: Annotated[str, Form()] = ""
) -> Response:
    """Refuse what was asked for, or take back what is in force."""
    return await _done(request, visitor, _refusing(feed, number, _line(why)), "refused", {})


@api.get("/maps", summary="Rows that people added to code maps")
async def versions(request: Request, _: Looking) -> list[MapVersionOut]:
    """The versions of every feed's map, the last asked for first, at most 200."""
    parts: WebParts = request.app.state.parts
    return [_out(one) for one in await parts.database.read(map_versions.latest)]


@api.post("/maps", summary="Ask for a row in a code map")
async def api_ask(request: Request, visitor: Mending, wanted: MapRowIn) -> MapVersionOut:
    """Ask for it, and say what it would do. Nothing takes effect. 422 where it cannot be asked for."""
    row = MapRow(wanted.feed, wanted.name, wanted.sent.strip(), wanted.meant)
    number = await _act(request, visitor, _asking(request, row, _line(wanted.why)))
    return await _of(request, wanted.feed, number)


@api.post("/maps/{feed}/{number}/sign", summary="Sign a row of a code map")
async def api_sign(request: Request, visitor: Mending, feed: str, number: int) -> MapVersionOut:
    """Have it take effect, and complete what waited. 422 for who asked: a second person must sign."""
    await _act(request, visitor, _signing(request, feed, number))
    return await _of(request, feed, number)


@api.post("/maps/{feed}/{number}/take-back", summary="Refuse or take back a row of a code map")
async def api_take_back(
    request: Request, visitor: Mending, feed: str, number: int, wanted: ReasonIn
) -> MapVersionOut:
    """Have the map stand as it did without it, from the next message on."""
    await _act(request, visitor, _refusing(feed, number, _line(wanted.why)))
    return await _of(request, feed, number)


def _asking(request: Request, row: MapRow, why: str) -> Callable[[Connection, Actor, int], int]:
    translator = request.app.state.parts.completing.translator
    return lambda c, who, now_ms: mapping.ask(c, translator, row, who, why, now_ms)


def _signing(request: Request, feed: str, number: int) -> Callable[[Connection, Actor, int], int]:
    translator = request.app.state.parts.completing.translator

    def act(connection: Connection, who: Actor, now_ms: int) -> int:
        mapping.sign(connection, translator, feed, number, who, now_ms)
        return number

    return act


def _refusing(feed: str, number: int, why: str) -> Callable[[Connection, Actor, int], int]:
    def act(connection: Connection, who: Actor, now_ms: int) -> int:
        mapping.refuse(connection, feed, number, who, why, now_ms)
        return number

    return act


async def _act(request: Request, visitor: Visitor, act: Callable[[Connection, Actor, int], int]) -> int:
    """Do it under /api. Raises 422."""
    try:
        return await _acted(request, visitor, act)
    except CannotMap as fault:
        raise HTTPException(422, str(fault)) from None


async def _acted(request: Request, visitor: Visitor, act: Callable[[Connection, Actor, int], int]) -> int:
    """Do it, and complete what waits for a map that is in force now. Raises `CannotMap`."""
    parts: WebParts = request.app.state.parts
    who, now_ms = actor(request, visitor), parts.clock.now_ms()
    number = await parts.database.write(lambda c: act(c, who, now_ms))
    await parts.completing.parked()
    parts.wake()
    return number


async def _done(
    request: Request,
    visitor: Visitor,
    act: Callable[[Connection, Actor, int], int],
    done: str,
    given: dict[str, str],
) -> Response:
    try:
        await _acted(request, visitor, act)
    except CannotMap as fault:
        return await _page(request, visitor, given, error=str(fault))
    return RedirectResponse(f"/operations/maps?done={done}", 303)


async def _page(
    request: Request, visitor: Visitor, given: dict[str, str], *, error: str = "", done: str = ""
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found, again = await parts.database.read(
        lambda c: (pages.around(c), map_versions.latest(c), relearning.latest(c))
    )
    translator = parts.completing.translator
    name = given.get("name", "")
    return pages.show(
        request, "maps.html", visitor=visitor, around=around, found=found, again=again, given=given, error=error,
        done=done, feeds=sorted(translator.profiles), lists=mapping.LISTS, status=422 if error else 200,
        meanings=mapping.meanings(name, translator) if name in mapping.LISTS else (),
    )  # fmt: skip


async def _of(request: Request, feed: str, number: int) -> MapVersionOut:
    parts: WebParts = request.app.state.parts
    return _out(await parts.database.read(lambda c: map_versions.of(c, feed, number)))


def _out(one: map_versions.Version) -> MapVersionOut:
    values = asdict(one)
    del values["made_in"]
    return MapVersionOut(**values)


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REASON]

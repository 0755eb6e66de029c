"""Waits at the front door: a page of figures, who waits longest, and the same as tables to be taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request

from ascbridge.access import Access
from ascbridge.web.doorbook import write_down
from ascbridge.web.frontdoor.waits_shown import (
    EXPLAINED,
    MEASURED,
    MONTHS,
    TABLES,
    WAITS_FOR,
    WITH_NAMES,
    sheet_of,
    waits_shown,
)
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.taken_away import WHYS, TakeForm, Taking, take
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from fastapi.responses import Response
    from sqlalchemy import Connection

    from ascbridge.web.frontdoor.waits_shown import WaitsShown
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("front-door"))]
TakingAway = Annotated[Visitor, Depends(Needs("front-door", also="take-away"))]
PAGE = 50


@router.get("/front-door/waits")
async def waits(request: Request, visitor: Seeing, months: int = MONTHS[1], after: int = 0) -> Response:
    """How long people wait and waited, and who waits longest."""
    why = reason_to_read(request, visitor)
    return await _page(request, visitor, why, months, max(0, after), TakeForm())


@router.post("/front-door/waits/csv")
async def taken(request: Request, visitor: TakingAway, form: Taking, months: int = MONTHS[1]) -> Response:
    """Give one of the tables as a file, to whoever says why; asks again where nothing was said."""
    if form.what not in _tables(visitor):
        raise HTTPException(404)
    if form.fault:
        return await _page(request, visitor, reason_to_read(request, visitor), months, 0, form, status=422)
    parts: WebParts = request.app.state.parts
    access, span = visitor.may("front-door"), _span(months)
    sheet = await parts.database.read(lambda connection: sheet_of(connection, parts, access, form.what, span))
    return await take(request, visitor, sheet, form.purpose)


async def _page(
    request: Request, visitor: Visitor, why: str, months: int, after: int, form: TakeForm, status: int = 200
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    access, span = visitor.may("front-door"), _span(months)

    def read(connection: Connection) -> tuple[Around, WaitsShown]:
        shown = waits_shown(connection, parts, access, months=span, limit=PAGE, after=after)
        return pages.around(connection), shown

    around, shown = await parts.database.read(read)
    result = f"{len(shown.longest)} shown"
    await write_down(request, visitor, "front door waits read", why=why, result=result)
    return pages.show(
        request, "front_door_waits.html", visitor=visitor, around=around, shown=shown, months=span, spans=MONTHS,
        waits_for=WAITS_FOR, measured=MEASURED, explained=EXPLAINED, tables=_tables(visitor), whys=WHYS, form=form,
        within=parts.door.rules.spoken_to_within_days,
        spoken_agreed=parts.door.rules.spoken_to_agreed, named=access is Access.full, after=after, page=PAGE,
        status=status,
    )  # fmt: skip


def _tables(visitor: Visitor) -> dict[str, str]:
    """Return what this visitor may take: whoever sees no names takes none."""
    names = visitor.may("front-door") is Access.full
    return {code: title for code, title in TABLES.items() if names or code != WITH_NAMES}


def _span(months: int) -> int:
    return months if months in MONTHS else MONTHS[1]

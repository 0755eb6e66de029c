"""Reports: how long discharges take, why they are delayed, how people fare afterwards and who they are, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request

from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.reports.reports_shown import MONTHS, figures
from ascbridge.web.taken_away import WHYS, TakeForm, Taking, take
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from fastapi.responses import Response
    from sqlalchemy import Connection

    from ascbridge.web.layout import Around
    from ascbridge.web.reports.reports_shown import Figure

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
TakingAway = Annotated[Visitor, Depends(Needs("worklist", also="take-away"))]


@router.get("/reports")
async def reports(request: Request, visitor: Seeing, months: int = MONTHS[0]) -> Response:
    """Every report of the last months, each with its chart, its table and how it is worked out."""
    return await _page(request, visitor, months, TakeForm())


@router.post("/reports/csv")
async def taken(request: Request, visitor: TakingAway, form: Taking, months: int = MONTHS[0]) -> Response:
    """Give the table of one report as a file, to whoever says why; asks again where nothing was said."""
    _, found = await _read(request, months)
    chosen = next((one for one in found if one.code == form.what), None)
    if chosen is None:
        raise HTTPException(404)
    if form.fault:
        return await _page(request, visitor, months, form, status=422)
    return await take(request, visitor, chosen.sheet(), form.purpose)


async def _page(
    request: Request, visitor: Visitor, months: int, form: TakeForm, status: int = 200
) -> Response:
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)
    around, found = await _read(request, months)
    await write_down(request, visitor, "reports read", why=why, result=f"{_span(months)} months")
    return pages.show(
        request, "reports.html", visitor=visitor, around=around, figures=found, months=_span(months), spans=MONTHS,
        tables={one.code: one.title for one in found}, whys=WHYS, form=form, status=status,
    )  # fmt: skip


async def _read(request: Request, months: int) -> tuple[Around, list[Figure]]:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Around, list[Figure]]:
        return pages.around(connection), figures(connection, parts, _span(months))

    return await parts.database.read(read)


def _span(months: int) -> int:
    return months if months in MONTHS else MONTHS[0]

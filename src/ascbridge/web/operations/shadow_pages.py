"""Shadows as pages: which there are and how far each is, and what would be otherwise, one by one, with why.

Nobody's name is told: a task and a person are named by their ids, and their own pages ask who may see them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.intake.reading import map_versions
from ascbridge.operations.mending.mapping import CannotMap
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.operations import shadow_switches, shadows_shown
from ascbridge.web.operations.shadows_shown import Asked
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Awaitable

router = APIRouter(prefix="/operations/shadows", include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


@router.get("")
async def every(request: Request, visitor: Looking) -> Response:
    """Which shadows there are, with what, and how far."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around = await parts.database.read(pages.around)
    made = await shadows_shown.every(parts)
    return pages.show(
        request, "shadows.html", visitor=visitor, around=around, made=made, state_of=shadows_shown.state_of
    )


@router.get("/{name}")
async def one(
    request: Request,
    visitor: Looking,
    name: str,
    kind: str = "",
    cause: str = "",
    person: str = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """What would be otherwise by one shadow: counted by cause, and one by one."""
    return await _page(request, visitor, name, Asked(kind, cause, person, after))


@router.post("/{name}/switch")
async def switch(request: Request, visitor: Mending, name: str, why: Annotated[str, Form()] = "") -> Response:
    """Ask for what it was made with to be put in force. Nothing takes effect."""
    return await _done(request, visitor, name, shadow_switches.ask(request, visitor, name, why))


@router.post("/{name}/sign")
async def sign(request: Request, visitor: Mending, name: str) -> Response:
    """Put all of it in force, as a second person."""
    return await _done(request, visitor, name, shadow_switches.sign(request, visitor, name))


@router.post("/{name}/roll-back")
async def roll_back(
    request: Request, visitor: Mending, name: str, why: Annotated[str, Form()] = ""
) -> Response:
    """Take all of it back."""
    return await _done(request, visitor, name, shadow_switches.roll_back(request, visitor, name, why))


async def _done(request: Request, visitor: Visitor, name: str, act: Awaitable[int]) -> Response:
    try:
        await act
    except CannotMap as fault:
        return await _page(request, visitor, name, Asked(), error=str(fault))
    return RedirectResponse(f"/operations/shadows/{name}", 303)


async def _page(request: Request, visitor: Visitor, name: str, asked: Asked, error: str = "") -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    seen = await shadows_shown.one(parts, name, asked)
    await write_down(
        request, visitor, "differences of a shadow looked at", whom=asked.person or f"shadow:{name}"
    )
    around, rows = await parts.database.read(lambda c: (pages.around(c), map_versions.of_shadow(c, name)))
    return pages.show(
        request,
        "shadow.html",
        visitor=visitor,
        around=around,
        seen=seen,
        asked=asked,
        rows=rows,
        error=error,
        status=422 if error else 200,
        state_of=shadows_shown.state_of,
    )

"""Shadows as pages: which there are and how far each is, and what would be otherwise, one by one, with why.

Nobody's name is told: a task and a person are named by their ids, and their own pages ask who may see them.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.operations import shadows_shown
from ascbridge.web.operations.shadows_shown import Asked
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

router = APIRouter(prefix="/operations/shadows", include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]


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
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    asked = Asked(kind, cause, person, after)
    seen = await shadows_shown.one(parts, name, asked)
    await write_down(request, visitor, "differences of a shadow looked at", whom=person or f"shadow:{name}")
    around = await parts.database.read(pages.around)
    return pages.show(
        request,
        "shadow.html",
        visitor=visitor,
        around=around,
        seen=seen,
        asked=asked,
        state_of=shadows_shown.state_of,
    )

"""What feeds send and nothing here uses: the page, and the same under /api. Shapes and codes, never a value."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from ascbridge.intake.keeping import unmapped
from ascbridge.web.api_models import Model
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
WORDS = {
    "segment": "Segment", "field": "Field", "component": "Component", "member": "Member of an object",
    "column": "Column", "code": "Code without a row in the map", "trigger": "Trigger event",
    "more": "Further things, not told apart",
}  # fmt: skip


class UnmappedOut(Model):
    """One thing that a feed sends and nothing here uses."""

    feed: str
    kind: str = Field(
        description="segment, field, component, member, column, code, trigger, or more: all beyond the thousandth"
    )
    place: str = Field(description="Where it stands: PV2-3, $.package.colour; a code with its list")
    n: int = Field(description="How often it came")
    sample: str = Field(description="The shape of the first one, such as Aaaa 99; never its value")
    first_ms: int
    last_ms: int


@router.get("/operations/unmapped")
async def what_is_not_used(
    request: Request, visitor: Looking, feed: Annotated[str, Query(max_length=100)] = "", kind: str = ""
) -> Response:
    """What is received and not used, the most frequent first."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    chosen = kind if kind in unmapped.KINDS else ""

    def read(
        connection: Connection,
    ) -> tuple[Around, tuple[unmapped.Unused, ...], dict[tuple[str, str], int]]:
        found = unmapped.found(connection, feed, chosen)
        return pages.around(connection), found, unmapped.distinct(connection)

    around, found, distinct = await parts.database.read(read)
    return pages.show(
        request, "unmapped.html", visitor=visitor, around=around, found=found, distinct=distinct,
        feeds=sorted({one for one, _ in distinct} | set(parts.profiles)), feed=feed, kind=chosen, words=WORDS,
        most=unmapped.SHOWN,
    )  # fmt: skip


@api.get("/unmapped", summary="What is received and not used")
async def not_used(
    request: Request,
    _: Looking,
    feed: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[str, Query(pattern=f"^({'|'.join(unmapped.KINDS)})?$")] = "",
) -> list[UnmappedOut]:
    """Segments, fields, members, columns and codes that nothing here uses, the most frequent first, at most 500."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(lambda c: unmapped.found(c, feed, kind))
    return [UnmappedOut(**asdict(one)) for one in found]

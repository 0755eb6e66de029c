"""The hourly ledger: each feed's closed hours, the chain that they stand in, and what is missing. Never any content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from ascbridge.events.ledgers import hour_chain, hour_findings
from ascbridge.events.ledgers.ledger import STATES
from ascbridge.web.layout import Pages
from ascbridge.web.operations.hour_models import HourEntryOut, HoursOut, MissingOut
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/operations/ledger", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
HOURS_SHOWN = 24
AT_ONCE = 1_000


@router.get("/operations/ledger")
async def hours(request: Request, visitor: Looking, feed: str = "") -> Response:
    """The last closed hours of every feed or one, newest first, and what is missing."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> dict[str, Any]:
        return {
            "around": pages.around(connection),
            "hours": hour_chain.latest(connection, HOURS_SHOWN, feed),
            "head": hour_chain.head(connection),
            "missing": hour_findings.still_missing(connection),
        }

    found = await parts.database.read(read)
    around = found.pop("around")
    titles = {one.name: one.title for one in parts.feeds}
    return pages.show(
        request, "ledger_hours.html", visitor=visitor, around=around, titles=titles, feed=feed, states=STATES,
        **found,
    )  # fmt: skip


@api.get("/hours", summary="Closed hours of the ledger, as they stand in its chain")
async def entries(request: Request, _: Looking, after: Annotated[int, Query(ge=0)] = 0) -> HoursOut:
    """Entries in their order from the one behind `after` on, at most 1,000; each carries the hash of all before it.

    `signature` is made of `head` with the bridge's master key: who has the key can prove an export.
    """
    parts: WebParts = request.app.state.parts
    some, head = await parts.database.read(
        lambda c: (hour_chain.entries(c, after, AT_ONCE), hour_chain.head(c))
    )
    chain = "" if head is None else head.chain
    return HoursOut(
        entries=[HourEntryOut(**one.line()) for one in some],
        head=chain,
        number=0 if head is None else head.number,
        signature=parts.keyring.lookup("ledger", "head", chain) if chain else "",
    )


@api.get("/missing", summary="What the ledger found missing")
async def missing(request: Request, _: Looking) -> list[MissingOut]:
    """What was dropped between two hops and has not come right, the oldest first, at most 200."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(hour_findings.still_missing)
    return [
        MissingOut(
            hop=one.what.hop, feed=one.what.feed, hour_ms=one.what.hour_ms, message_id=one.what.message_id,
            reader=one.what.reader, count=one.what.n, found_ms=one.found_ms, said=one.said,
        )
        for one in found
    ]  # fmt: skip

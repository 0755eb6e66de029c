"""Who has seen one person, for information governance and the auditor; it names nobody who was seen."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from ascbridge.access import Access
from ascbridge.operations.finding.seen_by import MOST, SeenBy, seen_by
from ascbridge.people.membership import keys_of
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.web.layout import Around

router = APIRouter()
Auditing = Annotated[Visitor, Depends(Needs("audit", least=Access.full))]


class SeenByOut(Model):
    """What one reader did with a person for one reason: how often, first and last (UTC epoch milliseconds)."""

    who: str
    role: str
    what: str
    why: str
    times: int
    first_ms: int
    last_ms: int


@router.get("/people/{person_id}/seen-by", include_in_schema=False)
async def seen_by_page(request: Request, visitor: Auditing, person_id: str) -> Response:
    """Who has seen this person, what of them, how often, and why."""
    pages: Pages = request.app.state.pages
    found, around = await _read(request, visitor, person_id)
    return pages.show(
        request, "seen_by.html", visitor=visitor, around=around, found=found, person_id=person_id, most=MOST,
        readers=len({(one.who, one.role) for one in found}),
    )  # fmt: skip


@router.get(
    "/api/persons/{person_id}/seen-by", tags=["persons"], summary="Who has seen one person", responses=ANSWERS
)
async def seen_by_list(
    request: Request, visitor: Auditing, person_id: str, purpose: str = ""
) -> list[SeenByOut]:
    """Who has seen this person, the last first; what safeguarding looked at stands behind its wall."""
    found, _ = await _read(request, visitor, person_id, purpose)
    return [SeenByOut(**asdict(one)) for one in found]


async def _read(
    request: Request, visitor: Visitor, person_id: str, purpose: str = ""
) -> tuple[tuple[SeenBy, ...], Around]:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor, purpose)

    def read(connection: Connection) -> tuple[tuple[SeenBy, ...], Around, bool]:
        known = bool(keys_of(connection, [person_id]))
        return seen_by(connection, person_id), pages.around(connection), known

    found, around, known = await parts.database.read(read)
    if not known and not found:
        raise HTTPException(404, "There is no such person.")
    await write_down(request, visitor, "who has seen a person read", whom=person_id, why=why)
    return found, around

"""Who saw and did what, for those who answer for it: entries by person, by who acted and by day, and
whether the chain holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ascbridge.access import Access
from ascbridge.events.ledgers import audit
from ascbridge.operations.finding import audit_search
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(include_in_schema=False)
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


@router.get("/audit")
async def entries(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs("audit", least=Access.full))],
    whom: str = "",
    who: str = "",
    day: str = "",
    before: int = 0,
) -> Response:
    """Entries, newest first. Looking at the audit is itself written down."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    day = day.strip() if _DAY.match(day.strip()) else ""
    await write_down(request, visitor, "audit read", whom=whom.strip(), result="done")
    today = audit.day_of(parts.clock.now_ms())

    def read(connection: Connection) -> dict[str, Any]:
        return {
            "around": pages.around(connection),
            "found": audit_search.entries(
                connection, whom=whom.strip(), who=who.strip(), day=day, before=before
            ),
            "chains": audit_search.chains(connection, day or today),
        }

    values = await parts.database.read(read)
    return pages.show(
        request, "audit.html", visitor=visitor, whom=whom, who=who, day=day, today=today,
        most=audit_search.MOST_AT_ONCE, **values,
    )  # fmt: skip

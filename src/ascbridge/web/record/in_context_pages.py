"""Opening a record from a case system by a link that it asked for: once, in time, by a reader who signs in here.

The link is used up when it is followed. Whom it was for waits in the reader's session until they have signed in; then
the record opens as it would by any other way: purpose, relationship and audit as always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.events.ledgers.audit import AuditEntry, record
from ascbridge.relationship import record_links
from ascbridge.relationship.record_links import LinkRefused
from ascbridge.web import visitors
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages, framed
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import ASKED_FOR, AnyRole, Everyone, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.relationship.record_links import Followed

router = APIRouter(include_in_schema=False)
SIGN_IN_MS = 15 * 60_000
"""So long somebody may take to sign in after they followed a link."""


@router.get("/in-context/{code}")
async def follow_link(request: Request, _: Annotated[None, Depends(Everyone())], code: str) -> Response:
    """Use a link up, and send its reader to sign in or to the record."""
    parts: WebParts = request.app.state.parts
    if not record_links.is_ours(parts.keyring, code):
        return _page(request, "forged", status=403)
    if framed(request) and visitors.known(request) is None:
        return _page(request, "frame", address=request.url.path)
    now_ms = parts.clock.now_ms()
    try:
        found = await parts.database.write(lambda c: record_links.follow(c, parts.keyring, code, now_ms))
    except LinkRefused as fault:
        refused = fault
        if fault.person_id:
            await parts.database.write(lambda c: _refused(c, request, refused, now_ms))
        return _page(request, fault.why, status=410)
    _remember(request, found, now_ms)
    return RedirectResponse("/in-context", 303)


@router.get("/in-context")
async def open_record(request: Request, visitor: Annotated[Visitor, Depends(AnyRole())]) -> Response:
    """Send a reader who signed in to the record that their link was for."""
    parts: WebParts = request.app.state.parts
    asked: dict[str, Any] = request.session.pop(ASKED_FOR, {})
    if not asked:
        return RedirectResponse("/", 303)
    if asked["until_ms"] <= parts.clock.now_ms():
        return _page(request, "expired", status=410, visitor=visitor)
    why = f"a link that {asked['made_by']} asked for"
    await write_down(request, visitor, "came to a record by a link", whom=asked["person_id"], why=why)
    return RedirectResponse(f"/people/{asked['person_id']}", 303)


def _remember(request: Request, found: Followed, now_ms: int) -> None:
    request.session[ASKED_FOR] = found._asdict() | {"until_ms": now_ms + SIGN_IN_MS}


def _refused(connection: Connection, request: Request, fault: LinkRefused, now_ms: int) -> None:
    """Write down that somebody followed a link of ours that opens nothing any more."""
    parts: WebParts = request.app.state.parts
    visitor, host = visitors.known(request), request.client.host if request.client else ""
    who, role = (visitor.name, str(visitor.role)) if visitor else ("not signed in", "")
    entry = AuditEntry(
        parts.writer, who, role, "link to a record refused", fault.person_id,
        f"a link that {fault.made_by} asked for", host, f"the link is {fault.why}",
    )  # fmt: skip
    record(connection, entry, now_ms)


def _page(request: Request, why: str, *, status: int = 200, **values: Any) -> Response:
    pages: Pages = request.app.state.pages
    return pages.show(request, "in_context.html", why=why, status=status, **values)

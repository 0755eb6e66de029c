"""What hospitals are told of the work on their patients: what waits, what went wrong, and sending it once more.

IT operations sees which task and which progress, and nobody's name: a task's own page shows it beside the work.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.events.ledgers.audit import record
from ascbridge.replies import reply_store
from ascbridge.replies.rri import TITLES
from ascbridge.web.doorbook import acting
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

PATH = "/operations/replies"
router = APIRouter(prefix=PATH, include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


@router.get("")
async def replies(request: Request, visitor: Looking, done: str = "") -> Response:
    """What waits for each hospital, and what it refused or was given up."""
    return await _page(request, visitor, done=done)


@router.post("/send-again")
async def send_again(
    request: Request,
    visitor: Mending,
    reply: Annotated[str, Form()],
    why: Annotated[str, Form()] = "",
) -> Response:
    """Let one reply be sent once more, with a reason."""
    parts: WebParts = request.app.state.parts
    reason = " ".join(why.split())[:200]
    if not reason:
        return await _page(request, visitor, error="Say why it is to be sent again", chosen=reply, status=422)
    now_ms = parts.clock.now_ms()
    entry = replace(acting(request, visitor), what="reply sent again", whom=f"reply:{reply}", why=reason)

    def work(connection: Connection) -> bool:
        sent = reply_store.send_again(connection, reply)
        record(connection, replace(entry, result="sent again" if sent else "not in trouble"), now_ms)
        return sent

    sent = await parts.database.write(work)
    if not sent:
        error = "Somebody was quicker, or it has been told meanwhile: this is how it stands now"
        return await _page(request, visitor, error=error, status=409)
    return RedirectResponse(f"{PATH}?{urlencode({'done': 'again'})}", 303)


async def _page(
    request: Request,
    visitor: Visitor,
    *,
    done: str = "",
    error: str = "",
    chosen: str = "",
    status: int = 200,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    receivers = parts.settings.replies

    def read(connection: Connection) -> tuple[Any, ...]:
        counts = reply_store.counts_waiting(connection, receivers)
        waiting = {name: reply_store.waiting(connection, name, limit=20) for name in receivers}
        return pages.around(connection), counts, waiting, reply_store.in_trouble(connection)

    around, counts, waiting, trouble = await parts.database.read(read)
    return pages.show(
        request, "replies.html", visitor=visitor, around=around, receivers=receivers, counts=counts, waiting=waiting,
        trouble=trouble, titles=TITLES, done=done, error=error, chosen=chosen, status=status,
    )  # fmt: skip

"""The live link of safeguarding's pages: each is told only when something changed that it may show.

Whoever is kept from a concern hears nothing when it changes, not even that the link had something to look at. What all
of them are asked is one row of an index; only after a change does each page's own share of the concerns decide.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import SQLAlchemyError

from ascbridge.access import Access
from ascbridge.safeguarding import concern_list, concern_store
from ascbridge.web.live import Live
from ascbridge.web.safeguarding import safeguarding_acts as acts
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy import Connection

    from ascbridge.safeguarding.vault import Vault
    from ascbridge.web.parts import WebParts

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("concerns", least=Access.full))]
VIEW = "concerns"
CHANGED = "event: changed\n"
LATELY_MS = 24 * 3_600_000
"""How far back changes are counted: whatever changes now is within it."""


def link_of(
    parts: WebParts, *, poll_s: float = 0.1, together_s: float = 0.25, heartbeat_s: float = 10
) -> Live | None:
    """Return the link of what stands behind the wall; None where it is shut. Times as `Live` takes them."""
    vault = parts.vault
    if vault is None:
        return None

    def marks(connection: Connection) -> dict[str, str]:
        return {VIEW: _mark(connection, vault)}

    return Live(
        vault.database, vault.clock, marks, poll_s=poll_s, together_s=together_s, heartbeat_s=heartbeat_s
    )


@router.get("/live/safeguarding")
async def walled_live(request: Request, visitor: Seeing) -> StreamingResponse:
    """Server-sent events: that something changed that this visitor may see, and heartbeats."""
    vault, who = acts.vault_of(request), acts.insider(request, visitor)
    link: Live = request.app.state.walled_live

    async def theirs() -> str:
        return await vault.database.read(lambda c: concern_list.standing(c, vault, who))

    return StreamingResponse(
        what_is_theirs(link.stream(), theirs),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def what_is_theirs(
    said: AsyncIterator[str], theirs: Callable[[], Awaitable[str]]
) -> AsyncIterator[str]:
    """Give what a link says, less the changes after which `theirs` answers what it answered before.

    That is asked beside the link: a heartbeat that waited for the answer would tell that there was something to ask.
    """
    known = await theirs()
    hearing = asyncio.ensure_future(_next(said))
    asking: asyncio.Task[str] | None = None
    change = told = ""
    try:
        while True:
            await asyncio.wait({one for one in (hearing, asking) if one}, return_when=asyncio.FIRST_COMPLETED)
            if asking is not None and asking.done():
                before, known, asking = known, asking.result(), None
                if known != before:
                    yield told
            if hearing.done():
                if (one := hearing.result()) is None:
                    return
                hearing = asyncio.ensure_future(_next(said))
                if one.startswith(CHANGED):
                    change = one
                else:
                    yield one
            if change and asking is None:  # what changes while it is asked is asked once more
                told, change = change, ""
                asking = asyncio.ensure_future(_asked(theirs))
    finally:
        for waits in (hearing, asking):
            if waits is not None:
                waits.cancel()


async def _next(said: AsyncIterator[str]) -> str | None:
    return await anext(said, None)


async def _asked(theirs: Callable[[], Awaitable[str]]) -> str:
    try:
        return await theirs()
    except (SQLAlchemyError, OSError):
        return ""  # the page asks, and is told what is wrong


def _mark(connection: Connection, vault: Vault) -> str:
    troubles = [trouble() for trouble in vault.troubles.values()]
    return f"{concern_store.latest(connection, vault.clock.now_ms() - LATELY_MS)} {troubles}"

"""Two things that IT staff do to what was read already: let a reader read it again, and complete what lacked a code.

Each shows first what it would do. Never any content of a message.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.config import ConfigError
from ascbridge.events.logs import positions
from ascbridge.operations.mending import completing, read_again
from ascbridge.web.doorbook import acting
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor
from ascbridge.web.wording import meant

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


@router.get("/operations/read-again")
async def ask(
    request: Request, visitor: Mending, consumer: str = "", start: str = "", done: int | None = None
) -> Response:
    """Ask who is to read again, and from when; with both, say what that would be."""
    if not consumer or done is not None:
        return await _ask(request, visitor, consumer=consumer, done=done)
    plan, error = await _plan(request, consumer, start)
    return await _ask(request, visitor, consumer=consumer, start=start, plan=plan, error=error)


@router.post("/operations/read-again")
async def let_read_again(
    request: Request,
    visitor: Mending,
    consumer: Annotated[str, Form()],
    start: Annotated[str, Form()],
    why: Annotated[str, Form()] = "",
) -> Response:
    """Do it, with a reason."""
    parts: WebParts = request.app.state.parts
    plan, error = await _plan(request, consumer, start)
    reason = " ".join(why.split())[:200]
    if plan is None or not reason:
        error = error or "Say why it is to be read again"
        return await _ask(request, visitor, consumer=consumer, start=start, plan=plan, error=error)
    planned, who, now_ms = plan, replace(acting(request, visitor), why=reason), parts.clock.now_ms()
    await parts.database.write(lambda c: read_again.read_again(c, planned, who, now_ms))
    parts.wake()
    return RedirectResponse(
        f"/operations/read-again?{urlencode({'consumer': consumer, 'done': plan.events})}", 303
    )


@router.get("/operations/not-mapped")
async def not_mapped(request: Request, visitor: Looking) -> Response:
    """Codes that nobody has mapped, and how many messages wait for each."""
    return await _codes(request, visitor)


@router.post("/operations/not-mapped")
async def complete(request: Request, visitor: Mending) -> Response:
    """Read the maps again, complete, and show what came of it. Doing so twice does no harm."""
    parts: WebParts = request.app.state.parts
    try:
        done = await parts.completing.run(acting(request, visitor), parts.clock.now_ms())
    except ConfigError as fault:
        return await _codes(request, visitor, error=str(fault), status=409)
    parts.wake()
    return await _codes(request, visitor, done=done)


async def _plan(request: Request, consumer: str, start: str) -> tuple[read_again.Plan | None, str]:
    """What would be read again, or what is wrong with the question."""
    parts: WebParts = request.app.state.parts
    time_ms = meant(start)
    if time_ms is None:
        return None, "Give a day and a time"
    try:
        return await read_again.plan(parts.log, parts.database, consumer, time_ms=time_ms), ""
    except read_again.CannotReadAgain as fault:
        return None, str(fault)


async def _ask(
    request: Request,
    visitor: Visitor,
    *,
    consumer: str = "",
    start: str = "",
    plan: read_again.Plan | None = None,
    error: str = "",
    done: int | None = None,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Any, list[str]]:
        return pages.around(connection), sorted({name for name, _ in positions.standing(connection)})

    around, readers = await parts.database.read(read)
    return pages.show(
        request, "read_again.html", visitor=visitor, around=around, readers=readers, consumer=consumer,
        start=start, plan=plan, error=error, done=done, status=422 if error else 200,
    )  # fmt: skip


async def _codes(
    request: Request,
    visitor: Visitor,
    *,
    done: completing.Completed | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found = await parts.database.read(lambda c: (pages.around(c), completing.not_mapped(c)))
    return pages.show(
        request, "not_mapped.html", visitor=visitor, around=around, found=found, done=done, error=error,
        here=not parts.settings.on_postgres, status=status,
    )  # fmt: skip

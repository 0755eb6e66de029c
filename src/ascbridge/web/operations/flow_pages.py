"""The flow map as a page, with the form that stops something and the one that lets it go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.events.handlers.pauses import Kind, Mode, Pause
from ascbridge.operations.flowing import pausing
from ascbridge.operations.flowing.pausing import CannotPause
from ascbridge.web.doorbook import acting
from ascbridge.web.layout import Pages, mark_of, unchanged
from ascbridge.web.operations import shadows_shown
from ascbridge.web.operations.api_flows import breaker_of, drawn
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

router = APIRouter(include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
LEAST_WHY = 3


@router.get("/operations/flows")
async def flows(request: Request, visitor: Looking) -> Response:
    """All feeds, families, services and sinks in one picture."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around = await parts.database.read(pages.around)
    found = await drawn(parts, around.feeds, around.now_ms)
    making = await shadows_shown.every(parts)
    mark = mark_of(around, found, making)
    return unchanged(request, around, mark) or pages.show(
        request,
        "flows.html",
        visitor=visitor,
        around=around,
        mark=mark,
        flow=found,
        making=making,
        shadow_state=shadows_shown.state_of,
        breaker_of=breaker_of,
    )


@router.get("/operations/flows/{kind}/{name}")
async def one(request: Request, visitor: Mending, kind: str, name: str) -> Response:
    """Ask why before something is stopped, or goes on."""
    return await _form(request, visitor, kind, name)


@router.post("/operations/flows/{kind}/{name}/stop")
async def stop(
    request: Request,
    visitor: Mending,
    kind: str,
    name: str,
    mode: Annotated[str, Form()] = "pause",
    why: Annotated[str, Form()] = "",
    ring: Annotated[str, Form()] = "",
) -> Response:
    """Pause it, or take nothing new from it."""
    parts: WebParts = request.app.state.parts
    reason, whom = " ".join(why.split())[:200], " ".join(ring.split())[:100]
    if mode not in {"pause", "drain"}:
        raise HTTPException(404)
    if len(reason) < LEAST_WHY:
        return await _form(request, visitor, kind, name, errors={"why": "Say why it is stopped"})
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    of = cast("Kind", kind)
    wanted = Pause(of, name, cast("Mode", mode), now_ms, who.who, who.role, reason, whom)
    try:
        await parts.database.write(lambda c: pausing.stop(c, parts.can_be_paused, wanted, who, now_ms))
    except CannotPause as fault:
        return await _form(request, visitor, kind, name, late=str(fault))
    parts.wake()
    return RedirectResponse("/operations/flows", 303)


@router.post("/operations/flows/{kind}/{name}/resume")
async def resume(
    request: Request, visitor: Mending, kind: str, name: str, why: Annotated[str, Form()] = ""
) -> Response:
    """Let it go on."""
    parts: WebParts = request.app.state.parts
    reason = " ".join(why.split())[:200]
    if len(reason) < LEAST_WHY:
        return await _form(request, visitor, kind, name, errors={"why": "Say why it goes on"})
    who, now_ms = replace(acting(request, visitor), why=reason), parts.clock.now_ms()
    of = cast("Kind", kind)
    try:
        await parts.database.write(lambda c: pausing.resume(c, parts.can_be_paused, of, name, who, now_ms))
    except CannotPause as fault:
        return await _form(request, visitor, kind, name, late=str(fault))
    parts.wake()
    return RedirectResponse("/operations/flows", 303)


async def _form(
    request: Request,
    visitor: Visitor,
    kind: str,
    name: str,
    *,
    errors: dict[str, str] | None = None,
    late: str = "",
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    title = parts.can_be_paused.get((cast("Kind", kind), name))
    if title is None:
        raise HTTPException(404)
    around = await parts.database.read(pages.around)
    stopped = next((one for one in around.stopped if (one.pause.kind, one.pause.name) == (kind, name)), None)
    return pages.show(
        request, "flow_stop.html", visitor=visitor, around=around, kind=kind, name=name, title=title,
        stopped=stopped, errors=errors or {}, late=late, status=422 if errors else 409 if late else 200,
    )  # fmt: skip

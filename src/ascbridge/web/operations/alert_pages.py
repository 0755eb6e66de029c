"""Alerts as pages: what is wrong, what to do, who has it; and planned work, during which nobody is written to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.alerts import alert_store
from ascbridge.alerts.alert_rules import EVERYTHING, Window
from ascbridge.alerts.alert_store import CannotAnswer
from ascbridge.alerts.causes import CAUSES, runbook
from ascbridge.web.doorbook import acting
from ascbridge.web.layout import Pages, mark_of, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor
from ascbridge.web.wording import meant

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
LEAST_WHY = 3
LONGEST_MINUTES = alert_store.LONGEST_WINDOW_MS // 60_000


def can_be_planned(parts: WebParts) -> dict[str, str]:
    """What somebody can work on, with what people call it."""
    found = {EVERYTHING: "Everything"}
    found |= {
        f"{kind}:{name}": title for (kind, name), title in parts.can_be_paused.items() if kind != "family"
    }
    return found | {f"service:{name}": name.capitalize() for name in ("listen", *parts.readers)}


@router.get("/operations/alerts")
async def alerts(request: Request, visitor: Looking) -> Response:
    """What is wrong now, what was over last, and planned work."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Any, ...]:
        around = pages.around(connection)
        now = alert_store.standing(connection), alert_store.past(connection)
        return around, *now, alert_store.maintenance_now(connection, around.now_ms)

    around, standing, past, windows = await parts.database.read(read)
    mark = mark_of(around, standing, past, windows)
    return unchanged(request, around, mark) or pages.show(
        request, "alerts.html", visitor=visitor, around=around, mark=mark, standing=standing, past=past,
        windows=windows, causes=CAUSES, titles=can_be_planned(parts),
    )  # fmt: skip


@router.get("/operations/alerts/{number}")
async def one(request: Request, visitor: Looking, number: int) -> Response:
    """One alert: what to do, where the runbook says so, and who has it."""
    return await _one(request, visitor, number)


@router.post("/operations/alerts/{number}/acknowledge")
async def acknowledge(
    request: Request, visitor: Mending, number: int, why: Annotated[str, Form()] = ""
) -> Response:
    """Say that one has it."""
    parts: WebParts = request.app.state.parts
    who, now_ms = replace(acting(request, visitor), why=" ".join(why.split())[:200]), parts.clock.now_ms()
    try:
        await parts.database.write(lambda c: alert_store.acknowledge(c, number, who, now_ms))
    except CannotAnswer as fault:
        if fault.unknown:
            raise HTTPException(404) from None
        return await _one(request, visitor, number, late=str(fault))
    return RedirectResponse(f"/operations/alerts/{number}", 303)


@router.get("/operations/maintenance")
async def maintenance(request: Request, visitor: Mending) -> Response:
    """Ask when somebody works on what, and why."""
    return await _plan(request, visitor)


@router.post("/operations/maintenance")
async def plan(
    request: Request,
    visitor: Mending,
    about: Annotated[str, Form()] = EVERYTHING,
    begins: Annotated[str, Form()] = "",
    minutes: Annotated[str, Form()] = "",
    why: Annotated[str, Form()] = "",
) -> Response:
    """Plan it: what is wrong meanwhile is written down and told to nobody."""
    parts: WebParts = request.app.state.parts
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    reason, from_ms, errors = " ".join(why.split())[:200], now_ms, {}
    if begins and (said := meant(begins)) is None:
        errors["begins"] = "Say when it begins, or leave it empty for now"
    elif begins:
        from_ms = max(now_ms, said or 0)
    if not minutes.isascii() or not minutes.isdigit() or not 1 <= int(minutes) <= LONGEST_MINUTES:
        errors["minutes"] = f"Say for how many minutes, 1 to {LONGEST_MINUTES:,}"
    if len(reason) < LEAST_WHY:
        errors["why"] = "Say why"
    given = {"about": about, "begins": begins, "minutes": minutes, "why": why}
    if errors:
        return await _plan(request, visitor, errors=errors, given=given)
    wanted = Window(0, about, from_ms, from_ms + int(minutes) * 60_000, reason, who.who)
    known = can_be_planned(parts)
    try:
        await parts.database.write(lambda c: alert_store.plan(c, wanted, known, who, now_ms))
    except CannotAnswer as fault:
        return await _plan(request, visitor, errors={"minutes": str(fault)}, given=given)
    return RedirectResponse("/operations/alerts", 303)


@router.post("/operations/maintenance/{number}/end")
async def end(request: Request, visitor: Mending, number: int) -> Response:
    """End it before its time."""
    parts: WebParts = request.app.state.parts
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    try:
        await parts.database.write(lambda c: alert_store.finish(c, number, who, now_ms))
    except CannotAnswer:
        raise HTTPException(404) from None
    return RedirectResponse("/operations/alerts", 303)


async def _one(request: Request, visitor: Visitor, number: int, late: str = "") -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found = await parts.database.read(lambda c: (pages.around(c), alert_store.one_alert(c, number)))
    if found is None:
        raise HTTPException(404)
    return pages.show(
        request, "alert.html", visitor=visitor, around=around, alert=found, cause=CAUSES[found.cause], late=late,
        runbook=runbook(found.cause, parts.settings.alerts.docs), status=409 if late else 200,
    )  # fmt: skip


async def _plan(
    request: Request,
    visitor: Visitor,
    *,
    errors: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around = await parts.database.read(pages.around)
    return pages.show(
        request, "maintenance.html", visitor=visitor, around=around, known=can_be_planned(parts),
        errors=errors or {}, given=given or {}, status=422 if errors else 200,
    )  # fmt: skip

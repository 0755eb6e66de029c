"""Alerts for programs, and what `ascbridge alerts`, `acknowledge` and `maintenance` ask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.alerts import alert_store
from ascbridge.alerts.alert_rules import EVERYTHING, Window
from ascbridge.alerts.alert_store import CannotAnswer
from ascbridge.alerts.causes import CAUSES, runbook
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import acting
from ascbridge.web.operations.alert_pages import LONGEST_MINUTES, can_be_planned
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.alerts.alert_rules import Alert

router = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


class AlertOut(Model):
    """One alert. Nothing in it names a person."""

    number: int
    cause: str = Field(description="A fixed word, such as sink-down")
    title: str
    about: str = Field(description="kind:name, such as sink:icr")
    text: str
    severity: Literal["page", "ticket"]
    state: Literal["new", "acknowledged", "escalated", "over"]
    since_ms: int
    over_ms: int | None
    acknowledged_by: str
    acknowledged_why: str
    late: str = Field(description="Of how many people news came late by it, by team; once it is over")
    do: str
    runbook: str


class AcknowledgeIn(Model):
    """What is done about it; it names no patient."""

    why: str = Field("", max_length=200)


class MaintenanceIn(Model):
    """Planned work: what is wrong with it meanwhile is written down and told to nobody."""

    about: str = Field(EVERYTHING, max_length=120, description="all, or feed:NAME, sink:NAME, service:NAME")
    begins_ms: int | None = Field(None, description="UTC epoch milliseconds; without it, now")
    minutes: int = Field(ge=1, le=LONGEST_MINUTES)
    why: str = Field(min_length=3, max_length=200)


class MaintenanceOut(Model):
    """Planned work that is under way or to come."""

    number: int
    about: str
    from_ms: int
    until_ms: int
    why: str
    who: str


@router.get("/alerts", summary="What is wrong now")
async def alerts(request: Request, _: Looking, over: bool = False) -> list[AlertOut]:  # noqa: FBT001, FBT002  # a query parameter
    """Alerts that go on, the oldest first; with `over` those that ended last instead."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(alert_store.past if over else alert_store.standing)
    return [_out(parts, one) for one in found]


@router.get("/alerts/{number}", summary="One alert")
async def one(request: Request, _: Looking, number: int) -> AlertOut:
    """404 where there is none."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(lambda c: alert_store.one_alert(c, number))
    if found is None:
        raise HTTPException(404, "there is no such alert")
    return _out(parts, found)


@router.post("/alerts/{number}/acknowledge", summary="Say that one has it")
async def acknowledge(request: Request, visitor: Mending, number: int, said: AcknowledgeIn) -> AlertOut:
    """Nobody else is told of it any more. 404 for what there is not, 409 where somebody has it or it is over."""
    parts: WebParts = request.app.state.parts
    who, now_ms = replace(acting(request, visitor), why=said.why), parts.clock.now_ms()
    await _do(parts, lambda c: alert_store.acknowledge(c, number, who, now_ms))
    return await one(request, visitor, number)


@router.get("/maintenance", summary="Planned work")
async def windows(request: Request, _: Looking) -> list[MaintenanceOut]:
    """What is under way and to come."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    found = await parts.database.read(lambda c: alert_store.maintenance_now(c, now_ms))
    return [
        MaintenanceOut(
            number=w.number, about=w.about, from_ms=w.from_ms, until_ms=w.until_ms, why=w.why, who=w.who
        )
        for w in found
    ]


@router.post("/maintenance", summary="Plan work")
async def plan(request: Request, visitor: Mending, wanted: MaintenanceIn) -> list[MaintenanceOut]:
    """From then on nobody is told what is wrong with it, until it ends. 404 for what there is not."""
    parts: WebParts = request.app.state.parts
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    from_ms = max(now_ms, wanted.begins_ms or now_ms)
    window = Window(0, wanted.about, from_ms, from_ms + wanted.minutes * 60_000, wanted.why, who.who)
    known = can_be_planned(parts)
    await _do(parts, lambda c: alert_store.plan(c, window, known, who, now_ms))
    return await windows(request, visitor)


@router.post("/maintenance/{number}/end", summary="End planned work before its time")
async def end(request: Request, visitor: Mending, number: int) -> list[MaintenanceOut]:
    """What is still wrong is told then. 404 for what there is not."""
    parts: WebParts = request.app.state.parts
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    await _do(parts, lambda c: alert_store.finish(c, number, who, now_ms))
    return await windows(request, visitor)


async def _do(parts: WebParts, work: Callable[[Connection], None]) -> None:
    try:
        await parts.database.write(work)
    except CannotAnswer as fault:
        raise HTTPException(404 if fault.unknown else 409, str(fault)) from None


def _out(parts: WebParts, one: Alert) -> AlertOut:
    cause = CAUSES[one.cause]
    return AlertOut(
        number=one.number, cause=one.cause, title=cause.title, about=one.about, text=one.text,
        severity=cause.severity, state=one.state, since_ms=one.since_ms, over_ms=one.over_ms,
        acknowledged_by=one.acknowledged_by, acknowledged_why=one.acknowledged_why, late=one.late, do=cause.do,
        runbook=runbook(one.cause, parts.settings.alerts.docs),
    )  # fmt: skip

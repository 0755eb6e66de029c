"""The flow map for programs, and what `ascbridge pause`, `drain` and `resume` ask: stop something, let it go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.alerts import alert_store
from ascbridge.events.handlers.pauses import Pause
from ascbridge.operations.flowing import flow_map, flows, pausing
from ascbridge.operations.flowing.pausing import CannotPause
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import acting
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.operations.flowing.flow_map import Box, FlowMap
    from ascbridge.operations.flowing.pausing import Stopped

router = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
Kind = Literal["feed", "sink", "family"]
Mode = Literal["pause", "drain"]


class PauseIn(Model):
    """What to stop, and why. The reason and whom to ring stand on every page: they name no patient."""

    kind: Kind
    name: str = Field(max_length=100)
    mode: Mode = Field("pause", description="drain, of a feed: take nothing new, and work off what is kept")
    why: str = Field(min_length=3, max_length=200, description="The reason")
    ring: str = Field("", max_length=100, description="Whom to ring about it")


class ResumeIn(Model):
    """Why it goes on."""

    why: str = Field(min_length=3, max_length=200)


class PauseOut(Model):
    """Something that is stopped."""

    kind: Kind
    name: str
    title: str
    mode: Mode
    since_ms: int
    who: str
    why: str
    ring: str
    people: int = Field(description="How many people's news waits for it; counted up to 1,000")


class FlowBoxOut(Model):
    """One feed, family, service or sink of the map."""

    name: str
    title: str
    goes_to: list[str]
    per_minute: float | None = Field(
        description="Over the last two minutes: messages, events, or people sent; null where it is not known"
    )
    waiting: int = Field(description="Messages, events, or people to send; counted up to 2,000")
    people_waiting: int
    oldest_ms: int | None
    waiting_s: int | None = Field(description="For how long the oldest waits; null where nothing does")
    held: int
    dead: int = Field(description="What was given up on; of who is told, what was refused or not answered")
    breaker: Literal["open", "closed", "not known", "none"] = Field(
        description="open: nothing goes through; none: a feed and a family of events have none"
    )
    wrong: str = Field(description="What is the matter; empty where nothing is")
    last_ms: int | None
    stopped: PauseOut | None


class FlowMapOut(Model):
    """The whole map. `said` is how all of it is, in one sentence."""

    said: str
    well: bool
    feeds: list[FlowBoxOut]
    families: list[FlowBoxOut]
    services: list[FlowBoxOut]
    sinks: list[FlowBoxOut]


def breaker_of(one: Box) -> Literal["open", "closed", "not known", "none"]:
    """Say whether anything goes through."""
    if one.kind not in {"service", "sink"}:
        return "none"
    if one.breaker:
        return "open"
    return "closed" if one.breaker_known else "not known"


async def drawn(parts: WebParts, around_heard: tuple[flows.Heard, ...], now_ms: int) -> FlowMap:
    """Return the map as it is now."""
    others = await parts.database.read(lambda c: alert_store.heard_of_parts(c, now_ms))
    own = {name: check() for name, check in {**parts.apart, **parts.checks}.items()}
    return await flow_map.look(
        parts.database, parts.log, parts.can_be_paused, around_heard, parts.readers, others | own, now_ms,
        seen=parts.paces,
    )  # fmt: skip


@router.get("/flows", summary="The flow map")
async def flow(request: Request, _: Looking) -> FlowMapOut:
    """Feeds, families of events, services and sinks, each with its rate, what waits, of how many people, and faults."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    heard = await parts.database.read(lambda c: flows.heard(c, parts.feeds, now_ms))
    found = await drawn(parts, heard, now_ms)
    return FlowMapOut(
        said=found.sentence,
        well=found.well,
        feeds=[_box(one, now_ms) for one in found.feeds],
        families=[_box(one, now_ms) for one in found.families],
        services=[_box(one, now_ms) for one in found.readers],
        sinks=[_box(one, now_ms) for one in found.sinks],
    )


@router.get("/pauses", summary="What is stopped on purpose")
async def standing(request: Request, _: Looking) -> list[PauseOut]:
    """Everything that somebody paused or drained, the longest first."""
    parts: WebParts = request.app.state.parts
    return [_out(one) for one in await parts.database.read(lambda c: pausing.stopped(c, parts.can_be_paused))]


@router.post("/pauses", summary="Stop a feed, a sink or a family of events")
async def stop(request: Request, visitor: Mending, wanted: PauseIn) -> list[PauseOut]:
    """Pause or drain. It holds over restarts, in every service. 404 for what there is not, 409 where it is stopped."""
    parts: WebParts = request.app.state.parts
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    one = Pause(wanted.kind, wanted.name, wanted.mode, now_ms, who.who, who.role, wanted.why, wanted.ring)
    await _do(parts, lambda c: pausing.stop(c, parts.can_be_paused, one, who, now_ms))
    return await standing(request, visitor)


@router.post("/pauses/{kind}/{name}/resume", summary="Let it go on")
async def resume(
    request: Request, visitor: Mending, kind: Kind, name: str, wanted: ResumeIn
) -> list[PauseOut]:
    """What waits is worked off in its order. 404 for what there is not, 409 where it is not stopped."""
    parts: WebParts = request.app.state.parts
    who, now_ms = replace(acting(request, visitor), why=wanted.why), parts.clock.now_ms()
    await _do(parts, lambda c: pausing.resume(c, parts.can_be_paused, kind, name, who, now_ms))
    return await standing(request, visitor)


async def _do(parts: WebParts, work: Callable[[Connection], None]) -> None:
    try:
        await parts.database.write(work)
    except CannotPause as fault:
        raise HTTPException(404 if fault.unknown else 409, str(fault)) from None
    parts.wake()


def _out(one: Stopped) -> PauseOut:
    pause = one.pause
    return PauseOut(
        kind=pause.kind, name=pause.name, title=one.title, mode=pause.mode, since_ms=pause.since_ms, who=pause.who,
        why=pause.why, ring=pause.ring, people=one.people,
    )  # fmt: skip


def _box(one: Box, now_ms: int) -> FlowBoxOut:
    oldest_ms = one.waiting.oldest_ms
    return FlowBoxOut(
        name=one.name, title=one.title, goes_to=list(one.goes_to), per_minute=one.rate, waiting=one.waiting.count,
        people_waiting=one.waiting.people, oldest_ms=oldest_ms,
        waiting_s=None if oldest_ms is None else max(0, now_ms - oldest_ms) // 1000,
        held=one.held, dead=one.dead, breaker=breaker_of(one),
        wrong=one.wrong, last_ms=one.last_ms, stopped=None if one.stopped is None else _out(one.stopped),
    )  # fmt: skip

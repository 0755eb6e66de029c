"""Shadows for programs: which there are, how far each is, what would be otherwise and why; and stopping one."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.events.ledgers.audit import record
from ascbridge.operations.mending.mapping import CannotMap
from ascbridge.operations.shadow import shadows
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import acting, write_down
from ascbridge.web.operations import shadow_switches, shadows_shown
from ascbridge.web.operations.shadows_shown import Asked, state_of
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ascbridge.operations.shadow.shadows import Shadow

router = APIRouter(prefix="/api/operations/shadows", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


class ShadowOut(Model):
    """One shadow: what it is made with, and how far it is."""

    name: str
    state: str = Field(description="not begun, building, stopped, built, failed, or nobody builds it")
    made_with: list[str] = Field(description="Each file in words, with the SHA-256 of its text")
    program: str = Field(description="The version of the program that builds it")
    made_by: str
    made_ms: int
    from_ms: int | None = Field(description="Only people of whom a message came since")
    to_ms: int | None = Field(description="Only what came before")
    done: int = Field(description="Messages played")
    messages: int = Field(description="Messages to be played")
    events: int
    per_second: float = Field(description="Messages and events a second, in the last run")
    held: int = Field(description="People held and dead letters: what could not be played")


class SwitchIn(Model):
    """Why something is put in force or taken back."""

    why: str = Field(min_length=1, max_length=shadow_switches.LONGEST_REASON)


class SwitchedOut(Model):
    """What became of a shadow, and how many rows of code maps that were."""

    state: str = Field(description="asked, in force, or rolled back")
    rows: int


class FieldOut(Model):
    """One member that differs; its values only where they are codes, states, teams or moments of work."""

    name: str
    before: str
    after: str


class DifferenceOut(Model):
    """One thing that would be otherwise, and why."""

    kind: str = Field(description="task, stay, record or index")
    sort: str
    what: str = Field(description="Its id")
    person_id: str
    before: str
    after: str
    cause: str
    fields: list[FieldOut]
    why: list[str]


class CountedOut(Model):
    """How many things of a kind differ for one cause, and of how many people."""

    kind: str
    cause: str
    things: int
    people: int


class ComparedOut(Model):
    """What a comparison found: counted, and a page of it."""

    shadow: ShadowOut
    against: str = Field(description="live, or another shadow; empty where nothing was compared yet")
    compared_ms: int
    compared: dict[str, int]
    left_out: dict[str, int] = Field(description="What was not compared, by why")
    counts: list[CountedOut]
    differences: list[DifferenceOut]
    after: int = Field(description="Ask for what comes after this number; 0: that was all")


@router.get("", summary="Which shadows there are")
async def every(request: Request, _: Looking) -> list[ShadowOut]:
    """Everything derived again with other maps, rules or lists: the newest first."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    return [_out(one, now_ms) for one in await shadows_shown.every(parts)]


@router.get("/{name}", summary="What would be otherwise, and why")
async def one(
    request: Request,
    visitor: Looking,
    name: str,
    kind: str = "",
    cause: str = "",
    person: str = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> ComparedOut:
    """What the last comparison of this shadow found: all, or of one kind, cause or person. Audited."""
    parts: WebParts = request.app.state.parts
    seen = await shadows_shown.one(parts, name, Asked(kind, cause, person, after))
    await write_down(request, visitor, "differences of a shadow looked at", whom=person or f"shadow:{name}")
    told = seen.told
    return ComparedOut(
        shadow=_out(seen.shadow, parts.clock.now_ms()),
        against=told.before if told else "",
        compared_ms=told.compared_ms if told else 0,
        compared=told.compared if told else {},
        left_out=told.left_out if told else {},
        counts=[CountedOut(**asdict(each)) for each in seen.counts],
        differences=[DifferenceOut(**asdict(each)) for each in seen.some],
        after=seen.further,
    )


@router.post("/{name}/stop", summary="Stop building a shadow")
async def stop(request: Request, visitor: Mending, name: str) -> ShadowOut:
    """Whoever builds it stops after the messages at hand; `ascbridge shadow build --resume` goes on."""
    parts: WebParts = request.app.state.parts
    seen = await shadows_shown.one(parts, name, Asked())
    now_ms = parts.clock.now_ms()
    entry = replace(acting(request, visitor), what="shadow stopped", whom=f"shadow:{name}")
    await parts.database.write(lambda c: record(c, entry, now_ms))
    await asyncio.to_thread(shadows.ask_to_stop, seen.shadow)
    return _out(seen.shadow, now_ms)


@router.post("/{name}/switch", summary="Ask for what a shadow was made with to be put in force")
async def switch(request: Request, visitor: Mending, name: str, wanted: SwitchIn) -> SwitchedOut:
    """Ask for it; nothing takes effect before a second person signs. 422 says why it cannot be, and what to do."""
    return await _switched("asked", shadow_switches.ask(request, visitor, name, wanted.why))


@router.post("/{name}/sign", summary="Put in force what a shadow was made with")
async def sign(request: Request, visitor: Mending, name: str) -> SwitchedOut:
    """All of it takes effect at once, and what waited for it is completed. 422 for who asked for it."""
    return await _switched("in force", shadow_switches.sign(request, visitor, name))


@router.post("/{name}/roll-back", summary="Take back what a shadow put in force")
async def roll_back(request: Request, visitor: Mending, name: str, wanted: SwitchIn) -> SwitchedOut:
    """All of it is taken back at once, and what was read by it is read again. The shadow need not be there any more."""
    return await _switched("rolled back", shadow_switches.roll_back(request, visitor, name, wanted.why))


async def _switched(state: str, done: Awaitable[int]) -> SwitchedOut:
    try:
        return SwitchedOut(state=state, rows=await done)
    except CannotMap as fault:
        raise HTTPException(422, str(fault)) from None


def _out(shadow: Shadow, now_ms: int) -> ShadowOut:
    plan, progress = shadow.plan, shadow.progress
    return ShadowOut(
        name=plan.name,
        state=state_of(shadow, now_ms),
        made_with=[one.words for one in plan.candidates],
        program=plan.program,
        made_by=plan.made_by,
        made_ms=plan.made_ms,
        from_ms=plan.from_ms,
        to_ms=plan.to_ms,
        done=progress.done if progress else 0,
        messages=progress.messages if progress else 0,
        events=progress.events if progress else 0,
        per_second=progress.per_second if progress else 0.0,
        held=progress.held if progress else 0,
    )

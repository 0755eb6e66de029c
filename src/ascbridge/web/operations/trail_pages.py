"""One message's trace, for people and for programs: every hop with its moment, and what it changed.

Without opening, fields are told by name and by our own codes. Opening is asked for with a reason and audited; what may
name somebody is shown by its shape alone, to everybody.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response
from pydantic import Field

from ascbridge.access import Access
from ascbridge.operations.finding.opening_message import CannotOpen, open_message
from ascbridge.operations.tracing import hops, trace
from ascbridge.people.actor import Actor
from ascbridge.web.api_models import DeadLetterOut, MessageOut, Model
from ascbridge.web.doorbook import where_from
from ascbridge.web.layout import Pages, mark_of, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.intake.hl7v2.message_parts import Part
    from ascbridge.operations.tracing.hops import Traced

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


class ValueOut(Model):
    """One field at a hop: what it is, and what it was where it `changed`; *not shown* where it is no code of ours."""

    name: str
    now: str
    before: str
    changed: bool


class HopOut(Model):
    """One step of a message. `after_ms`: since the first; `since_ms`: since the one before. `codes` names nobody."""

    kind: str
    at_ms: int
    after_ms: int
    since_ms: int
    title: str
    words: str
    ident: str
    caused_by: str
    link: str
    codes: dict[str, str]
    values: list[ValueOut]
    readers: list[dict[str, str]]


class TrailOut(Model):
    """All that became of one message: its events and who read them, tasks, dead letters, and when sinks
    were sent it; and the same as `hops` in the order of time. `traceparent` is its W3C trace context.
    """

    message: MessageOut
    events: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    dead_letters: list[DeadLetterOut]
    published_ms: dict[str, int]
    trace_id: str
    traceparent: str
    hops: list[HopOut]


class OpenIn(Model):
    """Why a message is opened; written into the audit."""

    why: str = Field(min_length=3, max_length=200)


class OpenedOut(TrailOut):
    """The same with what each hop said, and the message's own parts: by their shapes where they may name somebody."""

    parts: dict[str, str]


@router.get("/operations/messages/{message_id}")
async def message(request: Request, visitor: Looking, message_id: str) -> Response:
    """One message's trace."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found = await parts.database.read(lambda c: (pages.around(c), _traced(c, parts, message_id)))
    if found is None:
        raise HTTPException(404)
    mark = mark_of(around, found)
    return unchanged(request, around, mark) or pages.show(
        request, "trail.html", visitor=visitor, around=around, mark=mark, traced=found, trail=found.trail
    )


@router.post("/operations/messages/{message_id}/open")
async def opened(
    request: Request, visitor: Mending, message_id: str, why: Annotated[str, Form()] = ""
) -> Response:
    """The same with what each hop said."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    shown, found, error = await _open(request, visitor, message_id, _line(why))
    around = await parts.database.read(pages.around)
    return pages.show(
        request, "trail.html", visitor=visitor, around=around, traced=found, trail=found.trail, opened=shown,
        error=error, status=422 if error else 200,
    )  # fmt: skip


@api_router.get("/messages/{message_id}", summary="One message's trace")
async def trail(request: Request, _: Looking, message_id: str) -> TrailOut:
    """Every hop from its frame to the hospital's answer: events and who read them, rules, tasks, resources, sinks."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(lambda c: _traced(c, parts, message_id))
    if found is None:
        raise HTTPException(404, "There is no such message.")
    return TrailOut(**_out(found))


@api_router.post("/messages/{message_id}/open", summary="Open one message's trace")
async def trail_opened(request: Request, visitor: Mending, message_id: str, wanted: OpenIn) -> OpenedOut:
    """The same with what each hop said, and the message's parts. Written into the audit. 409 where it cannot be."""
    shown, found, error = await _open(request, visitor, message_id, _line(wanted.why))
    if error:
        raise HTTPException(409, error)
    return OpenedOut(**_out(found), parts={one.place: one.shown for one in shown or ()})


async def _open(
    request: Request, visitor: Visitor, message_id: str, why: str
) -> tuple[tuple[Part, ...] | None, Traced, str]:
    parts: WebParts = request.app.state.parts
    who = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor), visitor.sign_in)
    now_ms = parts.clock.now_ms()

    def work(connection: Connection) -> tuple[tuple[Part, ...] | None, Traced, str]:
        closed = _traced(connection, parts, message_id)
        if closed is None:
            raise HTTPException(404, "There is no such message.")
        try:
            shown = open_message(connection, parts.data_keys, parts.profiles, message_id, who, why, now_ms)
        except CannotOpen as fault:
            return None, closed, str(fault)
        return shown, hops.traced(connection, closed.trail, opened=True), ""

    return await parts.database.write(work)


def _traced(connection: Connection, parts: WebParts, message_id: str) -> Traced | None:
    found = trace.trail(connection, message_id, parts.readers)
    return None if found is None else hops.traced(connection, found)


def _out(found: Traced) -> dict[str, Any]:
    trail = found.trail
    return {
        "message": {**asdict(trail.seen), "flags": list(trail.seen.flags)},
        "events": [asdict(one) for one in trail.said],
        "tasks": [asdict(one) for one in trail.tasks],
        "dead_letters": [
            {name: getattr(one, name) for name in DeadLetterOut.model_fields} for one in trail.dead
        ],
        "published_ms": dict(trail.published_ms),
        "trace_id": found.trace_id,
        "traceparent": found.traceparent,
        "hops": [{**asdict(one), "codes": dict(one.codes)} for one in found.hops],
    }


def _line(text: str) -> str:
    return " ".join(text.split())[:200]

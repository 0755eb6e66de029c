"""Publishing people again, for programs and for `ascbridge republish`: begin, watch, pause, go on, stop."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Self

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import AwareDatetime, Field, model_validator

from ascbridge.access import Access
from ascbridge.events.handlers.run_states import State
from ascbridge.record import republishing
from ascbridge.record.republishing import CannotRepublish, Run, Wanted, What, Whom
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import acting
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.events.handlers.run_states import Act
    from ascbridge.events.ledgers.audit import AuditEntry

router = APIRouter(prefix="/api/operations/republish", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


class RepublishIn(Model):
    """Whom to publish again, and what of them: one of the four ways to say whom."""

    people: list[Annotated[str, Field(max_length=64)]] = Field(
        [], max_length=republishing.MOST_NAMED, description="Person ids or patient keys"
    )
    authority: str = Field("", max_length=64, description="Everybody whom this source has, such as RKB")
    sent_since: AwareDatetime | None = Field(
        None, description="Everybody of whom something was sent since, such as 2026-11-22T02:00:00Z"
    )
    everybody: bool = False
    what: What = Field(
        "differing",
        description="differing: what differs from what was sent; looked-at: what differs from what the FHIR server is "
        "found to hold; everything: all of it, though nothing differs",
    )
    per_second: int = Field(20, ge=1, le=1_000, description="Most people a second")
    dry_run: bool = Field(False, description="Only say how many people that is")
    why: str = Field("", max_length=200, description="No names or numbers of people")

    @model_validator(mode="after")
    def _one_way_to_say_whom(self) -> Self:
        if sum((bool(self.people), bool(self.authority), self.sent_since is not None, self.everybody)) != 1:
            raise ValueError("give people, authority, sent_since or everybody, one of the four")
        return self


class RunOut(Model):
    """One run. It is *done* when it has come to everybody; what then still waits is sent as all news is."""

    run_id: str
    sink: str
    what: What
    state: State
    per_second: int
    people: int = Field(description="How many there were when it began")
    marked: int = Field(description="How many it has come to")
    asked_by: str
    why: str
    begun_ms: int
    changed_ms: int


class RepublishOut(Model):
    """What was begun; for a dry run only how many people it would be."""

    people: int
    run: RunOut | None


class NotTakenOut(Model):
    """A person whom the sink refused, or who cannot be sent as they are."""

    person_id: str
    sink: str
    cause: str = Field(description="By code and place of the OperationOutcome; never a value")
    tries: int
    since_ms: int
    next_try_ms: int


@router.get("/not-taken", summary="Who was refused by the shared record")
async def not_taken(request: Request, _: Looking) -> list[NotTakenOut]:
    """At most 200, the longest-waiting first. Each is tried again by itself, and with the next news of them."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(republishing.not_taken)
    return [NotTakenOut(**asdict(one)) for one in found]


@router.post("", summary="Publish people to the shared record again")
async def begin(request: Request, visitor: Mending, wanted: RepublishIn) -> RepublishOut:
    """Begin a run at a bounded rate, which goes on after a restart. One at a time: 409 while another is not over.

    422 where somebody is not known here, or the sink cannot be looked at.
    """
    parts: WebParts = request.app.state.parts
    sink = parts.settings.sink
    if wanted.what == "looked-at" and (sink.kind != "fhir" or sink.strategy == "message"):
        raise HTTPException(422, "Only a FHIR server that is written to can be looked at: see sink.kind.")
    since_ms = None if wanted.sent_since is None else round(wanted.sent_since.timestamp() * 1000)
    whom = Whom(tuple(wanted.people), wanted.authority, since_ms)
    who, now_ms = replace(acting(request, visitor), why=wanted.why), parts.clock.now_ms()

    def look(connection: Connection) -> tuple[Whom, int]:
        found = republishing.resolved(connection, whom) if whom.people else whom
        return found, republishing.count(connection, sink.name, found)

    try:
        found, people = await parts.database.read(look)
    except CannotRepublish as fault:
        raise HTTPException(422, str(fault)) from None
    if wanted.dry_run or not people:
        return RepublishOut(people=people, run=None)
    asked = Wanted(f"r{secrets.token_hex(8)}", sink.name, wanted.what, found, wanted.per_second)
    run = await _do(parts, lambda c: republishing.begin(c, asked, people, who, now_ms))
    parts.wake()
    return RepublishOut(people=people, run=_out(run))


@router.get("", summary="Who is being published again, and how far it is")
async def runs(request: Request, _: Looking) -> list[RunOut]:
    """The latest twenty runs, the newest first."""
    parts: WebParts = request.app.state.parts
    return [_out(run) for run in await parts.database.read(republishing.runs)]


@router.post("/{run_id}/pause", summary="Hold a run still")
async def pause(request: Request, visitor: Mending, run_id: str) -> RunOut:
    """It stays where it is, also over a restart. 409 where it is not running."""
    return await _act(request, run_id, "pause", acting(request, visitor))


@router.post("/{run_id}/resume", summary="Let a run go on")
async def resume(request: Request, visitor: Mending, run_id: str) -> RunOut:
    """It goes on where it was. 409 where it is not paused."""
    return await _act(request, run_id, "resume", acting(request, visitor))


@router.post("/{run_id}/stop", summary="End a run")
async def stop(request: Request, visitor: Mending, run_id: str) -> RunOut:
    """It ends where it is, for good. Who was marked is sent all the same. 409 where it is over."""
    return await _act(request, run_id, "stop", acting(request, visitor))


async def _act(request: Request, run_id: str, wanted: Act, who: AuditEntry) -> RunOut:
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    return _out(await _do(parts, lambda c: republishing.act(c, run_id, wanted, who, now_ms)))


async def _do(parts: WebParts, work: Callable[[Connection], Run]) -> Run:
    try:
        return await parts.database.write(work)
    except CannotRepublish as fault:
        raise HTTPException(409, str(fault)) from None


def _out(run: Run) -> RunOut:
    return RunOut(**{name: getattr(run, name) for name in RunOut.model_fields})

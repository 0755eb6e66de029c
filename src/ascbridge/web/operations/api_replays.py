"""Dead letters by cause, and many of them sent again, for programs and `ascbridge dead-letters`. Never any content."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, Self

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field, model_validator

from ascbridge.access import Access
from ascbridge.events.handlers import replay_runs
from ascbridge.events.handlers.replay_runs import About, CannotReplay, Run
from ascbridge.events.handlers.run_states import State
from ascbridge.operations.flowing import held_and_dead
from ascbridge.operations.mending.replay_sample import rehearse
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

router = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
FASTEST = 5_000


class DeadGroupOut(Model):
    """Open dead letters of one reader, cause and feed."""

    consumer: str = Field(description="The reader that gave up: translator, discharge, record...")
    cause: str
    feed: str = Field(description="Empty where no feed brought it, as with a desk act")
    place: str = Field(description="The field that the cause names, such as PV1-36; empty: none")
    count: int
    people: int = Field(description="How many lanes lack an event: people, or stays that name nobody")
    first_ms: int
    last_ms: int
    what_to_do: str


class ReplayIn(Model):
    """Which open dead letters to send again: all that is said must be true of them. First with `dry_run`."""

    consumer: str = Field("", max_length=100)
    cause: str = Field("", max_length=1_000)
    feed: str = Field("", max_length=100)
    messages: list[Annotated[str, Field(max_length=64)]] = Field(
        [], max_length=replay_runs.MOST_NAMED, description="Message ids, such as a find gave"
    )
    per_second: int = Field(50, ge=1, le=FASTEST, description="Most letters a second; news goes first")
    dry_run: bool = Field(True, description="Only say how many, and how the oldest of some people would go")
    why: str = Field("", max_length=200, description="No names or numbers of people")

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.about.nothing:
            raise ValueError("say which: consumer, cause, feed or messages")
        if not self.dry_run and not self.why.strip():
            raise ValueError("say why")
        return self

    @property
    def about(self) -> About:
        """Which letters that is."""
        return About(self.consumer, self.cause, self.feed, tuple(self.messages))


class SampledOut(Model):
    """One dead letter as it would go now, played with the real readers and undone."""

    dead_id: str
    message_id: str
    fails: str = Field(description="Why it would be held again; empty: it goes through")
    events: list[str] = Field(description="Types of the events that would be published, in order")


class ReplayOut(Model):
    """One run. It is *done* when it has put everything back; what fails is held, and given up again as always."""

    run_id: str
    consumer: str
    cause: str
    feed: str
    messages: int = Field(description="How many messages it names; 0: all")
    state: State
    per_second: int
    letters: int = Field(description="How many there were when it began")
    sent: int
    again: int = Field(description="Open letters of the same kind that were given up since it began")
    asked_by: str
    why: str
    begun_ms: int
    changed_ms: int


class ReplayedOut(Model):
    """What was begun; of a dry run only how it would go."""

    letters: int
    sample: list[SampledOut]
    run: ReplayOut | None


@router.get("/dead-letters/groups", summary="What was given up on, by cause")
async def groups(request: Request, _: Looking) -> list[DeadGroupOut]:
    """One line for each reader, cause and feed, the newest first."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(held_and_dead.dead_groups)
    return [
        DeadGroupOut(**asdict(one), place=one.place, what_to_do=held_and_dead.what_to_do(one.cause))
        for one in found
    ]


@router.post("/replays", summary="Send many dead letters again")
async def begin(request: Request, visitor: Mending, wanted: ReplayIn) -> ReplayedOut:
    """Say how they would go, or without `dry_run` begin a run at a bounded rate, which goes on after a restart.

    Each person's order is kept, and nobody else waits. 409 where no open letter is meant, or the same run is under way.
    """
    parts: WebParts = request.app.state.parts
    if wanted.dry_run:
        # With the writer, and undone: the readers act as they would.
        found = await parts.database.write(
            lambda c: rehearse(c, parts.mender.handlers, wanted.about, parts.clock)
        )
        sample = [SampledOut(**{**asdict(one), "events": list(one.events)}) for one in found.sample]
        return ReplayedOut(letters=found.letters, sample=sample, run=None)
    who, now_ms = replace(acting(request, visitor), why=" ".join(wanted.why.split())), parts.clock.now_ms()
    run_id = f"b{secrets.token_hex(8)}"
    run = await _do(
        parts, lambda c: replay_runs.begin(c, run_id, wanted.about, wanted.per_second, who, now_ms)
    )
    return ReplayedOut(letters=run.letters, sample=[], run=_out(run))


@router.get("/replays", summary="Which dead letters are being sent again, and how far")
async def runs(request: Request, _: Looking) -> list[ReplayOut]:
    """The latest twenty runs, the newest first."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(lambda c: replay_runs.with_those_given_up_again(c, replay_runs.runs(c)))
    return [_out(run) for run in found]


@router.post("/replays/{run_id}/pause", summary="Hold a run still")
async def pause(request: Request, visitor: Mending, run_id: str) -> ReplayOut:
    """It stays where it is, also over a restart. 409 where it is not running."""
    return await _act(request, run_id, "pause", acting(request, visitor))


@router.post("/replays/{run_id}/resume", summary="Let a run go on")
async def resume(request: Request, visitor: Mending, run_id: str) -> ReplayOut:
    """It goes on where it was. 409 where it is not paused."""
    return await _act(request, run_id, "resume", acting(request, visitor))


@router.post("/replays/{run_id}/stop", summary="End a run")
async def stop(request: Request, visitor: Mending, run_id: str) -> ReplayOut:
    """It ends where it is, for good; the rest stay dead letters. What was put back is tried. 409 where it is over."""
    return await _act(request, run_id, "stop", acting(request, visitor))


async def _act(request: Request, run_id: str, wanted: Act, who: AuditEntry) -> ReplayOut:
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    return _out(await _do(parts, lambda c: replay_runs.act(c, run_id, wanted, who, now_ms)))


async def _do(parts: WebParts, work: Callable[[Connection], Run]) -> Run:
    try:
        return await parts.database.write(work)
    except CannotReplay as fault:
        raise HTTPException(409, str(fault)) from None


def _out(run: Run) -> ReplayOut:
    about = run.about
    values: dict[str, Any] = {
        "consumer": about.consumer, "cause": about.cause, "feed": about.feed, "messages": len(about.messages),
    }  # fmt: skip
    rest = ReplayOut.model_fields.keys() - values.keys()
    return ReplayOut(**values, **{name: getattr(run, name) for name in rest})

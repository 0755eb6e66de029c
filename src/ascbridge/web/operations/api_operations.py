"""Feeds, ledger, faults and trails for programs; and sending again. Never any content of a message."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.config import ConfigError
from ascbridge.events.handlers.dead_letters import NoDeadLetter
from ascbridge.intake.keeping import arrivals, number_gaps
from ascbridge.operations.flowing import balance, flows, held_and_dead
from ascbridge.operations.mending import completing, read_again, replay
from ascbridge.operations.tracing import trace
from ascbridge.web.api_models import (
    CompletedOut,
    DeadLetterOut,
    DismissIn,
    FeedOut,
    LedgerOut,
    MessageOut,
    Model,
    NotMappedOut,
    QuietOut,
    ReadAgainIn,
    ReadAgainOut,
    StepOut,
)
from ascbridge.web.doorbook import acting
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.operations.flowing.held_and_dead import DeadLetter
    from ascbridge.operations.tracing.trace import Seen

router = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


class NeverCameOut(Model):
    """Messages in a row that never came, by the numbers that a feed gives its messages."""

    feed: str
    first_id: str = Field(description="A control id, or MSH-13 and its number")
    last_id: str
    n: int
    since_ms: int = Field(description="Since when they are missed")
    noticed_ms: int


@router.get("/feeds", summary="When each feed last spoke")
async def feeds(request: Request, _: Looking) -> list[FeedOut]:
    """Every feed, whether it is late, and its last hour."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    heard, rates, quiet = await parts.database.read(
        lambda c: (flows.heard(c, parts.feeds, now_ms), flows.rates(c, now_ms), arrivals.quiet(c))
    )
    return [_feed(one, rates.get(one.feed.name, flows.Rate()), quiet) for one in heard]


@router.get("/numbers-that-never-came", summary="Messages that a feed numbered and that never came")
async def never_came(request: Request, _: Looking) -> list[NeverCameOut]:
    """The last seven days, the last noticed first, at most 200. It is learned which feeds number their messages."""
    parts: WebParts = request.app.state.parts
    since_ms = parts.clock.now_ms() - number_gaps.SHOWN_MS
    found = await parts.database.read(lambda c: number_gaps.noticed(c, since_ms))
    return [NeverCameOut(**one._asdict()) for one in found]


@router.get("/ledger", summary="That nothing was lost, feed by feed")
async def ledger(request: Request, _: Looking) -> list[LedgerOut]:
    """Two sums that must come out, for each feed; `LedgerOut` defines every word."""
    parts: WebParts = request.app.state.parts
    names = tuple(feed.name for feed in parts.feeds)
    found = await parts.database.read(lambda c: balance.ledgers(c, names))
    return [LedgerOut(adds_up=one.adds_up, **asdict(one)) for one in found]


@router.get("/dead-letters", summary="What was given up on")
async def letters(
    request: Request, _: Looking, state: Annotated[str, Query(pattern="^(open|replayed|dismissed)$")] = "open"
) -> list[DeadLetterOut]:
    """Dead letters in one state, the oldest first, at most 200."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(lambda c: held_and_dead.dead_letters(c, state=state))
    return [_letter(one) for one in found]


@router.post("/dead-letters/{dead_id}/send-again", summary="Send a dead letter again")
async def send_again(request: Request, visitor: Mending, dead_id: str) -> DeadLetterOut:
    """Put it back at the head of its person's line. 409 where somebody dealt with it already."""
    return await _mend(request, visitor, dead_id, again=True)


@router.post("/dead-letters/{dead_id}/dismiss", summary="Do without a dead letter")
async def dismiss(request: Request, visitor: Mending, dead_id: str, why: DismissIn) -> DeadLetterOut:
    """Close it for good, with a reason. 409 where somebody dealt with it already."""
    return await _mend(request, visitor, dead_id, again=False, why=why.why)


@router.post("/readers/{consumer}/read-again", summary="Let a reader read events again")
async def rewind(request: Request, visitor: Mending, consumer: str, wanted: ReadAgainIn) -> ReadAgainOut:
    """From a time, or from one position, on. With `dry_run` it only says what would be read.

    Nothing is done twice by it. 422 where the log does not hold that place, or nobody reads under that name.
    """
    parts: WebParts = request.app.state.parts
    time_ms = None if wanted.from_time is None else round(wanted.from_time.timestamp() * 1000)
    try:
        place = read_again.Place.parse(wanted.from_position) if wanted.from_position else None
        plan = await read_again.plan(parts.log, parts.database, consumer, time_ms=time_ms, place=place)
    except read_again.CannotReadAgain as fault:
        raise HTTPException(422, str(fault)) from None
    if not wanted.dry_run:
        who, now_ms = replace(acting(request, visitor), why=wanted.why), parts.clock.now_ms()
        await parts.database.write(lambda c: read_again.read_again(c, plan, who, now_ms))
        parts.wake()
    return ReadAgainOut(
        consumer=plan.consumer,
        events=plan.events,
        done=not wanted.dry_run,
        steps=[StepOut(**asdict(one.place), next_offset=one.next_offset) for one in plan.steps],
    )


@router.get("/not-mapped", summary="Codes that nobody has mapped")
async def not_mapped(request: Request, _: Looking) -> list[NotMappedOut]:
    """What is parked because the feed's profile does not know a code, the most frequent first, at most 100."""
    parts: WebParts = request.app.state.parts
    return [NotMappedOut(**asdict(one)) for one in await parts.database.read(completing.not_mapped)]


@router.post("/complete", summary="Complete what was parked for want of a code")
async def complete(request: Request, visitor: Mending) -> CompletedOut:
    """Read the profiles' code maps again, and translate again what they now understand. 409 where one is broken."""
    parts: WebParts = request.app.state.parts
    try:
        done = await parts.completing.run(acting(request, visitor), parts.clock.now_ms())
    except ConfigError as fault:
        raise HTTPException(409, str(fault)) from None
    parts.wake()
    return CompletedOut(
        maps=list(done.maps),
        completed=done.completed,
        not_mapped=[NotMappedOut(**asdict(one)) for one in done.not_mapped],
    )


@router.get("/refused", summary="What was refused lately")
async def refused(request: Request, _: Looking) -> list[MessageOut]:
    """The last week's refusals with their reasons, newest first, at most 50."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(lambda c: trace.refused(c, parts.clock.now_ms()))
    return [_message(one) for one in found]


@router.get("/messages", summary="Find a message")
async def messages(
    request: Request, _: Looking, find: Annotated[str, Query(min_length=1, max_length=200)]
) -> list[MessageOut]:
    """By control id, message id, event id or dead letter; newest first, at most 50."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(lambda c: trace.find(c, find))
    return [_message(one) for one in found]


async def _mend(
    request: Request, visitor: Visitor, dead_id: str, *, again: bool, why: str = ""
) -> DeadLetterOut:
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    who = replace(acting(request, visitor), why=why)

    def work(connection: Connection) -> DeadLetter | None:
        if held_and_dead.dead_letter_of(connection, dead_id) is None:
            return None
        (replay.send_again if again else replay.give_up)(connection, dead_id, who, now_ms)
        return held_and_dead.dead_letter_of(connection, dead_id)

    try:
        found = await parts.database.write(work)
    except NoDeadLetter:
        raise HTTPException(409, "Somebody dealt with this dead letter already.") from None
    if found is None:
        raise HTTPException(404, "There is no such dead letter.")
    parts.wake()
    return _letter(found)


def _feed(one: flows.Heard, rate: flows.Rate, quiet: Sequence[arrivals.Quiet]) -> FeedOut:
    return FeedOut(
        name=one.feed.name, title=one.feed.title, last_ms=one.last_ms, late=one.late,
        late_after_ms=one.feed.late_after_ms, kept_last_hour=rate.kept, refused_last_hour=rate.refused,
        repeats_last_hour=rate.repeats,
        quiet=[
            QuietOut(trigger=of.kind, since_ms=of.since_ms, usual=of.usual)
            for of in quiet if of.feed == one.feed.name
        ],
    )  # fmt: skip


def _letter(one: DeadLetter) -> DeadLetterOut:
    values: dict[str, Any] = {name: getattr(one, name) for name in DeadLetterOut.model_fields}
    return DeadLetterOut(**values)


def _message(one: Seen) -> MessageOut:
    return MessageOut(**{**asdict(one), "flags": list(one.flags)})

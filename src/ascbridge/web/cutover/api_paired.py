"""The events of two case systems in pairs, for programs: the trend by day, and what does not agree, one by one.

IT operations sees ids and the names of fields. What the fields say is shown to whom people to settle are shown.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.cutover import strands, trend
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.events.ledgers.said_events import Off
from ascbridge.operations.changing.switching import NO_CUTOVER
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.cutover.trend import Found, Tally
    from ascbridge.events.handlers.switches import Pair
    from ascbridge.events.ledgers.said_events import SaidEvent

router = APIRouter(prefix="/api/operations/cutover", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$", description="A day of Coventry, or none for all")]
MOST_SHOWN = 100
MOST_COUNTED = 10_000


class TallyOut(Model):
    """What came of the events of one day and event type."""

    day: str = Field(description="YYYY-MM-DD, of Coventry: when the system recorded the event")
    word: str
    agree: int
    differs: int
    missing: int = Field(description="Only the old system told it")
    extra: int = Field(description="Only the new one told it")
    put_right: int = Field(
        description="Of those that do not agree: since then both said the same of the thing"
    )
    waiting: int = Field(description="Alone, and a partner may still come: in none of the others")
    still_off: int = Field(description="Does not agree, and was not put right")
    agreement: float = Field(description="Share of what was judged that agreed at once, 0 to 1")


class TrendOut(Model):
    """How far the events of both systems agree, the newest day first."""

    tallies: list[TallyOut]
    to_pair: int = Field(description=f"Events that came and are not paired yet, counted up to {MOST_COUNTED}")
    looked_at_anew: bool = Field(
        description="Whether all events are being paired anew, by other rules or ids"
    )


class ToldOut(Model):
    """One event as a system told it."""

    event_id: str
    message_id: str = Field(description="Leads to the trail of the message that told it")
    recorded_ms: int
    kept_ms: int


class FieldSaidOut(Model):
    """A field that differs. Its values are empty where they may not be shown."""

    name: str
    old: str
    new: str


class PairOut(Model):
    """One event of the old system with its partner of the new one, or one that is alone."""

    event_id: str
    word: str
    event_type: str
    day: str
    verdict: str = Field(
        description="agree, differs, missing or extra; *again*: it says nothing new; empty: it is not paired yet"
    )
    put_right: bool
    waits_until_ms: int | None = Field(description="Until when a partner may come, where one may")
    person_id: str = Field(description="Empty where nobody that we know has this number")
    patient_key: str
    slot: str = Field(description="The thing, by the id that we know it by: review:R1")
    fields: list[FieldSaidOut]
    old: ToldOut | None
    new: ToldOut | None


class PairsOut(Model):
    """Events that do not agree, the newest day first."""

    pairs: list[PairOut]
    next: str = Field(description="What to ask for as `after` to go on; empty at the end")


@router.get("/trend", summary="How far the events of two case systems agree, day by day")
async def days(
    request: Request, _: Looking, word: str = "", days: Annotated[int, Query(ge=1, le=366)] = 30
) -> TrendOut:
    """By day and event type, of the last days, today among them."""
    parts, pair = _parts(request)
    now_ms = parts.clock.now_ms()
    made = await parts.database.read(lambda c: trend.tallies(c, pair, now_ms, days))
    left, anew = await parts.database.read(lambda c: strands.to_do(c, pair, MOST_COUNTED))
    return TrendOut(
        tallies=[_tally(one) for one in made if word in ("", one.word)], to_pair=left, looked_at_anew=anew
    )


@router.get("/events", summary="Events of two case systems that do not agree")
async def off(
    request: Request,
    visitor: Looking,
    word: str = "",
    day: Day = "",
    verdict: Annotated[Literal["", "differs", "missing", "extra"], Query()] = "",
    put_right: bool = False,  # noqa: FBT001, FBT002  # a parameter of a query
    after: str = "",
) -> PairsOut:
    """One by one; those that were put right only where asked for."""
    parts, pair = _parts(request)
    if word and word not in EVENT_TYPES:
        raise HTTPException(404)
    wanted = Off(EVENT_TYPES[word] if word else "", day, verdict, put_right)
    behind = place_of(after)
    found = await parts.database.read(lambda c: trend.off(c, pair, wanted, behind, MOST_SHOWN + 1))
    shown, now_ms = found[:MOST_SHOWN], parts.clock.now_ms()
    await write_down(request, visitor, "events in pairs looked at", result=f"{len(shown)} events")
    return PairsOut(
        pairs=[_pair(one, visitor, now_ms) for one in shown],
        next=f"{shown[-1].day} {shown[-1].event_id}" if len(found) > MOST_SHOWN else "",
    )


@router.get("/events/{event_id}", summary="One event of two case systems, and its partner")
async def one(request: Request, visitor: Looking, event_id: str) -> PairOut:
    """Of either system, whether it agrees or not. 404 where neither told it."""
    parts, pair = _parts(request)
    found = await parts.database.read(lambda c: trend.one_event(c, pair, event_id))
    if found is None:
        raise HTTPException(404)
    await write_down(
        request, visitor, "events in pairs looked at", whom=found.thing.person_id, result=event_id
    )
    return _pair(found, visitor, parts.clock.now_ms())


def place_of(after: str) -> tuple[str, str] | None:
    """Return where to go on: a day and an event id; None for the beginning."""
    day, _, event_id = after.partition(" ")
    return (day, event_id) if event_id else None


def _parts(request: Request) -> tuple[WebParts, Pair]:
    parts: WebParts = request.app.state.parts
    if parts.pair is None:
        raise HTTPException(409, NO_CUTOVER)
    return parts, parts.pair


def _tally(one: Tally) -> TallyOut:
    return TallyOut(**asdict(one), still_off=one.still_off, agreement=one.agreement)


def _pair(one: Found, visitor: Visitor, now_ms: int) -> PairOut:
    may, thing = visitor.may("settle") is Access.full, one.thing
    return PairOut(
        event_id=one.event_id,
        word=thing.word,
        event_type=thing.event_type,
        day=one.day,
        verdict=one.verdict,
        put_right=one.put_right,
        waits_until_ms=one.due_ms if one.waits(now_ms) else None,
        person_id=thing.person_id,
        patient_key=thing.patient_key,
        slot=thing.slot,
        fields=[
            FieldSaidOut(
                name=name,
                old=thing.shown(thing.old, name) if may else "",
                new=thing.shown(thing.new, name) if may else "",
            )
            for name in thing.fields
        ],
        old=_told(one.old),
        new=_told(one.new),
    )


def _told(one: SaidEvent | None) -> ToldOut | None:
    if one is None:
        return None
    return ToldOut(
        event_id=one.event_id, message_id=one.message_id, recorded_ms=one.at_ms, kept_ms=one.kept_ms
    )

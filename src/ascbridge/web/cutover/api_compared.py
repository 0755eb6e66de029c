"""The cut-over for programs: how far two case systems agree, what is to be put right, and the go/no-go sheet.

IT operations sees ids and the names of fields. What the fields say is shown to whom people to settle are shown.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.cutover import quality, sheets
from ascbridge.cutover.comparing import VERDICTS, Verdict
from ascbridge.events.handlers import switches
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations.changing import id_table, switching
from ascbridge.operations.changing.switching import NO_CUTOVER, CannotSwitch
from ascbridge.web.api_models import Model
from ascbridge.web.cutover.cutover_shown import compared_now
from ascbridge.web.doorbook import acting, write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.cutover.comparing import Comparison, Thing
    from ascbridge.events.handlers.switches import Pair

router = APIRouter(prefix="/api/operations/cutover", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
MOST_SHOWN = 500


class CountOut(Model):
    """How far both systems agree about one event type."""

    word: str
    agree: int
    differs: int
    missing: int = Field(description="Only the old system has it")
    extra: int = Field(description="Only the new one has it")
    closed: int = Field(description="Closed on both sides, and not compared")
    agreement: float = Field(description="Share of what was compared, 0 to 1")


class FieldOut(Model):
    """A field that differs. Its values are empty where they may not be shown."""

    name: str
    old: str
    new: str


class ThingOut(Model):
    """One thing that does not agree; the message ids lead to the trail of what each side said."""

    word: str
    event_type: str
    person_id: str = Field(description="Empty where nobody that we know has this number")
    patient_key: str
    slot: str = Field(description="The thing, by the id that we know it by: review:R1")
    verdict: Verdict
    fields: list[FieldOut]
    old_message: str
    new_message: str


class ComparisonOut(Model):
    """Both systems compared, now."""

    counts: list[CountOut]
    things: list[ThingOut] = Field(description=f"What does not agree, at most {MOST_SHOWN}")


class LineOut(Model):
    """One criterion of one event type."""

    word: str
    criterion: str
    wanted: str
    found: str
    good: bool


class SheetOut(Model):
    """The go/no-go sheet."""

    go: bool
    lines: list[LineOut]


class FaultOut(Model):
    """Something to be put right before a switch."""

    feed: str
    patient_key: str
    what: str


class PersonProposalOut(Model):
    """A row that the crosswalk may lack."""

    kind: str
    theirs: str = Field(description="The new system's number; of a person the patient key of it")
    ours: str
    patient_key: str
    why: str


class AcceptIn(Model):
    """Proposals that somebody looked at; `all` accepts what is proposed now."""

    proposals: list[tuple[str, str]] = Field([], description="Kind and the new system's number of each")
    all: bool = False
    why: str = Field(min_length=1, max_length=500)


class AcceptedOut(Model):
    """How many rows went into the crosswalk."""

    accepted: int


class ApplyIn(Model):
    """A correction that is to be heard all the same."""

    message_id: str
    event_type: str
    why: str = Field(min_length=1, max_length=500)


@router.get("/comparison", summary="How far two case systems agree, thing by thing")
async def comparison(
    request: Request, visitor: Looking, word: str = "", verdict: Annotated[Verdict | None, Query()] = None
) -> ComparisonOut:
    """Counts for every event type, and what does not agree, of one event type or verdict where these are given."""
    parts, pair = _parts(request)
    shown: list[Thing] = []

    def seen(part: Comparison) -> None:
        shown.extend(_wanted(part, word, verdict)[: MOST_SHOWN - len(shown)])

    found = await compared_now(parts, pair, seen)
    off = [one for one in VERDICTS if one != "agree" and verdict in (None, one)]
    many = sum(found.counts[kind, one] for kind in EVENT_TYPES if word in ("", kind) for one in off)
    await write_down(request, visitor, "case systems compared", result=f"{many} differences")
    return ComparisonOut(
        counts=[
            CountOut(word=one, **found.of(one), closed=found.closed(one), agreement=found.agreement(one))
            for one in EVENT_TYPES
        ],
        things=[_thing(one, visitor) for one in shown],
    )


def _wanted(part: Comparison, word: str, verdict: Verdict | None) -> list[Thing]:
    return [
        one
        for one in part.things
        if one.verdict != "agree" and word in ("", one.word) and verdict in (None, one.verdict)
    ]


@router.get("/sheet", summary="The go/no-go sheet")
async def sheet(request: Request, _: Looking) -> SheetOut:
    """Every criterion of every event type, and whether it is met."""
    parts, pair = _parts(request)
    rules, now_ms = parts.rules, parts.clock.now_ms()
    compared = await compared_now(parts, pair)
    found = await parts.database.read(lambda c: sheets.fill(c, pair, rules, compared, now_ms))
    lines = [LineOut(**asdict(one)) for one in found.lines]
    return SheetOut(go=all(one.good for one in lines), lines=lines)


@router.get("/quality", summary="What is to be put right before a switch")
async def faults(request: Request, _: Looking) -> list[FaultOut]:
    """People without a number or address, with two numbers, and workers who are not known."""
    parts, pair = _parts(request)
    compared = await compared_now(parts, pair)
    found = await parts.database.read(lambda c: quality.faults(c, pair, compared.unknown_workers))
    return [FaultOut(**asdict(one)) for one in found]


@router.get("/proposals", summary="What the crosswalk may lack")
async def proposals(request: Request, _: Looking) -> list[PersonProposalOut]:
    """Persons and things that are one by all that can be told; a person decides."""
    parts, pair = _parts(request)
    compared = await compared_now(parts, pair)
    found = await parts.database.read(lambda c: quality.proposals(c, pair, compared.alike))
    return [PersonProposalOut(**asdict(one)) for one in found]


@router.post("/proposals/accept", summary="Take proposals into the crosswalk")
async def accept(request: Request, visitor: Mending, wanted: AcceptIn) -> AcceptedOut:
    """Those that are named and still proposed, or all."""
    parts, pair = _parts(request)
    who = replace(acting(request, visitor), why=wanted.why)
    chosen = None if wanted.all else {(kind, theirs) for kind, theirs in wanted.proposals}
    try:
        done = await id_table.accept(parts.database, pair, parts.rules, chosen, who, parts.clock)
    except id_table.CannotLoad as fault:
        raise HTTPException(409, str(fault)) from None
    return AcceptedOut(accepted=done)


@router.get("/corrections", summary="What the system that is not heard any more still corrects")
async def corrections(request: Request, visitor: Looking) -> list[ThingOut]:
    """What it said since the switch and is not so by the other's word. Nothing of it has an effect."""
    found = await _waiting(request)
    await write_down(request, visitor, "corrections looked at", result=f"{len(found)} corrections")
    return [_thing(one, visitor) for one in found[:MOST_SHOWN]]


@router.post("/corrections/apply", summary="Hear a correction all the same")
async def apply(request: Request, visitor: Mending, wanted: ApplyIn) -> list[ThingOut]:
    """Once; what still waits is returned. 409 where it does not wait any more."""
    parts, pair = _parts(request)
    who, now_ms = replace(acting(request, visitor), why=wanted.why), parts.clock.now_ms()
    try:
        await parts.database.write(
            lambda c: switching.apply_correction(
                c, pair, parts.rules, wanted.message_id, wanted.event_type, who, now_ms
            )
        )
    except CannotSwitch as fault:
        raise HTTPException(409, str(fault)) from None
    await parts.completing.hear_applied()
    parts.wake()
    return [_thing(one, visitor) for one in (await _waiting(request))[:MOST_SHOWN]]


async def _waiting(request: Request) -> list[Thing]:
    """The corrections that nobody has had heard."""
    parts, pair = _parts(request)
    return await parts.database.read(lambda c: switching.corrections(c, parts.rules, switches.load(c, pair)))


def _parts(request: Request) -> tuple[WebParts, Pair]:
    parts: WebParts = request.app.state.parts
    if parts.pair is None:
        raise HTTPException(409, NO_CUTOVER)
    return parts, parts.pair


def _thing(one: Thing, visitor: Visitor) -> ThingOut:
    may = visitor.may("settle") is Access.full
    return ThingOut(
        word=one.word,
        event_type=one.event_type,
        person_id=one.person_id,
        patient_key=one.patient_key,
        slot=one.slot,
        verdict=one.verdict,
        fields=[
            FieldOut(
                name=name,
                old=one.shown(one.old, name) if may else "",
                new=one.shown(one.new, name) if may else "",
            )
            for name in one.fields
        ],
        old_message=one.old.message_id if one.old else "",
        new_message=one.new.message_id if one.new else "",
    )

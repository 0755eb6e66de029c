"""The cut-over for programs: which of two case systems is heard, and switching it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.events.handlers import switches
from ascbridge.events.handlers.switches import EVENT_TYPES
from ascbridge.operations.changing import id_table, switching
from ascbridge.operations.changing.id_table import CannotLoad
from ascbridge.operations.changing.switching import NO_CUTOVER, CannotSwitch
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import acting
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.events.handlers.switches import Switches

router = APIRouter(prefix="/api/operations/cutover", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


class SwitchOut(Model):
    """A switch that was made."""

    event_type: str = Field(description="Without prefix: care.review-stated.v1")
    live: str = Field(description="The feed that is heard from then on")
    other: str = Field(description="The feed that is in shadow from then on")
    at_ms: int
    who: str
    role: str
    why: str
    against: str = Field(description="What stood against it, where it was made all the same")


class HeardOut(Model):
    """Which feed is heard of one event type."""

    word: str = Field(description="The word for it in the council's contract: review")
    event_type: str
    live: str
    since_ms: int | None = Field(description="Null where it was never switched")


class CutoverOut(Model):
    """A cut-over: the feeds of the system that goes and of the one that takes over; empty where none is set up."""

    old: str
    new: str
    heard: list[HeardOut]
    switches: list[SwitchOut] = Field(description="Every switch ever made, the newest first")


class SwitchIn(Model):
    """What is to be heard from where."""

    event_types: list[str] = Field(min_length=1, description="Words or names of event types, or just *all*")
    to: str = Field(description="A feed of the cut-over")
    why: str = Field(max_length=500)
    anyway: bool = Field(False, description="Also where something stands against it, which is then recorded")


class RowIn(Model):
    """One row of a crosswalk."""

    kind: str = Field(description="person, or the word for a thing in the council's contract: review")
    old: str = Field(max_length=200, description="Its number in the old system; empty where it is new")
    new: str = Field(max_length=200, description="Its number in the new system")


class CrosswalkIn(Model):
    """A crosswalk, or a part of one."""

    rows: list[RowIn] = Field(min_length=1, max_length=id_table.MOST_ROWS)
    why: str = Field(max_length=500)


class CrosswalkOut(Model):
    """What came of loading it."""

    rows: int = Field(description="Rows that are new or differ from what was there")
    already: int
    not_heard_of: int = Field(
        description="Persons of whom nobody has heard: load it again when they have spoken"
    )
    in_use: list[str] = Field(description="Rows that were not changed, because their thing is heard by them")


@router.get("", summary="Which of two case systems is heard")
async def status(request: Request, _: Looking) -> CutoverOut:
    """Each event type with the feed that is heard of it, and every switch ever made."""
    parts: WebParts = request.app.state.parts
    return _shown(await parts.database.read(lambda c: switches.load(c, parts.pair)))


@router.post("/switches", summary="Switch which case system is heard")
async def switch(request: Request, visitor: Mending, wanted: SwitchIn) -> list[SwitchOut]:
    """All the event types that are named, or none of them: 409 says what stands against it.

    What the feed said in shadow and differs is heard once; what agrees goes on as it is.
    """
    parts: WebParts = request.app.state.parts
    who, pair = acting(request, visitor), parts.pair
    try:
        wish = switching.asked(wanted.event_types, wanted.to, wanted.why, anyway=wanted.anyway, pair=pair)
        assert pair is not None
        done = await switching.switch_ahead(
            parts.database, pair, parts.rules, parts.profiles, wish, who, parts.clock
        )
    except CannotSwitch as fault:
        raise HTTPException(409, str(fault)) from None
    await parts.completing.hear_applied()
    parts.wake()
    return [SwitchOut(**asdict(one)) for one in done]


@router.post("/crosswalk", summary="Load a crosswalk")
async def load(request: Request, visitor: Mending, wanted: CrosswalkIn) -> CrosswalkOut:
    """Which of the new system's numbers stands for which of the old ones. 422 where it cannot be used."""
    parts: WebParts = request.app.state.parts
    who, now_ms, pair = replace(acting(request, visitor), why=wanted.why), parts.clock.now_ms(), parts.pair
    if pair is None:
        raise HTTPException(409, NO_CUTOVER)
    rows = [id_table.Row(one.kind, one.old, one.new) for one in wanted.rows]
    try:
        done = await parts.database.write(
            lambda c: id_table.load(c, parts.keyring, pair, parts.profiles, rows, who, now_ms)
        )
    except CannotLoad as fault:
        raise HTTPException(422, str(fault)) from None
    return CrosswalkOut(**asdict(done))


def _shown(made: Switches) -> CutoverOut:
    pair = made.pair
    heard = [
        HeardOut(
            word=word,
            event_type=name,
            live=made.live(name),
            since_ms=last.at_ms if (last := made.last(name)) else None,
        )
        for word, name in EVENT_TYPES.items()
        if pair is not None
    ]
    return CutoverOut(
        old=pair.old if pair else "",
        new=pair.new if pair else "",
        heard=heard,
        switches=[SwitchOut(**asdict(one)) for one in reversed(made.made)],
    )

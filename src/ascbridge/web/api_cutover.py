"""The cut-over for programs: which of two case systems is heard, and switching it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.events import switches
from ascbridge.events.switches import EVENT_TYPES
from ascbridge.operations import switching
from ascbridge.operations.switching import CannotSwitch
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import acting
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.events.switches import Switches

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


@router.get("", summary="Which of two case systems is heard")
async def status(request: Request, _: Looking) -> CutoverOut:
    """Each event type with the feed that is heard of it, and every switch ever made."""
    parts: WebParts = request.app.state.parts
    return _shown(await parts.database.read(lambda c: switches.load(c, parts.pair)))


@router.post("/switches", summary="Switch which case system is heard")
async def switch(request: Request, visitor: Mending, wanted: SwitchIn) -> list[SwitchOut]:
    """All the event types that are named, or none of them: 409 says what stands against it."""
    parts: WebParts = request.app.state.parts
    who, now_ms, pair = acting(request, visitor), parts.clock.now_ms(), parts.pair
    try:
        wish = switching.asked(wanted.event_types, wanted.to, wanted.why, anyway=wanted.anyway, pair=pair)
        assert pair is not None
        done = await parts.database.write(
            lambda c: switching.switch(c, pair, parts.profiles, wish, who, now_ms)
        )
    except CannotSwitch as fault:
        raise HTTPException(409, str(fault)) from None
    return [SwitchOut(**asdict(one)) for one in done]


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

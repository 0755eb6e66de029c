"""Mending messages, for programs and for `ascbridge mend`: the pages' own rules, audit and second person.

What names anybody is told by its shape alone, here as there.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Self

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field, model_validator

from ascbridge.access import Access
from ascbridge.intake.reading import mendings
from ascbridge.operations.mending.foreseeing import Foreseen
from ascbridge.operations.mending.mend import CannotMend
from ascbridge.people.actor import Actor
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import where_from
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

router = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
KEYS_PATIENCE_S, KEYS_LOOK_S = 4.0, 0.1
"""How long somebody waits for the keys of whom their change names, which the process beside us gives."""
Why = Annotated[str, Field(min_length=1, max_length=200, description="No names or numbers of people")]


class MendWhyIn(Model):
    """Why something is done."""

    why: Why


class PartOut(Model):
    """What stands at one place of a message."""

    place: str = Field(description="PV1-36, or $.package.status")
    shown: str = Field(description="As it was sent where it is open, else its shape: A a letter, 9 a digit")
    open: bool


class MessageFaultOut(Model):
    """Where a message is at fault today."""

    place: str
    found: str = Field(description="The shape of what stands there")
    wanted: str
    row: str = Field(description="The row of the profile that reads it")


class MessageOpenedOut(Model):
    """A message opened for mending. In `text` what is hidden stands as its place in braces: leave it or replace it."""

    dead_id: str
    message_id: str
    parts: list[PartOut]
    text: str
    fault: MessageFaultOut | None


class MessageChangeIn(Model):
    """A change: values by place, or the whole text as `open` gave it; one of the two."""

    values: dict[str, str] = Field({}, description='Such as {"PV1-36": "21"}')
    text: str = Field("", max_length=200_000)
    why: Why

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if bool(self.values) == bool(self.text):
            raise ValueError("give values or text, one of the two")
        return self


class SaidOut(Model):
    """One event that would be published."""

    event_type: str
    topic: str
    says: list[str]


class ThenOut(Model):
    """One thing that would be otherwise; empty: not there."""

    what: str
    before: str
    after: str


class ForeseenOut(Model):
    """What the dry-run said. `refused` is why it cannot take effect as it is."""

    refused: str
    whom: list[ThenOut] = Field(description="Whom the message is about, where that changes: by id")
    events: list[SaidOut]
    decisions: list[ThenOut]
    tasks: list[ThenOut]
    resources: list[ThenOut]


class MessageChangeOut(Model):
    """One change to a message, and what became of it."""

    mending_id: str
    message_id: str
    dead_id: str
    feed: str
    places: list[str]
    about_whom: list[str] = Field(description="Places that say whom it is about: a second person must agree")
    why: str
    made_by: str
    made_ms: int
    state: str = Field(description="asked, in force, taken back or refused")
    decided_by: str
    decided_why: str
    decided_ms: int | None
    foreseen_ms: int
    foreseen: ForeseenOut


class DecidedOut(Model):
    """What came of it: mended; or moved, where something changed since the dry-run, which was played again."""

    came: str
    change: MessageChangeOut


@router.post("/dead-letters/{dead_id}/open", summary="Open the message of a dead letter for mending")
async def opened(request: Request, visitor: Mending, dead_id: str, said: MendWhyIn) -> MessageOpenedOut:
    """Audited. 409 where it cannot be opened: the answer says why."""
    parts: WebParts = request.app.state.parts
    who, now_ms = actor(request, visitor), parts.clock.now_ms()

    def read(connection: Connection) -> tuple[Any, ...]:
        found = parts.mender.open(connection, dead_id, who, " ".join(said.why.split()), now_ms)
        return found, parts.mender.fault(connection, found.letter.message_id)

    found, fault = await _do(parts, read)
    return MessageOpenedOut(
        dead_id=dead_id,
        message_id=found.letter.message_id,
        parts=[PartOut(place=one.place, shown=one.shown, open=one.open) for one in found.parts],
        text=found.text,
        fault=None if fault is None else MessageFaultOut(**asdict(fault)),
    )


@router.post("/dead-letters/{dead_id}/changes", summary="Change a message, and try that out")
async def change(
    request: Request, visitor: Mending, dead_id: str, wanted: MessageChangeIn
) -> MessageChangeOut:
    """Nothing takes effect. 409 where it cannot be changed so: the answer says why."""
    parts: WebParts = request.app.state.parts
    who, why = actor(request, visitor), " ".join(wanted.why.split())
    try:
        made = await try_out(parts, dead_id, wanted.values or wanted.text, who, why)
    except CannotMend as fault:
        raise HTTPException(409, str(fault)) from None
    return await _change(parts, made)


@router.get("/changes", summary="Changes to messages that wait for somebody")
async def waiting(request: Request, _: Looking) -> list[MessageChangeOut]:
    """The oldest first, at most 200."""
    parts: WebParts = request.app.state.parts
    return [_out(one) for one in await parts.database.read(mendings.waiting)]


@router.get("/changes/{mending_id}", summary="One change to a message")
async def mending(request: Request, _: Looking, mending_id: str) -> MessageChangeOut:
    """Where, why, what would follow, and what became of it."""
    return await _change(request.app.state.parts, mending_id)


@router.post("/changes/{mending_id}/take-effect", summary="Let a change take effect")
async def take_effect(request: Request, visitor: Mending, mending_id: str) -> DecidedOut:
    """Only while its dry-run holds, and where it changes whom the message is about by a second person: else 409."""
    parts: WebParts = request.app.state.parts
    act = partial(
        parts.mender.take_effect,
        mending_id=mending_id,
        who=actor(request, visitor),
        now_ms=parts.clock.now_ms(),
    )
    came = await _do(parts, act)
    parts.wake()
    return DecidedOut(came=came, change=await _change(parts, mending_id))


@router.post("/changes/{mending_id}/try-again", summary="Try a change out again")
async def try_again(request: Request, visitor: Mending, mending_id: str) -> MessageChangeOut:
    """Against how everything stands now. 409 where it was decided already."""
    parts: WebParts = request.app.state.parts
    act = partial(
        parts.mender.try_again,
        mending_id=mending_id,
        who=actor(request, visitor),
        now_ms=parts.clock.now_ms(),
    )
    await _do(parts, act)
    return await _change(parts, mending_id)


@router.post("/changes/{mending_id}/refuse", summary="Refuse a change, or take back one's own")
async def refuse(request: Request, visitor: Mending, mending_id: str, said: MendWhyIn) -> MessageChangeOut:
    """With a reason. 409 where it was decided already."""
    parts: WebParts = request.app.state.parts
    who, why, now_ms = actor(request, visitor), " ".join(said.why.split()), parts.clock.now_ms()
    await _do(parts, lambda c: parts.mender.refuse(c, mending_id, who, why, now_ms))
    return await _change(parts, mending_id)


async def try_out(
    parts: WebParts, dead_id: str, change: Mapping[str, str] | str, who: Actor, why: str
) -> str:
    """Try a change out; return its id. Where it names somebody new, wait for their keys. Raises `CannotMend`."""
    now_ms = parts.clock.now_ms()
    made = await parts.database.write(lambda c: parts.mender.ask(c, dead_id, change, who, why, now_ms))
    for _ in range(round(KEYS_PATIENCE_S / KEYS_LOOK_S)):
        if not (await parts.database.read(lambda c: mendings.of(c, made))).wants_keys:
            break
        if await parts.database.read(lambda c: parts.mender.has_keys(c, made)):
            await parts.database.write(lambda c: parts.mender.try_again(c, made, who, parts.clock.now_ms()))
            break
        await asyncio.sleep(KEYS_LOOK_S)
    return made


def actor(request: Request, visitor: Visitor) -> Actor:
    """Who mends, as the audit and the rule of the second person know them."""
    parts: WebParts = request.app.state.parts
    return Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor), visitor.sign_in)


async def _do(parts: WebParts, work: Callable[[Connection], Any]) -> Any:
    try:
        return await parts.database.write(work)
    except mendings.NoMending:
        raise HTTPException(404, "There is no such change, or it was decided already.") from None
    except CannotMend as fault:
        raise HTTPException(409, str(fault)) from None


async def _change(parts: WebParts, mending_id: str) -> MessageChangeOut:
    try:
        return _out(await parts.database.read(lambda c: mendings.of(c, mending_id)))
    except mendings.NoMending:
        raise HTTPException(404, "There is no such change.") from None


def _out(one: mendings.Mending) -> MessageChangeOut:
    said = asdict(Foreseen.from_json(one.foreseen))
    values: dict[str, Any] = {
        name: getattr(one, name) for name in MessageChangeOut.model_fields if name != "foreseen"
    }
    return MessageChangeOut.model_validate(
        values | {"foreseen": {name: said[name] for name in ForeseenOut.model_fields}}
    )

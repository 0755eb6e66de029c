"""Feed profiles from the screen, and the same under /api: compare and try out, ask, sign, put in force, roll back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from ascbridge.access import Access
from ascbridge.intake.agreed import profile_versions
from ascbridge.intake.agreed.profile_versions import ProfileVersion
from ascbridge.intake.reading import relearning
from ascbridge.operations.changing import feed_profiles
from ascbridge.operations.changing.feed_profiles import CannotChange, Compared
from ascbridge.web.api_models import Model
from ascbridge.web.layout import Pages
from ascbridge.web.operations.api_mending import actor
from ascbridge.web.operations.map_pages import LONGEST_REASON, ReasonIn
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.intake.reading.relearning import Rereading
    from ascbridge.people.actor import Actor

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
PAGE = "/operations/feed-profiles"


class ProfileIn(Model):
    """A feed's profile as TOML."""

    text: str = Field(min_length=1, max_length=feed_profiles.LONGEST)


class AskedProfileIn(ProfileIn):
    """A feed's profile that is asked for, and why."""

    why: str = Field(min_length=1, max_length=LONGEST_REASON)


class ExampleOut(Model):
    """A message that would be read otherwise: names of events and fields, never a value."""

    message_id: str
    before: str
    after: str
    fields: list[str]


class ComparedOut(Model):
    """What a profile would change: places that say otherwise, and what the last day's messages would say otherwise."""

    feed: str
    sha256: str
    differences: list[str]
    messages: int = Field(description="How many were tried out, the newest of a day")
    otherwise: int
    unread: int
    examples: list[ExampleOut]


class ProfileVersionOut(Model):
    """One version of a feed's profile: who asked, who signed, and what it would do."""

    feed: str
    number: int
    sha256: str
    said: str
    why: str
    made_by: str
    made_ms: int
    state: str = Field(description="asked, signed or refused")
    decided_by: str
    decided_why: str
    decided_ms: int | None


class HeldOut(Model):
    """Which version of a feed's profile holds now."""

    feed: str
    number: int = Field(description="0: what the file of the settings says")
    readby: str = Field(description="What events say by which they were read")
    next_number: int | None = Field(description="What will hold in a few seconds, if that is another")
    signed: bool
    again: str = Field(
        default="",
        description="How far messages are read again since codes last meant something else; empty: never",
    )


class ProfilesOut(Model):
    """What holds for every feed, and the versions that were asked for, the last first, at most 100."""

    held: list[HeldOut]
    versions: list[ProfileVersionOut]


@dataclass(frozen=True, slots=True)
class _Seen:
    held: list[HeldOut]
    versions: tuple[ProfileVersion, ...]
    ever: frozenset[tuple[str, int]]
    again: dict[str, Rereading]


@router.get("/operations/feed-profiles")
async def profiles(request: Request, visitor: Looking, done: str = "") -> Response:
    """What holds, what was asked for, and a form."""
    return await _page(request, visitor, done=done)


@router.post("/operations/feed-profiles")
async def ask_or_compare(
    request: Request,
    visitor: Mending,
    text: Annotated[str, Form()] = "",
    why: Annotated[str, Form()] = "",
    act: Annotated[str, Form()] = "compare",
) -> Response:
    """Compare a text with what holds and try it out, or ask for it. Nothing takes effect."""
    parts: WebParts = request.app.state.parts
    given = {"text": text, "why": why}
    translator, now_ms = parts.completing.translator, parts.clock.now_ms()
    try:
        if act == "ask":
            who = actor(request, visitor)
            await parts.database.write(
                lambda c: feed_profiles.ask(c, translator, text, who, _line(why), now_ms)
            )
            return RedirectResponse(f"{PAGE}?done=asked", 303)
        found = await parts.database.read(lambda c: feed_profiles.compare(c, translator, text, now_ms))
    except CannotChange as fault:
        return await _page(request, visitor, given=given, errors=fault.lines)
    return await _page(request, visitor, given=given, compared=found)


@router.post("/operations/feed-profiles/{feed}/roll-back")
async def roll_back(
    request: Request, visitor: Mending, feed: str, why: Annotated[str, Form()] = ""
) -> Response:
    """Have what held before hold again."""
    return await _done(request, visitor, _rolling_back(request, feed, _line(why)), "rolled-back")


@router.post("/operations/feed-profiles/{feed}/{number}/{act}")
async def decide(
    request: Request, visitor: Mending, feed: str, number: int, act: str, why: Annotated[str, Form()] = ""
) -> Response:
    """Sign it, put it in force, or refuse it."""
    return await _done(request, visitor, _deciding(request, feed, number, act, _line(why)), act)


@api.get("/feed-profiles", summary="Which version of each feed's profile holds, and what was asked for")
async def api_profiles(request: Request, _: Looking) -> ProfilesOut:
    """What holds now, and the versions that were asked for."""
    seen = await _seen(request)
    return ProfilesOut(held=seen.held, versions=[_out(one) for one in seen.versions])


@api.post("/feed-profiles/compare", summary="Compare a feed's profile with what holds, and try it out")
async def api_compare(request: Request, _: Mending, wanted: ProfileIn) -> ComparedOut:
    """Changes nothing. 422 with everything that keeps it from holding without a restart."""
    parts: WebParts = request.app.state.parts
    translator, now_ms = parts.completing.translator, parts.clock.now_ms()
    try:
        found = await parts.database.read(lambda c: feed_profiles.compare(c, translator, wanted.text, now_ms))
    except CannotChange as fault:
        raise HTTPException(422, str(fault)) from None
    tried = asdict(found.tried)
    return ComparedOut(
        feed=found.feed, sha256=found.version.text_sha256, differences=list(found.otherwise), **tried
    )


@api.post("/feed-profiles", summary="Ask for a version of a feed's profile")
async def api_ask(request: Request, visitor: Mending, wanted: AskedProfileIn) -> ProfileVersionOut:
    """Ask for it, and say what it would do. Nothing takes effect."""
    translator = request.app.state.parts.completing.translator
    made: list[tuple[str, int]] = []

    def act(connection: Connection, who: Actor, now_ms: int) -> None:
        made.append(feed_profiles.ask(connection, translator, wanted.text, who, _line(wanted.why), now_ms))

    await _act(request, visitor, act)
    return await _of(request, *made[-1])


@api.post("/feed-profiles/{feed}/roll-back", summary="Roll a feed's profile back")
async def api_roll_back(request: Request, visitor: Mending, feed: str, wanted: ReasonIn) -> ProfilesOut:
    """Have the version before hold again, from a few seconds on."""
    await _act(request, visitor, _rolling_back(request, feed, _line(wanted.why)))
    seen = await _seen(request)
    return ProfilesOut(held=seen.held, versions=[_out(one) for one in seen.versions])


@api.post("/feed-profiles/{feed}/{number}/sign", summary="Sign a version of a feed's profile")
async def api_sign(request: Request, visitor: Mending, feed: str, number: int) -> ProfileVersionOut:
    """Sign what somebody else asked for; it does not hold yet. 422 for who asked: a second person must sign."""
    await _act(request, visitor, _deciding(request, feed, number, "sign", ""))
    return await _of(request, feed, number)


@api.post("/feed-profiles/{feed}/{number}/activate", summary="Put a signed version in force")
async def api_activate(request: Request, visitor: Mending, feed: str, number: int) -> ProfileVersionOut:
    """Have it hold from a few seconds on, in every process, without a restart."""
    await _act(request, visitor, _deciding(request, feed, number, "activate", ""))
    return await _of(request, feed, number)


@api.post("/feed-profiles/{feed}/{number}/refuse", summary="Refuse a version of a feed's profile")
async def api_refuse(
    request: Request, visitor: Mending, feed: str, number: int, wanted: ReasonIn
) -> ProfileVersionOut:
    """Refuse what was asked for, or was signed and never held."""
    await _act(request, visitor, _deciding(request, feed, number, "refuse", _line(wanted.why)))
    return await _of(request, feed, number)


def _deciding(
    request: Request, feed: str, number: int, act: str, why: str
) -> Callable[[Connection, Actor, int], None]:
    translator = request.app.state.parts.completing.translator

    def decided(connection: Connection, who: Actor, now_ms: int) -> None:
        if act == "sign":
            feed_profiles.sign(connection, translator, feed, number, who, now_ms)
        elif act == "activate":
            feed_profiles.activate(connection, translator, feed, number, who, now_ms)
        elif act == "refuse":
            feed_profiles.refuse(connection, feed, number, who, why, now_ms)
        else:
            raise CannotChange(["There is no such act"])

    return decided


def _rolling_back(request: Request, feed: str, why: str) -> Callable[[Connection, Actor, int], None]:
    translator = request.app.state.parts.completing.translator

    def rolled(connection: Connection, who: Actor, now_ms: int) -> None:
        feed_profiles.roll_back(connection, translator, feed, who, why, now_ms)

    return rolled


async def _act(request: Request, visitor: Visitor, act: Callable[[Connection, Actor, int], None]) -> None:
    """Do it under /api. Raises 422."""
    parts: WebParts = request.app.state.parts
    who, now_ms = actor(request, visitor), parts.clock.now_ms()
    try:
        await parts.database.write(lambda c: act(c, who, now_ms))
    except CannotChange as fault:
        raise HTTPException(422, str(fault)) from None


async def _done(
    request: Request, visitor: Visitor, act: Callable[[Connection, Actor, int], None], done: str
) -> Response:
    parts: WebParts = request.app.state.parts
    who, now_ms = actor(request, visitor), parts.clock.now_ms()
    try:
        await parts.database.write(lambda c: act(c, who, now_ms))
    except CannotChange as fault:
        return await _page(request, visitor, errors=fault.lines)
    return RedirectResponse(f"{PAGE}?done={done}", 303)


async def _page(
    request: Request,
    visitor: Visitor,
    *,
    given: dict[str, str] | None = None,
    errors: tuple[str, ...] = (),
    done: str = "",
    compared: Compared | None = None,
) -> Response:
    pages: Pages = request.app.state.pages
    parts: WebParts = request.app.state.parts
    around, seen = await parts.database.read(lambda c: (pages.around(c), _look(parts, c)))
    return pages.show(
        request, "feed_profiles.html", visitor=visitor, around=around, seen=seen, given=given or {}, errors=errors,
        done=done, compared=compared, status=422 if errors else 200,
    )  # fmt: skip


async def _seen(request: Request) -> _Seen:
    parts: WebParts = request.app.state.parts
    return await parts.database.read(lambda c: _look(parts, c))


def _look(parts: WebParts, connection: Connection) -> _Seen:
    translator = parts.completing.translator
    translator.adopt(connection)
    said = profile_versions.activations(connection)
    last = {one.feed: one.number for one in said}
    numbers = translator.readings.versions.numbers()
    again = relearning.latest(connection)
    held = [
        HeldOut(
            again=str(again.get(feed, "")),
            feed=feed, number=numbers[feed], readby=translator.readings.stamp_now(feed), signed=not profile.shadow,
            next_number=last[feed] if last.get(feed, numbers[feed]) != numbers[feed] else None,
        )
        for feed, profile in sorted(translator.profiles.items())
    ]  # fmt: skip
    ever = frozenset((one.feed, one.number) for one in said)
    return _Seen(held, profile_versions.latest(connection), ever, again)


async def _of(request: Request, feed: str, number: int) -> ProfileVersionOut:
    parts: WebParts = request.app.state.parts
    return _out(await parts.database.read(lambda c: profile_versions.of(c, feed, number)))


def _out(one: ProfileVersion) -> ProfileVersionOut:
    return ProfileVersionOut(**{name: getattr(one, name) for name in ProfileVersionOut.model_fields})


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REASON]

"""Finding messages, for people and for programs: by what a message is, and by whom it is about.

Whom somebody looks for comes in the body of a form, is written into the audit with a reason, and goes on as an opaque
key: no number and no name stands in an address. What is found are messages, never anything that they say.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import AwareDatetime, BaseModel, Field

from ascbridge.access import Access
from ascbridge.operations.finding import find_messages, find_streams, find_whom
from ascbridge.operations.finding.find_messages import Wanted
from ascbridge.operations.finding.find_whom import CannotLook, Whom
from ascbridge.web.api_models import MessageOut, Model
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor
from ascbridge.web.wording import meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
_NOT_NAMED = "Names are looked for by those who may see them"


class FindIn(Model):
    """What somebody has of the messages that they look for: all of it must be true. About a person: `why` too."""

    ident: str = Field(
        "", max_length=100, description="A message, correlation, event, dead letter or task id"
    )
    control_id: str = Field("", max_length=200)
    feed: str = Field("", max_length=100)
    trigger: str = Field("", max_length=100, description="A type of message, such as A03")
    state: str = Field("", pattern="^(|" + "|".join(find_messages.STATES) + ")$")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    words: str = Field(
        "", max_length=200, description="Of a field name, code or error text that the bridge said"
    )
    nhs_number: str = Field("", max_length=20)
    local_id: str = Field("", max_length=100)
    visit: str = Field("", max_length=100, description="A visit number: everything about that stay")
    authority: str = Field(
        "", max_length=100, description="Who gave local id or visit number; default: any feed's"
    )
    name: str = Field(
        "", max_length=100, description="With `born` or `postcode`; for those who may see names"
    )
    born: str = Field("", max_length=10)
    postcode: str = Field("", max_length=10)
    why: str = Field("", max_length=200, description="Written into the audit; needed with a person or stay")
    before: str = Field("", max_length=36, description="From the page before: where this one begins")


class About(BaseModel):
    """The page's form of whom messages are looked for about."""

    nhs_number: str = ""
    local_id: str = ""
    visit: str = ""
    authority: str = ""
    name: str = ""
    born: str = ""
    postcode: str = ""
    why: str = ""


class FoundOut(Model):
    """A page of messages, newest first. With `before` there may be more; `back_to_ms`: how far back was looked."""

    messages: list[MessageOut]
    before: str
    back_to_ms: int | None


@dataclass(frozen=True)
class Asked:
    """The fields of the page's own form, as they were typed; `person` and `stay` are keys, by commas."""

    q: Annotated[str, Query(max_length=200)] = ""
    control_id: Annotated[str, Query(max_length=200)] = ""
    feed: str = ""
    trigger: str = ""
    state: str = ""
    since: str = ""
    until: str = ""
    words: Annotated[str, Query(max_length=200)] = ""
    person: str = ""
    stay: str = ""
    before: str = ""

    def ids(self, connection: Connection) -> set[str]:
        """The messages that `q` names, where it is an id."""
        return find_messages.ids_of(connection, self.q) if self.q.strip() else set()

    def wanted(self, connection: Connection) -> Wanted:
        """What that means; an id that is none is a control id."""
        q, control_id = self.q.strip(), self.control_id.strip()
        named = bool(self.ids(connection))
        about = find_whom.patients_of(connection, _several(self.person)) if self.person else None
        stays = _several(self.stay)
        return Wanted(
            patients=frozenset() if stays and about is None else about,
            spells=stays,
            ident=q if named else "",
            control_id=control_id or ("" if named else q),
            feed=self.feed.strip(),
            trigger=self.trigger.strip(),
            state=self.state if self.state in find_messages.STATES else "",
            since_ms=meant(self.since),
            until_ms=meant(self.until),
            words=self.words,
            before=self.before.strip(),
        )

    @property
    def typed(self) -> dict[str, str]:
        """What is not empty."""
        return {name: value for name, value in asdict(self).items() if value}


@router.get("/operations/find")
async def find(request: Request, visitor: Looking, asked: Annotated[Asked, Depends()]) -> Response:
    """Find messages; the only one that an id or control id names is shown at once."""
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(lambda c: find_messages.find(c, asked.wanted(c)))
    if len(found.messages) == 1 and set(asked.typed) == {"q"}:
        return RedirectResponse(f"/operations/messages/{found.messages[0].message_id}", 303)
    return await _page(request, visitor, asked, found=found)


@router.post("/operations/find")
async def find_about(request: Request, visitor: Looking, about: Annotated[About, Form()]) -> Response:
    """Find whom messages are looked for about, write it down, and go on with opaque keys."""
    whom = Whom(**about.model_dump(exclude={"why"}))
    try:
        keys = await _look(request, visitor, whom, about.why)
    except CannotLook as fault:
        return await _page(request, visitor, Asked(), error=str(fault))
    if not keys.people and not keys.stays:
        return await _page(request, visitor, Asked(), error="Nobody and nothing here goes by that")
    query = {"person": ",".join(sorted(keys.people)), "stay": ",".join(sorted(keys.stays))}
    return RedirectResponse(f"/operations/find?{urlencode({k: v for k, v in query.items() if v})}", 303)


@api_router.post("/find", summary="Find messages")
async def find_by(request: Request, visitor: Looking, wanted: FindIn) -> FoundOut:
    """By person, stay, task, any id, control id, feed, type, state, time, and what the bridge said of it.

    At most 50 at a time, newest first; `before` of the answer, sent with the next request, goes on from there. Where
    few of many fit, an answer may hold fewer and say how far back it looked. Never any content of a message.
    """
    parts: WebParts = request.app.state.parts
    given = Wanted(
        ident=wanted.ident, control_id=wanted.control_id, feed=wanted.feed, trigger=wanted.trigger,
        state=wanted.state, since_ms=_ms(wanted.since), until_ms=_ms(wanted.until), words=wanted.words,
        before=wanted.before,
    )  # fmt: skip
    whom = Whom(
        wanted.nhs_number,
        wanted.local_id,
        wanted.visit,
        wanted.authority,
        wanted.name,
        wanted.born,
        wanted.postcode,
    )
    if not whom.nobody:
        try:
            keys = await _look(request, visitor, whom, wanted.why)
        except CannotLook as fault:
            raise HTTPException(422, str(fault)) from None
        given = replace(
            given,
            patients=await parts.database.read(lambda c: find_whom.patients_of(c, keys.people)),
            spells=keys.stays,
        )
    found = await parts.database.read(lambda c: find_messages.find(c, given))
    return FoundOut(
        messages=[MessageOut(**{**asdict(one), "flags": list(one.flags)}) for one in found.messages],
        before=found.before,
        back_to_ms=found.back_to_ms,
    )


async def _look(request: Request, visitor: Visitor, whom: Whom, why: str) -> find_whom.Keys:
    """Find them and write down that somebody looked, and why. Raises `CannotLook`."""
    parts: WebParts = request.app.state.parts
    whom, reason = whom.checked(), " ".join(why.split())[:200]
    if whom.nobody:
        raise CannotLook("Enter an NHS number, a local number, a visit number, or a name")
    if whom.name and not _may_see_names(visitor):
        raise CannotLook(_NOT_NAMED)
    if not reason:
        raise CannotLook("Say why you look for messages about a person")
    authorities = find_whom.authorities_of(parts.profiles)
    keys = await parts.database.read(
        lambda c: find_whom.look(c, parts.keyring, parts.data_keys, whom, authorities)
    )
    about = " ".join([*sorted(keys.people), *sorted(keys.stays)])
    result = f"{len(keys.people) + len(keys.stays)} found"
    await write_down(request, visitor, "messages looked for", whom=about, why=reason, result=result)
    return keys


def _may_see_names(visitor: Visitor) -> bool:
    """Whether somebody sees whom an NHS number belongs to: nobody else may ask who has a name."""
    return Access.full in {visitor.may("person"), visitor.may("settle")}


def _several(keys: str) -> frozenset[str]:
    return frozenset(key for key in keys.split(",")[: find_messages.SHOWN] if key)


def _items(values: Iterable[str]) -> list[dict[str, str]]:
    return [{"value": "", "text": "Any"}, *({"value": one, "text": one.replace("_", " ")} for one in values)]


def _ms(at: Any) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


async def _page(
    request: Request,
    visitor: Visitor,
    asked: Asked,
    *,
    found: find_messages.Found | None = None,
    error: str = "",
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, feeds = await parts.database.read(lambda c: (pages.around(c), find_streams.feeds_heard(c)))
    older = urlencode({**asked.typed, "before": found.before}) if found and found.before else ""
    return pages.show(
        request, "find.html", visitor=visitor, around=around, asked=asked, found=found, error=error, older=older,
        feeds=_items(feeds), states=_items(find_messages.STATES), names=_may_see_names(visitor),
        searched=bool(asked.typed),
        status=422 if error else 200,
    )  # fmt: skip

"""Links for case systems: one that opens one person's record once, for a reader who signs in as themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.people import lookups, nhs_numbers
from ascbridge.relationship import record_links
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(prefix="/api", tags=["record links"], responses=ANSWERS)
Linking = Annotated[Visitor, Depends(Needs("record-links", least=Access.full))]


class RecordLinkIn(Model):
    """Whose record: one identifier."""

    identifier: str = Field(
        min_length=1, max_length=100, description="The NHS number, or a source's own number"
    )
    authority: str = Field(
        "", max_length=100, description="Whose number it is, as its feed says; empty: the NHS's"
    )


class RecordLinkOut(Model):
    """A link that opens the record once, until then (UTC ms). Nothing in it says whose."""

    url: str
    until_ms: int


@router.post("/record-links", status_code=201, summary="Make a link that opens one person's record once")
async def make_link(request: Request, visitor: Linking, said: RecordLinkIn) -> RecordLinkOut:
    """Make a link for a reader at a case system's screen. They sign in as themselves, and what lets them open the
    record is asked as always. 404: nobody here has the identifier; 409: it is not settled whose it is.
    """
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    until_ms = now_ms + round(parts.settings.in_context.link_seconds * 1000)
    found = await parts.database.read(lambda c: _persons(c, parts, said))
    if len(found) != 1:
        await write_down(request, visitor, "link to a record asked for", result=f"{len(found)} found")
        raise HTTPException(
            *((409, "It is not settled whose this is.") if found else (404, "Nobody has this here."))
        )
    code = ""

    def make(connection: Connection) -> None:
        nonlocal code
        code = record_links.make(connection, parts.keyring, found[0], visitor.name, now_ms, until_ms)

    await write_down(request, visitor, "link to a record made", whom=found[0], also=make)
    return RecordLinkOut(url=str(request.url_for("follow_link", code=code)), until_ms=until_ms)


def _persons(connection: Connection, parts: WebParts, said: RecordLinkIn) -> list[str]:
    if said.authority:
        one = lookups.find_by_local_id(
            connection, parts.keyring, said.authority.strip(), said.identifier.strip()
        )
        return [one] if one else []
    number = nhs_numbers.standard(said.identifier)
    return sorted({one.person_id for one in lookups.find_by_number(connection, parts.keyring, number)})

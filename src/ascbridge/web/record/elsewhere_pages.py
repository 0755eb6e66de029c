"""What hospital and GP systems say of a person now, beside ours: read when the page is opened, labelled, never kept.

Of a restricted person nobody is asked: that we ask would tell, and an answer may say where they are.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from ascbridge.access import Access
from ascbridge.people.membership import keys_of
from ascbridge.record.elsewhere import WITHIN_S, Told, read_elsewhere
from ascbridge.record.reader import read_person
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import of_view
from ascbridge.web.purpose import ground, reason_to_open
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.record.views import PatientView

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, Depends(Needs("person", least=Access.full))]


@router.get("/people/{person_id}/elsewhere")
async def elsewhere(request: Request, visitor: Reading, person_id: str) -> Response:
    """What each source that is set says of this person now."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Any, ...]:
        around = pages.around(connection)
        known = bool(keys_of(connection, [person_id]))
        record = read_person(
            connection, parts.data_keys, person_id, now_ms=around.now_ms, sources=parts.sources
        )
        return around, known, record, ground(connection, parts, visitor, person_id, around.now_ms)

    around, known, record, because = await parts.database.read(read)
    if not known:
        raise HTTPException(404, "There is no such person.")
    why = reason_to_open(request, visitor, person_id, ground=because)
    await write_down(request, visitor, "records elsewhere read", whom=person_id, why=why)
    told = await _told(parts, record.who.items)
    person = of_view(record.who.items, visitor.may("person"), around.now_ms)
    return pages.show(
        request, "elsewhere.html", visitor=visitor, around=around, told=told, person=person, person_id=person_id,
        asked=person.known and not person.restricted and bool(person.number), within_s=round(WITHIN_S),
    )  # fmt: skip


async def _told(parts: WebParts, about: tuple[PatientView, ...]) -> list[Told]:
    """Ask every source at once; of who is restricted, or has no number that can be trusted, nobody is asked."""
    sources = list(parts.settings.elsewhere.values())
    if not about or about[0].restricted or not about[0].nhs_number:
        return [Told(one.title, "not shared") for one in sources]
    who = about[0]
    return list(
        await asyncio.gather(
            *(read_elsewhere(one, who.nhs_number, who.details.birth_date) for one in sources)
        )
    )

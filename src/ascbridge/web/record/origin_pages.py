"""Where one thing of a person's record comes from, value by value: a page, and the same for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from ascbridge.people.membership import keys_of, restricted
from ascbridge.record.reader import read_person
from ascbridge.web.api_models import ThingFromOut
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import of_view
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import ground, reason_to_open
from ascbridge.web.record import origin_shown
from ascbridge.web.record.case_shown import read_case
from ascbridge.web.record.origin_shown import WHO, Reading, Sources, ThingFrom
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter()
Asking = Annotated[Visitor, Depends(Needs("person"))]
STAY = "stay-"
Purpose = Annotated[
    str, Query(max_length=120, description="Why; roles other than discharge-team and front-door must say it")
]


@router.get("/people/{person_id}/from/{thing}", include_in_schema=False)
async def origin_page(request: Request, visitor: Asking, person_id: str, thing: str) -> Response:
    """Where each value of one thing comes from."""
    pages: Pages = request.app.state.pages
    found, person, around = await _read(request, visitor, person_id, thing)
    return pages.show(
        request, "origin.html", visitor=visitor, around=around, found=found, person=person, person_id=person_id,
        thing=thing, may_trace=bool(visitor.may("operations")),
    )  # fmt: skip


@router.get(
    "/api/persons/{person_id}/from/{thing}",
    tags=["persons"],
    summary="Where one thing of a record comes from, value by value",
    responses=ANSWERS,
)
async def origin(
    request: Request, visitor: Asking, person_id: str, thing: str, purpose: Purpose = ""
) -> ThingFromOut:
    """Message and field, the feed's profile and code map, our rule, and when; `thing` is ``who``, ``stay-ID`` or the
    `place` of a thing of the case.
    """
    found, _, _ = await _read(request, visitor, person_id, thing, purpose)
    return ThingFromOut.model_validate(asdict(found))


async def _read(
    request: Request, visitor: Visitor, person_id: str, thing: str, purpose: str = ""
) -> tuple[ThingFrom, Any, Any]:
    """Read what the route asks for, once it is said and written down why. Raises 404 where there is no such thing."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    access = visitor.may("person")

    def read(connection: Connection) -> tuple[Any, ...]:
        around = pages.around(connection)
        keys = keys_of(connection, [person_id]).get(person_id, ())
        hidden = bool(restricted(connection, keys))
        reading = Reading(access, visitor.may("contact"), hidden)
        record = read_person(
            connection, parts.data_keys, person_id, now_ms=around.now_ms, sources=parts.sources
        )
        sources = Sources(parts.profiles, parts.data_keys)
        found: ThingFrom | None = None
        if thing == WHO:
            found = origin_shown.who_from(connection, sources, person_id, reading)
        elif thing.startswith(STAY):
            stay = next((one for one in record.spells.items if STAY + one.fact.spell == thing), None)
            found = origin_shown.stay_from(connection, sources, stay.fact, reading) if stay else None
        else:
            case = read_case(connection, keys, parts.door.rules.review_years)
            found = origin_shown.thing_from_case(connection, sources, case, thing, reading)
        person = of_view(record.who.items, access, around.now_ms)
        return found, person, around, ground(connection, parts, visitor, person_id, around.now_ms), keys

    found, person, around, because, keys = await parts.database.read(read)
    if not keys:
        raise HTTPException(404, "There is no such person.")
    why = reason_to_open(request, visitor, person_id, ground=because, stated=purpose)
    if found is None:
        raise HTTPException(404, "There is no such thing in this record.")
    await write_down(request, visitor, "where a record comes from read", whom=person_id, why=why)
    return found, person, around

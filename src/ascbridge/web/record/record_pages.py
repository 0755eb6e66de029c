"""One person's record, and finding a person: who, where, what is in place, tasks and timeline, each with
source and age.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import BEHIND_THE_WALL, Access
from ascbridge.people import lookups, nhs_numbers
from ascbridge.people.details import full_birth_date
from ascbridge.people.finding import FEWEST_LETTERS, enough_of_a_name, find_anywhere
from ascbridge.people.membership import keys_of
from ascbridge.record.reader import DESK, read_person
from ascbridge.relationship import last_looks
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import PersonShown, of_view
from ascbridge.web.purpose import ground, reader_of, reason_to_open, reason_to_read
from ascbridge.web.record.call_shown import calls_shown
from ascbridge.web.record.care_shown import care_shown
from ascbridge.web.record.case_shown import case_shown, read_case
from ascbridge.web.record.changed_shown import changed_shown
from ascbridge.web.record.nothing_here import nothing_here
from ascbridge.web.record.provider_shown import provider_marks
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.operations.flowing.flows import Heard
    from ascbridge.record.reader import PersonRecord

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, Depends(Needs("person"))]
MOST_CHANGES = 20
"""More places than that are told as a number; each is marked where it stands."""


@router.get("/people")
async def ask(request: Request, visitor: Reading) -> Response:
    """Ask for a number."""
    return await _find_page(request, visitor)


@router.post("/people")
async def find(
    request: Request,
    visitor: Reading,
    number: Annotated[str, Form()] = "",
    authority: Annotated[str, Form()] = "",
    local_id: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    born: Annotated[str, Form()] = "",
    postcode: Annotated[str, Form()] = "",
) -> Response:
    """Find a person by NHS number, by a hospital's own number, or by name with a birth date or postcode.

    A form, so that nothing of it stands in an address.
    """
    parts: WebParts = request.app.state.parts
    digits = "".join(number.split())
    named = bool(name.strip())
    if not digits and not local_id.strip() and not named:
        return await _find_page(
            request,
            visitor,
            error="Enter an NHS number, a hospital number, or a name with a birth date or postcode",
        )
    if named and (fault := _fault_of_name(name, born, postcode)):
        return await _find_page(request, visitor, error=fault, at="name")
    if digits and not nhs_numbers.checks(digits):
        return await _find_page(request, visitor, error="This is not an NHS number: check its ten digits")
    why = reason_to_read(request, visitor)

    def look(connection: Connection) -> list[str]:
        if digits:
            return sorted(
                {one.person_id for one in lookups.find_by_number(connection, parts.keyring, digits)}
            )
        if named:
            by_name = find_anywhere(
                connection, parts.keyring, parts.data_keys, name, born=born.strip(), postcode=postcode
            )
            return sorted({one.person_id for one in by_name})
        found = lookups.find_by_local_id(connection, parts.keyring, authority.strip(), local_id.strip())
        return [found] if found else []

    found = await parts.database.read(look)
    result = f"{len(found)} found"
    await write_down(request, visitor, "person looked for", whom=" ".join(found), why=why, result=result)
    if len(found) == 1:
        return RedirectResponse(f"/people/{found[0]}", 303)
    if not found:
        error = "Nobody here has this name with that" if named else "Nobody here has this number"
        return await _find_page(request, visitor, error=error, at="name" if named else "number")
    return await _find_page(request, visitor, several=found)


@router.get("/people/{person_id}")
async def person(request: Request, visitor: Reading, person_id: str) -> Response:
    """One person's record."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    access, contact = visitor.may("person"), visitor.may("contact")

    def read(connection: Connection) -> dict[str, Any]:
        around, years = pages.around(connection), parts.door.rules.review_years
        keys = keys_of(connection, [person_id]).get(person_id, ())
        record = read_person(
            connection, parts.data_keys, person_id, now_ms=around.now_ms, sources=parts.sources
        )
        care = care_shown(connection, parts.data_keys, keys, access, years, reader_of(visitor))
        case = read_case(connection, keys, years)
        looked_ms = last_looks.since(
            connection, reader_of(visitor), [person_id], around.now_ms, still_open=refreshing(request)
        ).get(person_id)
        return {
            "around": around,
            "keys": keys,
            "record": record,
            "care": care,
            "council_feed": next((one for one in around.feeds if _is_council(parts, one)), None),
            "case": case_shown(connection, parts.data_keys, keys, access, years),
            "nothing": nothing_here(case, around.feeds, parts.profiles),
            "calls": calls_shown(connection, parts.data_keys, keys, care, case, record, (access, contact)),
            "looked_ms": looked_ms,
            "changed": changed_shown(connection, keys, case, looked_ms, (access, contact))
            if looked_ms is not None
            else (),
            "person": of_view(record.who.items, access, around.now_ms, parts.areas_for(contact)),
            "providers": provider_marks(connection, [person_id], parts.reference.lists, around.now_ms),
            "ground": ground(connection, parts, visitor, person_id, around.now_ms),
        }

    values = await parts.database.read(read)
    record: PersonRecord = values["record"]
    if not values["keys"] and not record.successor:
        raise HTTPException(404)
    if record.successor:
        return RedirectResponse(f"/people/{record.successor}", 303)
    why = reason_to_open(request, visitor, person_id, ground=values["ground"])
    around = values.pop("around")
    told = (values["care"], values["case"], values["providers"], values["person"].locality, values["changed"])
    mark = mark_of(
        around, record.who, record.spells, record.tasks, record.timeline, record.assessments, *told
    )
    same = unchanged(request, around, mark)
    if same:
        return same
    what = "person's record read again, live" if refreshing(request) else "person's record read"

    def look(connection: Connection) -> None:
        if not refreshing(request):
            last_looks.look(connection, reader_of(visitor), person_id, around.now_ms)

    await write_down(request, visitor, what, whom=person_id, why=why, also=look)
    return pages.show(
        request, "person.html", visitor=visitor, around=around, mark=mark, why=why,
        contact_open=bool(contact), desk=DESK, words=parts.reference.words,
        keeps_looks=visitor.role not in BEHIND_THE_WALL, most_changes=MOST_CHANGES,
        elsewhere=[one.title for one in parts.settings.elsewhere.values()] if access is Access.full else [],
        from_of=f"/people/{person_id}/from",
        duty=parts.reference.lists.teams(around.now_ms).to_ring,
        reassess_reasons=parts.reference.lists.packs(around.now_ms).reassess_reasons,
        document_hosts=parts.settings.discharge.document_hosts, **values,
    )  # fmt: skip


@router.post("/people/{person_id}/seen")
async def seen(
    request: Request, visitor: Reading, person_id: str, told_ms: Annotated[int, Form()] = 0
) -> Response:
    """Take the reader's word that they have seen what changed, up to the newest change that the page told."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    if visitor.role not in BEHIND_THE_WALL:

        def write(connection: Connection) -> None:
            if keys_of(connection, [person_id]):
                last_looks.all_seen(connection, reader_of(visitor), person_id, told_ms, now_ms)

        await parts.database.write(write)
    return RedirectResponse(f"/people/{person_id}", 303)


def _is_council(parts: WebParts, heard: Heard) -> bool:
    return parts.profiles[heard.feed.name].feed.source == "council_facts"


def _fault_of_name(name: str, born: str, postcode: str) -> str:
    """Say what is missing for finding somebody by name; empty where nothing is."""
    if not enough_of_a_name(name):
        return f"Enter at least {FEWEST_LETTERS} letters of a name"
    if not born.strip() and not postcode.strip():
        return "Enter a birth date or a postcode with the name"
    if born.strip() and not full_birth_date(born.strip()):
        return "Enter the whole birth date"
    return ""


async def _find_page(
    request: Request,
    visitor: Visitor,
    *,
    error: str = "",
    at: str = "number",
    several: list[str] | None = None,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Any, dict[str, PersonShown]]:
        return pages.around(connection), _named(connection, parts, visitor, several or [])

    around, named = await parts.database.read(read)
    return pages.show(
        request, "people.html", visitor=visitor, around=around, error=error, at=at, several=named,
        status=422 if error else 200,
    )  # fmt: skip


def _named(
    connection: Connection, parts: WebParts, visitor: Visitor, person_ids: list[str]
) -> dict[str, PersonShown]:
    now_ms = parts.clock.now_ms()
    found = {}
    for person_id in person_ids:
        record = read_person(connection, parts.data_keys, person_id, now_ms=now_ms, sources=parts.sources)
        found[person_id] = of_view(record.who.items, visitor.may("person"), now_ms)
    return found

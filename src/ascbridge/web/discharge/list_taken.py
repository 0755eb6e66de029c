"""One list of the desk, taken away as CSV with names: by whoever may see them, asked why, bounded, and written down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request

from ascbridge.access import Access
from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import VIEWS
from ascbridge.web.discharge.desk_views import asked_for, naming
from ascbridge.web.people.people_shown import UNKNOWN
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.taken_away import MOST_ROWS, WHYS, Sheet, TakeForm, Taking, take
from ascbridge.web.visitors import Needs, Visitor
from ascbridge.web.wording import due, moment

if TYPE_CHECKING:
    from fastapi.responses import Response
    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.reference import Words
    from ascbridge.discharge.lists.worklist import View, WorklistRow
    from ascbridge.web.discharge.asked_for import AskedFor
    from ascbridge.web.layout import Pages
    from ascbridge.web.parts import WebParts
    from ascbridge.web.people.people_shown import PersonShown
    from ascbridge.web.taken_away import Cell

router = APIRouter(include_in_schema=False, prefix="/worklist")
Naming = Annotated[Visitor, Depends(Needs("worklist", least=Access.full, also="take-away"))]

COLUMNS = (
    "Due", "How late", "Person", "Born", "NHS number", "Ward", "Bed", "State", "Hospital says", "Ready on",
    "Estimated", "Planned", "Left", "Pathway", "Locality", "Team", "Who has it", "Needs a look",
)  # fmt: skip
NOTES = (
    "As things stood when it was taken; it does not change by itself.",
    "Where a restricted person is stands nowhere. Destroy this list as any other list of names.",
)


@router.get("/csv")
async def question(request: Request, visitor: Naming) -> Response:
    """Ask why a list is to be taken away."""
    return await _page(request, visitor, TakeForm())


@router.post("/csv")
async def taken(request: Request, visitor: Naming, form: Taking) -> Response:
    """Give the list of the address as a file, to whoever says why; asks again where nothing was said."""
    if form.fault:
        return await _page(request, visitor, form, status=422)
    reason_to_read(request, visitor, form.purpose)
    parts: WebParts = request.app.state.parts
    asked, view = _asked(request, parts)
    sheet = await parts.database.read(lambda connection: _sheet(connection, request, visitor, asked, view))
    return await take(request, visitor, sheet, form.purpose)


def _asked(request: Request, parts: WebParts) -> tuple[AskedFor, View]:
    asked = asked_for(request, parts)
    view: View = next((one for one in VIEWS if one == asked.view), "open")
    return replace(asked, view=view, after=0), view


async def _page(request: Request, visitor: Visitor, form: TakeForm, status: int = 200) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    asked, view = _asked(request, parts)

    def count(connection: Connection) -> int:
        lists = asked.lists(parts.clock.now_ms(), visitor.name, parts.desk.generation)
        return worklist.counts(connection, lists)[view]

    found = await parts.database.read(count)
    return pages.show(
        request, "list_taken.html", visitor=visitor, asked=asked, count=found, most=MOST_ROWS, whys=WHYS, form=form,
        status=status,
    )  # fmt: skip


def _sheet(connection: Connection, request: Request, visitor: Visitor, asked: AskedFor, view: View) -> Sheet:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around = pages.around(connection)
    lists = asked.lists(around.now_ms, visitor.name, parts.desk.generation)
    found = worklist.rows(connection, view, lists, limit=MOST_ROWS + 1)
    people = naming(connection, parts, visitor, found[:MOST_ROWS], around)["people"]
    words = parts.reference.words
    narrowed = ", ".join(f"{name}: {value}" for name, value in asked.narrowed.items()) or "nothing"
    return Sheet(
        f"worklist-{view}",
        f"Worklist, {view}; narrowed by {narrowed}",
        NOTES,
        COLUMNS,
        [_cells(row, people.get(row.patient_key, UNKNOWN), words, around.now_ms) for row in found],
        more=len(found) > MOST_ROWS,
    )


def _cells(row: WorklistRow, person: PersonShown, words: Words, now_ms: int) -> list[Cell]:
    fact, hidden = row.fact, person.restricted
    ward = None if hidden else fact.ward
    return [
        moment(fact.due_ms) if fact.due_ms is not None else "",
        due(fact.due_ms, now_ms),
        person.name,
        person.born,
        person.number,
        "restricted: not shown" if hidden else row.ward,
        ward.bed if ward else "",
        words.stage.get(fact.stage, fact.stage),
        words.signal.get(fact.signal, fact.signal),
        fact.ready_on,
        fact.expected_discharge,
        fact.planned_discharge,
        moment(fact.discharged_ms) if fact.discharged_ms else "",
        row.pathway,
        "" if hidden else row.locality,
        fact.owner_team,
        row.claimed_by,
        "yes" if fact.needs_a_look else "",
    ]

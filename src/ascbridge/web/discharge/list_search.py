"""Looking for a name on one's own team's list: free there, and nowhere beyond it.

Elsewhere an NHS number, or a name with a birth date or a postcode, finds somebody (`record_pages`). A form, so that no
name stands in an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, Request

from ascbridge.access import TITLES, Access
from ascbridge.discharge.lists import worklist
from ascbridge.people.finding import FEWEST_LETTERS, MOST_FOUND, enough_of_a_name, find_among
from ascbridge.web.discharge.desk_views import DESK_VIEWS, naming
from ascbridge.web.doorbook import write_down
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from fastapi.responses import Response
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.worklist import WorklistRow
    from ascbridge.web.layout import Around, Pages
    from ascbridge.web.parts import WebParts

router = APIRouter(include_in_schema=False, prefix="/worklist")
Naming = Annotated[Visitor, Depends(Needs("worklist", least=Access.full))]


@router.post("/find")
async def find(request: Request, visitor: Naming, name: Annotated[str, Form()] = "") -> Response:
    """Show who of one's own list has such a name. What was looked for is written nowhere, who was found is."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)
    team = own_team(visitor, parts.reference.working_teams(parts.clock.now_ms()))
    enough = enough_of_a_name(name)

    def look(connection: Connection) -> tuple[Around, list[WorklistRow], dict[str, Any]]:
        around = pages.around(connection)
        lists = worklist.Lists(around.now_ms, actor=visitor.name, generation=parts.desk.generation)
        found = on_own_list(connection, parts, lists, team, name) if enough else []
        return around, found, naming(connection, parts, visitor, found, around)

    around, rows, named = await parts.database.read(look)
    whom = " ".join(dict.fromkeys(row.person_id for row in rows))
    await write_down(
        request, visitor, "looked for on own list", whom=whom, why=why, result=f"{len(rows)} found"
    )
    return pages.show(
        request, "list_search.html", visitor=visitor, around=around, rows=rows, team=team, enough=enough,
        fewest=FEWEST_LETTERS, most=MOST_FOUND, words=parts.reference.words, desk_views=DESK_VIEWS, here="",
        asked={}, status=200 if enough else 422, **named,
    )  # fmt: skip


def own_team(visitor: Visitor, teams: tuple[str, ...]) -> str:
    """Return the team of a visitor's role, where it is one of those that have work; else none: only what they have."""
    return TITLES[visitor.role] if TITLES[visitor.role] in teams else ""


def on_own_list(
    connection: Connection, parts: WebParts, lists: worklist.Lists, team: str, name: str
) -> list[WorklistRow]:
    """Return the work to be done of one's team, or that one has, of people with such a name, in due order."""
    own = worklist.own_work(connection, lists, team)
    found = {one.patient_key for one in find_among(connection, parts.data_keys, set(own.values()), name)}
    ids = [id for id, key in own.items() if key in found][:MOST_FOUND]
    return worklist.rows_of(connection, ids, lists)

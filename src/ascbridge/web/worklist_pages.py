"""The worklist: what is due, for whom, where, why; and stays that a rule dropped, to be opened by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.discharge import worklist
from ascbridge.discharge.dropped_stays import dropped
from ascbridge.discharge.worklist import NEAR_MS, VIEWS, Lists
from ascbridge.web.alike import alike
from ascbridge.web.doorbook import write_down
from ascbridge.web.holds_shown import holds_shown
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.people_shown import people_shown
from ascbridge.web.provider_shown import provider_marks
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import AnyRole, Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.access import Section
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]

PAGE = 50
TABS = {
    "open": "Open",
    "breaching": "Breaches",
    "due-today": "Due today",
    "mine": "Mine",
    "needs-a-look": "Needs a look",
    "not-confirmed": "Not confirmed",
    "discharged": "Has left hospital",
    "paused": "Paused",
    "closed-today": "Closed today",
    "dropped": "Dropped by a rule",
}


_FIRST: tuple[tuple[Section, str], ...] = (
    ("worklist", "/worklist"),
    ("front-door", "/front-door"),
    ("operations", "/operations"),
    ("audit", "/audit"),
)


@router.get("/")
async def first_page(visitor: Annotated[Visitor, Depends(AnyRole())]) -> Response:
    """Go where this role's work is."""
    for section, path in _FIRST:
        if visitor.may(section):
            return RedirectResponse(path, 303)
    return RedirectResponse("/api/docs", 303)


@router.get("/worklist")
async def tasks(
    request: Request, visitor: Seeing, view: str = "open", team: str = "", after: int = 0
) -> Response:
    """One list of tasks in due order, or the dropped stays."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)
    view = view if view in TABS else "open"
    teams = parts.reference.working_teams(parts.clock.now_ms())
    team = team if team in teams else ""
    after = max(0, after)

    values = await parts.database.read(
        lambda connection: _read(connection, pages.around(connection), visitor, view, team, after)
    )
    around, rows = values.pop("around"), values.pop("rows")
    mark = mark_of(around, rows, values["counts"])
    same = unchanged(request, around, mark)
    if same:
        return same
    if not refreshing(request):
        await write_down(request, visitor, f"worklist read: {view}", why=why, result=f"{len(rows)} shown")
    shown = [] if view == "dropped" else [row.fact for row in rows]
    people, providers, holds = await parts.database.read(
        lambda connection: (
            people_shown(
                connection,
                parts.data_keys,
                [row.patient_key for row in rows],
                visitor.may("worklist"),
                around.now_ms,
                parts.areas_for(visitor.may("contact")),
            ),
            provider_marks(connection, {row.person_id for row in rows}, parts.reference.lists, around.now_ms),
            holds_shown(connection, parts.data_keys, shown, visitor.may("worklist")),
        )
    )
    return pages.show(
        request,
        "worklist.html",
        visitor=visitor,
        around=around,
        mark=mark,
        view=view,
        team=team,
        after=after,
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        page=PAGE,
        people=people,
        providers=providers,
        holds=holds,
        alike=alike(people, [(row.patient_key, row.person_id) for row in rows]),
        tabs=TABS,
        soon_ms=NEAR_MS,
        teams=teams,
        words=parts.reference.words,
        **values,
    )


def _read(
    connection: Connection, around: Around, visitor: Visitor, view: str, team: str, after: int
) -> dict[str, Any]:
    """Read one page of a list, and a row more where there is more."""
    lists = Lists(around.now_ms, team, visitor.name)
    rows: list[Any] = []
    if view == "dropped":
        rows = list(dropped(connection, limit=PAGE + 1, after=after))
    else:
        chosen = next(one for one in VIEWS if one == view)
        rows = list(worklist.rows(connection, chosen, lists, limit=PAGE + 1, after=after))
    return {"around": around, "rows": rows, "counts": worklist.counts(connection, lists)}

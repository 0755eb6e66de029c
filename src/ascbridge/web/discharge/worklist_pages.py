"""The worklist: what is due, for whom, where, why; and stays that a rule dropped, to be opened by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.discharge.deciding.duty import on_duty
from ascbridge.discharge.keeping import late_news
from ascbridge.discharge.lists import boards, worklist
from ascbridge.discharge.lists.dropped_stays import MOST_COUNTED, dropped
from ascbridge.discharge.lists.task_columns import LAST
from ascbridge.discharge.lists.todays_changes import count_changed_today
from ascbridge.discharge.lists.worklist import VIEWS
from ascbridge.discharge.urgent.urgent_list import for_the_day
from ascbridge.web.discharge.desk_views import Look, asked_for, show_view
from ascbridge.web.discharge.joining_shown import to_join
from ascbridge.web.discharge.night_shown import STATUS_COLOURS, STATUS_WORDS, matters_shown
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import AnyRole, Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.access import Section
    from ascbridge.discharge.lists.worklist import Lists
    from ascbridge.web.discharge.night_shown import MatterShown

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]

PAGE = 50
TABS = {
    "open": "Open",
    "breaching": "Breaches",
    "escalated": "Escalated",
    "due-today": "Due today",
    "mine": "Mine",
    "needs-a-look": "Needs a look",
    "not-confirmed": "Not confirmed",
    "in-hospital": "Still in hospital",
    "discharged": "Has left hospital",
    "paused": "Paused",
    "closed-today": "Closed today",
    "dropped": "Dropped by a rule",
}


_FIRST: tuple[tuple[Section, str], ...] = (
    ("openings", "/opened-without-relationship"),
    ("worklist", "/worklist"),
    ("night", "/night"),
    ("front-door", "/front-door"),
    ("concerns", "/safeguarding"),
    ("raise-concern", "/raise-concern"),
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
async def tasks(request: Request, visitor: Seeing) -> Response:
    """One list of tasks in due order, or the dropped stays; the first list tells at a glance how things stand."""
    parts: WebParts = request.app.state.parts
    asked = asked_for(request, parts)
    view = asked.view if asked.view in TABS else "open"
    asked = replace(asked, view="" if view == "open" else view)

    def read(connection: Connection, lists: Lists) -> dict[str, Any]:
        found = _rows(connection, view, lists, asked.after)
        glance = view == "open" and not asked.after
        figures = _figures(connection, parts, lists) if glance else {}
        night = _night(connection, parts, visitor, lists.now_ms) if glance else ()
        return {
            "rows": found[:PAGE],
            "also": [*([figures["next"]] if figures.get("next") else []), *night],
            "night": night,
            "status_words": STATUS_WORDS,
            "status_colours": STATUS_COLOURS,
            "duty": on_duty(parts.reference.lists, lists.now_ms),
            "more": len(found) > PAGE,
            "counts": worklist.counts(connection, lists),
            "figures": figures,
            "to_check": late_news.how_many(connection, lists.now_ms, team=lists.team),
            "view": view,
            "tabs": TABS,
            "page": PAGE,
            "last_ms": LAST - 1,
            "most_dropped": MOST_COUNTED,
        }

    return await show_view(Look(request, visitor, asked, "worklist.html", f"worklist read: {view}"), read)


def _rows(connection: Connection, view: str, lists: Lists, after: int) -> list[Any]:
    """Read one page of a list, and a row more where there is more."""
    if view == "dropped":
        return list(dropped(connection, lists.generation, limit=PAGE + 1, after=after))
    chosen = next(one for one in VIEWS if one == view)
    return list(worklist.rows(connection, chosen, lists, limit=PAGE + 1, after=after))


def _night(connection: Connection, parts: WebParts, visitor: Visitor, now_ms: int) -> tuple[MatterShown, ...]:
    """Read what comes first of all: what the night wrote and nobody took up, and what is urgent."""
    access = visitor.may("night")
    return matters_shown(connection, parts, for_the_day(connection), access, now_ms) if access else ()


def _figures(connection: Connection, parts: WebParts, lists: Lists) -> dict[str, Any]:
    """Read what stands above the first list."""
    first = worklist.rows(connection, "open", lists, limit=1)
    return {
        "looks": boards.tally(connection, "needs-a-look", lists, "owner_team"),
        "told": boards.told(connection, lists),
        "to_join": to_join(connection, parts),
        "first_ms": first[0].fact.due_ms if first else None,
        "next": boards.do_next(connection, lists),
        "changed": count_changed_today(connection, lists),
    }

"""Boards of the desk: wards, stages of each pathway, today's changes, who is thought to leave, the huddle's sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ascbridge.discharge.lists import boards, worklist
from ascbridge.discharge.lists.boards import EARLY, LATER, NOT_SAID
from ascbridge.discharge.lists.todays_changes import count_changed_today, todays_changes
from ascbridge.web.discharge.desk_views import Look, asked_for, show_view, stages
from ascbridge.web.discharge.task_shown import ACT_WORDS
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor
from ascbridge.web.wording import short_date

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.worklist import Lists

router = APIRouter(include_in_schema=False, prefix="/worklist")
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]

PAGE = 50
IN_A_STAGE = 4
"""How many people stand in each stage of the pathway board."""
ON_A_SHEET = 22
"""How many people stand on the huddle's one page."""


@router.get("/wards")
async def wards(request: Request, visitor: Seeing) -> Response:
    """Who is still in hospital, ward by ward."""
    look = _look(request, visitor, "wards.html", "ward board read")

    def read(connection: Connection, lists: Lists) -> dict[str, Any]:
        found = worklist.rows(
            connection, "in-hospital", lists, limit=PAGE + 1, after=look.asked.after, by_ward=True
        )
        tallies = boards.tally(connection, "in-hospital", replace(lists, ward=""), "ward")
        return {"rows": found[:PAGE], "more": len(found) > PAGE, "page": PAGE, "tallies": tallies}

    return await show_view(look, read)


@router.get("/pathways")
async def pathways(request: Request, visitor: Seeing) -> Response:
    """Open work stage by stage, of one pathway or of all."""
    look = _look(request, visitor, "pathways.html", "pathway board read")

    def read(connection: Connection, lists: Lists) -> dict[str, Any]:
        each = {one.name: one for one in boards.tally(connection, "open", lists, "stage")}
        people = boards.first_of_each(connection, "open", lists, "stage", list(each), IN_A_STAGE)
        order = [*stages(look.parts, lists.now_ms)]
        order += sorted(each.keys() - set(order))  # a stage that a list no longer has still has its people
        return {
            "rows": [row for some in people.values() for row in some],
            "columns": [(stage, each.get(stage), people.get(stage, [])) for stage in order],
            "tallies": boards.tally(connection, "open", replace(lists, pathway=""), "pathway"),
            "most": IN_A_STAGE,
        }

    return await show_view(look, read)


@router.get("/changes")
async def changes(request: Request, visitor: Seeing) -> Response:
    """What changed today, the last first."""
    look = _look(request, visitor, "changes.html", "today's changes read")

    def read(connection: Connection, lists: Lists) -> dict[str, Any]:
        found = todays_changes(connection, lists, limit=PAGE + 1, after=look.asked.after)
        return {
            "rows": found[:PAGE], "more": len(found) > PAGE, "page": PAGE,
            "changed": count_changed_today(connection, lists), "act_words": ACT_WORDS,
        }  # fmt: skip

    return await show_view(look, read)


@router.get("/capacity")
async def capacity(request: Request, visitor: Seeing) -> Response:
    """A plain count of who is thought to leave over seven days, by locality and by pathway."""
    look = _look(request, visitor, "capacity.html", "capacity read")

    def read(connection: Connection, lists: Lists) -> dict[str, Any]:
        tables = [
            ("By locality", "locality", boards.leaving(connection, lists, "locality")),
            ("By pathway", "pathway", boards.leaving(connection, lists, "pathway")),
        ]
        return {"rows": [], "tables": tables, "lines": lines(tables[0][2].days)}

    return await show_view(look, read)


@router.get("/huddle")
async def huddle(request: Request, visitor: Seeing) -> Response:
    """What the morning's huddle goes through, on one printed page."""
    look = _look(request, visitor, "huddle.html", "huddle sheet read")

    def read(connection: Connection, lists: Lists) -> dict[str, Any]:
        counts = worklist.counts(connection, lists)
        found = worklist.rows(connection, "open", lists, limit=ON_A_SHEET)
        return {"rows": found, "counts": counts, "left_out": counts["open"] - len(found)}

    return await show_view(look, read)


def lines(days: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Return the lines of a capacity table: their key, their words, and the day that a list is narrowed to, if any."""
    named = [(day, f"{date.fromisoformat(day):%A}, {short_date(day)}", day) for day in days]
    return [
        (EARLY, "Before today, and still here", ""), *named, (LATER, "Later", ""), (NOT_SAID, "No day said", "-"),
    ]  # fmt: skip


def _look(request: Request, visitor: Visitor, template: str, audited: str) -> Look:
    parts: WebParts = request.app.state.parts
    return Look(request, visitor, asked_for(request, parts), template, audited)

"""Handing over by the clock: the sheet for the end of the day, on one page, and saying what is urgent tonight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.calendars import day_bounds
from ascbridge.discharge.deciding.duty import on_duty
from ascbridge.discharge.lists.handover import handover
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.discharge.urgent import urgent_store
from ascbridge.web.discharge.desk_views import Look, asked_for, show_view
from ascbridge.web.discharge.night_acts import say_it_is_urgent
from ascbridge.web.discharge.night_shown import STATUS_WORDS, matters_shown
from ascbridge.web.discharge.task_shown import show_task
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import ground, reason_to_open
from ascbridge.web.refusals import CHOOSE, tried_at
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.duty import Duty
    from ascbridge.relationship.grounds import Ground
    from ascbridge.web.discharge.task_shown import TaskShown
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]

URGENT_ON_SHEET = 6
"""How many urgent matters stand on the one page; how many more there are it says."""


@router.get("/worklist/handover")
async def sheet(request: Request, visitor: Seeing) -> Response:
    """The sheet of the end of the day: what is urgent, who was rung, what is due before morning, what can wait."""
    parts: WebParts = request.app.state.parts
    look = Look(request, visitor, asked_for(request, parts), "handover.html", "handover sheet read")

    def read(connection: Connection, lists: Lists) -> dict[str, Any]:
        handed = handover(connection, parts.reference.lists, lists)
        access = visitor.may("night")
        today = urgent_store.seen_since(connection, day_bounds(lists.now_ms)[0]) if access else []
        matters = matters_shown(connection, parts, today, access, lists.now_ms)
        standing = (one for one in matters if one.matter.stands)
        urgent = sorted(standing, key=lambda one: (one.matter.since_ms, one.matter.id))
        return {
            "rows": [*handed.due, *handed.waiting],
            "also": list(matters),
            "handed": handed,
            "urgent": urgent[:URGENT_ON_SHEET],
            "urgent_more": len(urgent) - URGENT_ON_SHEET,
            "rung": [one for one in matters if one.rung],
            "status_words": STATUS_WORDS,
        }

    return await show_view(look, read)


@router.get("/tasks/{task_id}/urgent")
async def urgent_page(request: Request, visitor: Acting, task_id: str) -> Response:
    """Ask what is urgent tonight."""
    return await _page(request, visitor, task_id)


@router.post("/tasks/{task_id}/urgent")
async def say_so(
    request: Request,
    visitor: Acting,
    task_id: str,
    choice: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """Put it onto the list of what is urgent."""
    said: list[str] = []

    async def say() -> None:
        said.append(await say_it_is_urgent(request, visitor, task_id, choice, text))

    error, status, field = await tried_at(say())
    if not error:
        return RedirectResponse(f"/night/{said[0]}?done=say-urgent", 303)
    return await _page(
        request, visitor, task_id, error=error, field=field, choice=choice, text=text, status=status
    )


async def _page(
    request: Request,
    visitor: Visitor,
    task_id: str,
    *,
    error: str = "",
    field: str = "",
    choice: str = "",
    text: str = "",
    status: int = 200,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Around, TaskShown | None, Ground | None, Duty]:
        around = pages.around(connection)
        lists = Lists(around.now_ms, actor=visitor.name)
        shown = show_task(connection, parts, task_id, lists, visitor.may("worklist"), visitor.may("contact"))
        mine = (
            ground(connection, parts, visitor, shown.story.row.person_id, around.now_ms)
            if shown is not None
            else None
        )
        return around, shown, mine, on_duty(parts.reference.lists, around.now_ms)

    around, shown, mine, duty = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404)
    why = reason_to_open(request, visitor, shown.story.row.person_id, ground=mine)
    await write_down(request, visitor, "task read", whom=shown.story.row.person_id, why=why)
    return pages.show(
        request, "say_urgent.html", visitor=visitor, around=around, shown=shown, duty=duty, error=error, field=field,
        choice=choice, text=text, choose=error == CHOOSE, status=status,
        kinds=parts.reference.lists.urgent(around.now_ms).matter,
    )  # fmt: skip

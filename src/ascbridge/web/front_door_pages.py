"""The front door: its list, one task with its reasons, and each act on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from ascbridge.access import Access
from ascbridge.calendars import iso_day
from ascbridge.discharge.desk_state import UNDO_MS
from ascbridge.frontdoor.door_status import MAY, OPEN
from ascbridge.frontdoor.front_list import DOOR_VIEWS, DoorLists, door_counts, door_rows
from ascbridge.web.alike import alike
from ascbridge.web.door_acts import DOOR_ACTS, DoorWish, do_at_door
from ascbridge.web.door_shown import DoorShown, came_in, door_shown
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.people_shown import UNKNOWN, people_shown
from ascbridge.web.purpose import at_work, reason_to_open, reason_to_read
from ascbridge.web.refusals import tried
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.frontdoor.front_list import DoorRow, DoorView
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("front-door"))]
Acting = Annotated[Visitor, Depends(Needs("front-desk", least=Access.full))]

PAGE = 100
DOOR_TABS = {
    "open": "Open",
    "late": "Overdue",
    "mine": "Mine",
    "not-in-case-system": "Not in the case system yet",
    "closed-today": "Closed today",
}


class DoorForm(BaseModel):
    """What an act's form sends: the task's version as shown, and what was chosen and written."""

    version: int
    choice: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Filled:
    """A form as somebody sent it, what is wrong with it, and what colleagues did since version `seen`."""

    choice: str = ""
    text: str = ""
    error: str = ""
    status: int = 200
    seen: int | None = None


@router.get("/front-door")
async def door_list(
    request: Request, visitor: Seeing, view: str = "open", team: str = "", after: int = 0
) -> Response:
    """One list of the front door's tasks, who waits longest first."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)
    chosen: DoorView = next((one for one in DOOR_VIEWS if one == view), "open")
    rules = parts.door.rules
    team = team if team in rules.teams else ""
    after = max(0, after)

    def read(connection: Connection) -> tuple[Around, list[DoorRow], dict[str, int]]:
        around = pages.around(connection)
        lists = DoorLists(around.now_ms, team, visitor.name)
        rows = door_rows(connection, chosen, lists, limit=PAGE + 1, after=after)
        return around, rows, door_counts(connection, lists)

    around, rows, counts = await parts.database.read(read)
    mark = mark_of(around, rows, counts)
    same = unchanged(request, around, mark)
    if same:
        return same
    rows, more = rows[:PAGE], len(rows) > PAGE
    if not refreshing(request):
        await write_down(request, visitor, f"front door read: {chosen}", why=why, result=f"{len(rows)} shown")
    people = await parts.database.read(
        lambda connection: people_shown(
            connection,
            parts.data_keys,
            [row.patient_key for row in rows],
            visitor.may("front-door"),
            around.now_ms,
            parts.areas_for(visitor.may("contact")),
        )
    )
    return pages.show(
        request, "front_door.html", visitor=visitor, around=around, mark=mark, view=chosen, team=team, after=after,
        rows=rows, more=more, page=PAGE, people=people, counts=counts, tabs=DOOR_TABS, rules=rules,
        came={row.fact.task: came_in(row.fact, people.get(row.patient_key, UNKNOWN)) for row in rows},
        alike=alike(people, [(row.patient_key, row.person_id) for row in rows]), today=iso_day(around.now_ms),
    )  # fmt: skip


@router.get("/front-door/tasks/{task_id}")
async def door_task(request: Request, visitor: Seeing, task_id: str) -> Response:
    """One task: what came in, why it is whose, what was done."""
    around, shown, why = await _open(request, visitor, task_id)
    pages: Pages = request.app.state.pages
    parts: WebParts = request.app.state.parts
    mark = mark_of(around, shown)
    same = unchanged(request, around, mark)
    if same:
        return same
    what = "front door task read again, live" if refreshing(request) else "front door task read"
    await write_down(request, visitor, what, whom=shown.story.row.person_id, why=why)
    return pages.show(
        request, "front_door_task.html", visitor=visitor, around=around, mark=mark, shown=shown, open=OPEN, may=MAY,
        undo_ms=UNDO_MS, rules=parts.door.rules, done=request.query_params.get("done", ""),
        today=iso_day(around.now_ms),
    )  # fmt: skip


@router.get("/front-door/tasks/{task_id}/{act}")
async def door_act_page(request: Request, visitor: Acting, task_id: str, act: str) -> Response:
    """Ask for what an act needs."""
    return await _act_page(request, visitor, task_id, act, _Filled())


@router.post("/front-door/tasks/{task_id}/{act}")
async def do_door_act(
    request: Request, visitor: Acting, task_id: str, act: str, form: Annotated[DoorForm, Form()]
) -> Response:
    """Act; where somebody was quicker, say so, show what they did, and let the person decide again."""
    name = next((one for one in DOOR_ACTS if one == act), None)
    if name is None:
        raise HTTPException(404)
    wish = DoorWish(name, form.version, form.choice, form.text)
    error, status = await tried(do_at_door(request, visitor, task_id, wish))
    if not error:
        return RedirectResponse(f"/front-door/tasks/{task_id}?done={name}", 303)
    filled = _Filled(form.choice, form.text, error, status, form.version if status == 409 else None)
    return await _act_page(request, visitor, task_id, act, filled)


async def _open(request: Request, visitor: Visitor, task_id: str) -> tuple[Around, DoorShown, str]:
    """Read a task for this visitor, and why they may. Raises 404, or `NeedsReason`."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Around, DoorShown | None, bool]:
        around = pages.around(connection)
        shown = door_shown(connection, parts, task_id, around.now_ms, visitor)
        person = shown.story.row.person_id if shown is not None else ""
        return around, shown, bool(person) and at_work(connection, person, around.now_ms, visitor.role)

    around, shown, working = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404)
    return around, shown, reason_to_open(request, visitor, shown.story.row.person_id, at_work=working)


async def _act_page(request: Request, visitor: Visitor, task_id: str, act: str, filled: _Filled) -> Response:
    if act not in DOOR_ACTS:
        raise HTTPException(404)
    around, shown, why = await _open(request, visitor, task_id)
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    await write_down(request, visitor, "front door task read", whom=shown.story.row.person_id, why=why)
    since = filled.seen
    return pages.show(
        request, "front_door_act.html", visitor=visitor, around=around, shown=shown, act=act, filled=filled,
        new_acts=[one for one in shown.acts if since is not None and one.version > since], open=OPEN, may=MAY,
        rules=parts.door.rules, status=filled.status,
    )  # fmt: skip

"""The front door: its list, one task with its reasons, and each act on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from ascbridge.access import Access
from ascbridge.calendars import iso_day
from ascbridge.discharge.deciding.desk_state import UNDO_MS
from ascbridge.frontdoor.door_status import MAY, OPEN
from ascbridge.frontdoor.front_list import DOOR_VIEWS, door_counts, door_rows
from ascbridge.web.discharge.work_lists import Page, WorkList, open_one, show_list
from ascbridge.web.doorbook import write_down
from ascbridge.web.frontdoor.door_acts import DOOR_ACTS, DoorWish, do_at_door
from ascbridge.web.frontdoor.door_shown import came_in, door_shown
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN
from ascbridge.web.refusals import tried
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ascbridge.frontdoor.front_list import DoorRow, DoorView
    from ascbridge.web.layout import Around
    from ascbridge.web.people.people_shown import PersonShown

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("front-door"))]
Acting = Annotated[Visitor, Depends(Needs("front-desk", least=Access.full))]

FRONT_DOOR = WorkList("front-door", "front door", door_rows, door_counts)
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
    rules = request.app.state.parts.door.rules
    chosen: DoorView = next((one for one in DOOR_VIEWS if one == view), "open")
    page = Page(chosen, team if team in rules.teams else "", max(0, after))

    def more(rows: Sequence[DoorRow], people: Mapping[str, PersonShown], around: Around) -> dict[str, object]:
        came = {row.fact.task: came_in(row.fact, people.get(row.patient_key, UNKNOWN)) for row in rows}
        return {"tabs": DOOR_TABS, "rules": rules, "came": came, "today": iso_day(around.now_ms)}

    return await show_list(request, visitor, FRONT_DOOR, page, "front_door.html", more)


@router.get("/front-door/tasks/{task_id}")
async def door_task(request: Request, visitor: Seeing, task_id: str) -> Response:
    """One task: what came in, why it is whose, what was done."""
    around, shown, why = await open_one(request, visitor, door_shown, task_id)
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


async def _act_page(request: Request, visitor: Visitor, task_id: str, act: str, filled: _Filled) -> Response:
    if act not in DOOR_ACTS:
        raise HTTPException(404)
    around, shown, why = await open_one(request, visitor, door_shown, task_id)
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    await write_down(request, visitor, "front door task read", whom=shown.story.row.person_id, why=why)
    since = filled.seen
    return pages.show(
        request, "front_door_act.html", visitor=visitor, around=around, shown=shown, act=act, filled=filled,
        new_acts=[one for one in shown.acts if since is not None and one.version > since], open=OPEN, may=MAY,
        rules=parts.door.rules, status=filled.status,
    )  # fmt: skip

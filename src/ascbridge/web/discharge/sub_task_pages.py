"""Split-off work: the list of each team, one sub-task with its acts, and splitting more off a discharge task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from ascbridge.access import Access
from ascbridge.discharge.acts.sub_desk import SUB_ACTS, Split, SubWish
from ascbridge.discharge.deciding.desk_state import UNDO_MS
from ascbridge.discharge.lists import task_story
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.discharge.sub_tasks.sub_list import SUB_VIEWS, sub_counts, sub_rows
from ascbridge.discharge.sub_tasks.sub_state import SUB_MAY, SUB_OPEN
from ascbridge.web.discharge.split_shown import SplitShown, split_shown
from ascbridge.web.discharge.sub_task_acts import do_sub_act, split
from ascbridge.web.discharge.sub_task_shown import STOP_WORDS, SubShown, sub_shown
from ascbridge.web.discharge.work_lists import Page, WorkList, open_one, show_list
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN, people_shown
from ascbridge.web.purpose import ground, reason_to_open
from ascbridge.web.refusals import tried
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.sub_tasks.sub_list import SubView
    from ascbridge.relationship.grounds import Ground
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]

SUB_TASKS = WorkList("worklist", "split-off work", sub_rows, sub_counts)
SUB_TABS = {
    "open": "Open",
    "mine": "Mine",
    "late": "Overdue",
    "blocking": "Needed before discharge",
    "to-tell": "Stop or go on",
    "paused": "Paused",
    "closed-today": "Closed today",
}


@dataclass(frozen=True, slots=True)
class _Filled:
    """A form as somebody sent it: which act, what was chosen and typed, and what is wrong with it."""

    act: str = ""
    choice: str = ""
    reason: str = ""
    text: str = ""
    error: str = ""
    status: int = 200


class SubForm(BaseModel):
    """What an act's form sends: the version as shown, and what was chosen and written."""

    version: int
    choice: str = ""
    reason: str = ""
    text: str = ""


class SplitForm(BaseModel):
    """What is to be split off; `seen` is how many sub-tasks the task had as shown."""

    seen: int
    kind: str = ""
    thing: str = ""
    before: str = ""
    text: str = ""


@router.get("/sub-tasks")
async def sub_list(
    request: Request, visitor: Seeing, view: str = "open", team: str = "", after: int = 0
) -> Response:
    """One list of split-off work, of one team or of all, what is due first first."""
    parts: WebParts = request.app.state.parts
    chosen: SubView = next((one for one in SUB_VIEWS if one == view), "open")
    teams = parts.reference.lists.sub_tasks(parts.clock.now_ms()).teams
    page = Page(chosen, team if team in teams else "", max(0, after))

    def more(*_: object) -> dict[str, Any]:
        return {"tabs": SUB_TABS, "teams": teams, "stops": STOP_WORDS}

    return await show_list(request, visitor, SUB_TASKS, page, "sub_tasks.html", more)


@router.get("/sub-tasks/{sub_id}")
async def sub_page(request: Request, visitor: Seeing, sub_id: str) -> Response:
    """One piece of split-off work: how far it is, what can be done, and what was done."""
    around, shown, why = await open_one(request, visitor, sub_shown, sub_id)
    same = unchanged(request, around, mark_of(around, shown))
    if same:
        return same
    what = "split-off work read again, live" if refreshing(request) else "split-off work read"
    await write_down(request, visitor, what, whom=shown.story.row.person_id, why=why)
    return _page(request, visitor, around, shown, _Filled())


@router.post("/sub-tasks/{sub_id}/{act}")
async def do_act(
    request: Request, visitor: Acting, sub_id: str, act: str, form: Annotated[SubForm, Form()]
) -> Response:
    """Act; where that cannot be, show the work as it is now, and what was typed."""
    name = next((one for one in SUB_ACTS if one == act), None)
    if name is None:
        raise HTTPException(404)
    wish = SubWish(name, form.choice, form.reason, form.text)
    doing = do_sub_act(request, visitor, sub_id, form.version, wish)
    error, status = await tried(doing, "Choose one of the list, with its reason")
    if not error:
        return RedirectResponse(f"/sub-tasks/{sub_id}?done={act}", 303)
    around, shown, why = await open_one(request, visitor, sub_shown, sub_id)
    await write_down(request, visitor, "split-off work read", whom=shown.story.row.person_id, why=why)
    filled = _Filled(act, form.choice, form.reason, form.text, error, status)
    return _page(request, visitor, around, shown, filled)


@router.get("/tasks/{task_id}/split-off")
async def split_page(request: Request, visitor: Acting, task_id: str, kind: str = "") -> Response:
    """Ask which kind of work, then what that kind needs to be told."""
    return await _split_page(request, visitor, task_id, kind, _Filled())


@router.post("/tasks/{task_id}/split-off")
async def do_split(
    request: Request, visitor: Acting, task_id: str, form: Annotated[SplitForm, Form()]
) -> Response:
    """Split work off and show the task with it."""
    about = form.thing if form.thing.startswith("equipment:") else ""
    wanted = Split(form.kind, "" if about else form.thing, about, form.before == "yes", form.text)
    error, status = await tried(split(request, visitor, task_id, form.seen, wanted))
    if not error:
        return RedirectResponse(f"/tasks/{task_id}?done=split-off", 303)
    filled = _Filled("split", form.thing, form.before, form.text, error, status)
    return await _split_page(request, visitor, task_id, form.kind, filled)


def _page(request: Request, visitor: Visitor, around: Around, shown: SubShown, filled: _Filled) -> Response:
    pages: Pages = request.app.state.pages
    # a page with somebody's typing on it does not renew itself
    mark = "" if filled.error else mark_of(around, shown)
    done = request.query_params.get("done", "")
    return pages.show(
        request, "sub_task.html", visitor=visitor, around=around, mark=mark, shown=shown, filled=filled, may=SUB_MAY,
        open=SUB_OPEN, undo_ms=UNDO_MS, stops=STOP_WORDS, done=done, status=filled.status,
    )  # fmt: skip


async def _split_page(
    request: Request, visitor: Visitor, task_id: str, kind: str, filled: _Filled
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Around, Any, SplitShown | None, Any, Ground | None]:
        around = pages.around(connection)
        story = task_story.story(connection, task_id, Lists(around.now_ms, actor=visitor.name))
        if story is None:
            return around, None, None, None, None
        row = story.row
        found = split_shown(connection, parts, row.fact.spell, row.patient_key, around.now_ms)
        people = people_shown(
            connection, parts.data_keys, [row.patient_key], visitor.may("worklist"), around.now_ms
        )
        working = ground(connection, parts, visitor, row.person_id, around.now_ms)
        return around, row, found, people.get(row.patient_key, UNKNOWN), working

    around, row, found, person, working = await parts.database.read(read)
    if row is None or found is None:
        raise HTTPException(404)
    why = reason_to_open(request, visitor, row.person_id, ground=working)
    await write_down(request, visitor, "task read", whom=row.person_id, why=why)
    return pages.show(
        request, "split_off.html", visitor=visitor, around=around, row=row, person=person, found=found,
        kind=found.kinds.by_code.get(kind), filled=filled, status=filled.status,
    )  # fmt: skip

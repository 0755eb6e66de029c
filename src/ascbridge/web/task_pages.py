"""One task: its story and its evidence, and what the desk can do about it, each act on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from ascbridge.access import Access
from ascbridge.discharge import desk
from ascbridge.discharge.decision import task_id as task_of
from ascbridge.discharge.desk import NotAChoice, NotNow, StaleTask, UnknownTask
from ascbridge.discharge.desk_state import UNDO_MS
from ascbridge.discharge.pathway import CLOSED, MAY
from ascbridge.discharge.worklist import Lists
from ascbridge.web import desk_acts
from ascbridge.web.desk_acts import ACTS, NothingChosen, Wish
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import at_work, reason_to_open
from ascbridge.web.task_shown import StayShown, TaskShown, show_stay, show_task
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]


@dataclass(frozen=True, slots=True)
class _Filled:
    """A form as somebody sent it, and what is wrong with it."""

    choice: str = ""
    text: str = ""
    error: str = ""
    seen_version: int | None = None
    seen_ms: int = 0
    status: int = 200


class ActForm(BaseModel):
    """What an act's form sends: the task as shown and when (UTC ms), and what was chosen and written."""

    version: int
    revision: int
    seen_ms: int = 0
    choice: str = ""
    text: str = ""


@router.get("/tasks/{task_id}")
async def task(request: Request, visitor: Seeing, task_id: str) -> Response:
    """One task with its story and evidence."""
    around, shown, why = await _open(request, visitor, task_id)
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    mark = mark_of(
        around,
        shown.story.row,
        shown.story.acts,
        shown.story.evidence,
        shown.person,
        shown.case,
        shown.providers,
    )
    same = unchanged(request, around, mark)
    if same:
        return same
    what = "task read again, live" if refreshing(request) else "task read"
    await write_down(request, visitor, what, whom=shown.story.row.person_id, why=why)
    return pages.show(
        request,
        "task.html",
        visitor=visitor,
        around=around,
        mark=mark,
        shown=shown,
        words=parts.reference.words,
        reference=parts.reference,
        closed=CLOSED,
        may=MAY,
        undo_ms=UNDO_MS,
        done=request.query_params.get("done", ""),
    )


@router.get("/tasks/{task_id}/{act}")
async def act_page(request: Request, visitor: Acting, task_id: str, act: str, look: str = "") -> Response:
    """Ask for what an act needs."""
    return await _act_page(request, visitor, task_id, act, _Filled(choice=look))


@router.post("/tasks/{task_id}/{act}")
async def do_act(
    request: Request, visitor: Acting, task_id: str, act: str, form: Annotated[ActForm, Form()]
) -> Response:
    """Act; where somebody was quicker, show what changed and who did, and let the person decide again."""
    name = next((one for one in ACTS if one == act and one != "open-by-hand"), None)
    if name is None:
        raise HTTPException(404)
    choice, text = form.choice, form.text
    try:
        await desk_acts.do(request, visitor, task_id, Wish(name, form.version, form.revision, choice, text))
    except UnknownTask:
        raise HTTPException(404) from None
    except StaleTask:
        filled = _Filled(choice, text, "", form.version, form.seen_ms, 409)
    except (NothingChosen, NotAChoice) as fault:
        said = str(fault) if isinstance(fault, NothingChosen) else "Choose one of the list"
        filled = _Filled(choice, text, said, status=422)
    except NotNow as fault:
        filled = _Filled(choice, text, str(fault), form.version, form.seen_ms, 409)
    except desk.PersonErased:
        filled = _Filled(
            choice, text, "This person is erased: nothing can be written about them any more", status=409
        )
    else:
        return RedirectResponse(f"/tasks/{task_id}?done={name}", 303)
    return await _act_page(request, visitor, task_id, act, filled)


@router.get("/stays/{spell}/open")
async def open_page(request: Request, visitor: Acting, spell: str) -> Response:
    """Ask before a task is opened by hand."""
    return await _open_page(request, visitor, spell)


@router.post("/stays/{spell}/open")
async def open_by_hand(
    request: Request,
    visitor: Acting,
    spell: str,
    version: Annotated[int, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Open a stay's task whatever the rules decided."""
    try:
        await desk_acts.do(request, visitor, spell, Wish("open-by-hand", version, text=text))
    except UnknownTask:
        raise HTTPException(404) from None
    except (StaleTask, NotNow):
        return await _open_page(request, visitor, spell, error="It was opened meanwhile", status=409)
    except desk.PersonErased:
        return await _open_page(request, visitor, spell, error="This person is erased", status=409)
    return RedirectResponse(f"/tasks/{task_of(spell)}?done=open-by-hand", 303)


async def _open(request: Request, visitor: Visitor, task_id: str) -> tuple[Around, TaskShown, str]:
    """Read a task for this visitor, and why they may. Raises 404, or `NeedsReason`."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    access = visitor.may("worklist")

    def read(connection: Any) -> tuple[Around, TaskShown | None, bool]:
        around = pages.around(connection)
        lists = Lists(around.now_ms, actor=visitor.name)
        shown = show_task(connection, parts, task_id, lists, access, visitor.may("contact"))
        working = shown is not None and at_work(
            connection, shown.story.row.person_id, around.now_ms, visitor.role
        )
        return around, shown, working

    around, shown, working = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404)
    why = reason_to_open(request, visitor, shown.story.row.person_id, at_work=working)
    return around, shown, why


async def _act_page(request: Request, visitor: Visitor, task_id: str, act: str, filled: _Filled) -> Response:
    if act not in ACTS or act == "open-by-hand":
        raise HTTPException(404)
    around, shown, why = await _open(request, visitor, task_id)
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    await write_down(request, visitor, "task read", whom=shown.story.row.person_id, why=why)
    since = filled.seen_version
    return pages.show(
        request, "act.html", visitor=visitor, around=around, shown=shown, act=act, filled=filled,
        reference=parts.reference, words=parts.reference.words, working_stages=desk.WORKING_STAGES,
        new_acts=[one for one in shown.acts if since is not None and one.version > since],
        new_evidence=[one for one in shown.evidence if filled.seen_ms and one.recorded_ms > filled.seen_ms],
        status=filled.status,
    )  # fmt: skip


async def _open_page(
    request: Request, visitor: Visitor, spell: str, *, error: str = "", status: int = 200
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Any) -> tuple[Around, StayShown | None, bool]:
        around = pages.around(connection)
        shown = show_stay(connection, parts, spell, visitor.may("worklist"), around.now_ms)
        working = shown is not None and at_work(connection, shown.person_id, around.now_ms, visitor.role)
        return around, shown, working

    around, shown, working = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404)
    why = reason_to_open(request, visitor, shown.person_id, at_work=working)
    await write_down(request, visitor, "stay read", whom=shown.person_id, why=why)
    return pages.show(
        request, "open_by_hand.html", visitor=visitor, around=around, shown=shown, error=error,
        task_id=task_of(spell), status=status, words=parts.reference.words,
    )  # fmt: skip

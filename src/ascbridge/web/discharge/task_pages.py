"""One task: its story and its evidence, and what the desk can do about it, each act on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from ascbridge.access import Access
from ascbridge.calendars import london_ms
from ascbridge.discharge.acts import desk
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, StaleTask, UnknownTask
from ascbridge.discharge.acts.stage_acts import NoReason
from ascbridge.discharge.deciding.decision import task_id as task_of
from ascbridge.discharge.deciding.desk_state import UNDO_MS
from ascbridge.discharge.deciding.pathway import CLOSED, MAY
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.people.behind_wall import WallShut
from ascbridge.replies.rri import TITLES as TOLD_WORDS
from ascbridge.web.discharge import desk_acts
from ascbridge.web.discharge.act_forms import asked_for
from ascbridge.web.discharge.desk_acts import ACTS, Wish
from ascbridge.web.discharge.desk_views import closed_when_due_of
from ascbridge.web.discharge.joining_shown import joining_shown
from ascbridge.web.discharge.life_shown import life_shown
from ascbridge.web.discharge.night_shown import STATUS_COLOURS, STATUS_WORDS
from ascbridge.web.discharge.stage_forms import leads_on, possible
from ascbridge.web.discharge.task_shown import StayShown, TaskShown, show_stay, show_task
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import ground, reason_to_open
from ascbridge.web.refusals import NothingChosen
from ascbridge.web.safeguarding import walled_notes
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.relationship.grounds import Ground
    from ascbridge.web.discharge.desk_acts import ActName
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]
Holding = Annotated[Visitor, Depends(Needs("hold", least=Access.full))]
_CONFLICT = 409


class ActForm(BaseModel):
    """What an act's form sends: the task as shown and when (UTC ms), and what was chosen and written.

    `spoken` is when whom a hold names was spoken to, in London: ``2026-03-06T12:00``. `walled`: the note is about
    safeguarding, and goes behind the wall.
    """

    version: int = 0
    revision: int = 0
    seen_ms: int = 0
    choice: str = ""
    reason: str = ""
    text: str = ""
    who: str = ""
    phone: str = ""
    spoken: str = ""
    walled: bool = False


@dataclass(frozen=True, slots=True)
class _Filled:
    """A form as somebody sent it, and what is wrong with it: `error` with the `field` that it is about."""

    form: ActForm = field(default_factory=ActForm)
    error: str = ""
    field: str = "choice"
    status: int = 200

    @property
    def seen_version(self) -> int | None:
        return self.form.version if self.status == _CONFLICT else None


@router.get("/tasks/{task_id}")
async def task(request: Request, visitor: Seeing, task_id: str) -> Response:
    """One task with its story and evidence."""
    around, shown, why = await _open(request, visitor, task_id)
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    joining = await parts.database.read(lambda c: joining_shown(c, parts, shown.story, visitor))
    mark = mark_of(
        around,
        shown.story.row,
        shown.story.acts,
        shown.story.evidence,
        shown.person,
        shown.case,
        shown.providers,
        shown.told,
        shown.split,
        shown.pack,
        joining,
        shown.urgent,
    )
    same = unchanged(request, around, mark)
    if same:
        return same
    what = "task read again, live" if refreshing(request) else "task read"
    await write_down(request, visitor, what, whom=shown.story.row.person_id, why=why)
    fact = shown.story.row.fact
    life = life_shown(fact, parts.reference, around.now_ms)
    acts = possible(fact, parts.reference, around.now_ms)
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
        life=life,
        possible=acts,
        leads=leads_on(acts, life.next.stage if life.next else ""),
        undo_ms=UNDO_MS,
        holds={task_id: shown.hold},
        joining=joining,
        told_words=TOLD_WORDS,
        closed_when_due=closed_when_due_of([shown.story.row.fact], parts.reference.lists),
        status_words=STATUS_WORDS,
        status_colours=STATUS_COLOURS,
        done=request.query_params.get("done", ""),
    )


@router.get("/tasks/{task_id}/hold")
@router.get("/tasks/{task_id}/lift-hold")
async def hold_page(request: Request, visitor: Holding, task_id: str) -> Response:
    """Ask for what a hold needs."""
    return await _act_page(request, visitor, task_id, request.url.path.rsplit("/", 1)[1], _Filled())


@router.post("/tasks/{task_id}/hold")
@router.post("/tasks/{task_id}/lift-hold")
async def do_hold(
    request: Request, visitor: Holding, task_id: str, form: Annotated[ActForm, Form()]
) -> Response:
    """Set a hold, or lift it."""
    return await _do(request, visitor, task_id, request.url.path.rsplit("/", 1)[1], form)


@router.get("/tasks/{task_id}/{act}")
async def act_page(request: Request, visitor: Acting, task_id: str, act: str, look: str = "") -> Response:
    """Ask for what an act needs."""
    return await _act_page(request, visitor, task_id, act, _Filled(ActForm(choice=look)))


@router.post("/tasks/{task_id}/{act}")
async def do_act(
    request: Request, visitor: Acting, task_id: str, act: str, form: Annotated[ActForm, Form()]
) -> Response:
    """Act; where somebody was quicker, show what changed and who did, and let the person decide again."""
    return await _do(request, visitor, task_id, act, form)


async def _do(request: Request, visitor: Visitor, task_id: str, act: str, form: ActForm) -> Response:
    name = _known_act(act)
    if name == "note" and form.walled:
        return await _put_behind_wall(request, visitor, task_id, form)
    wish = Wish(
        name,
        form.version,
        form.revision,
        form.choice,
        form.text,
        form.who,
        form.phone,
        london_ms(form.spoken),
        form.reason,
    )
    try:
        await _act(request, visitor, task_id, wish)
    except UnknownTask:
        raise HTTPException(404) from None
    except WallShut as fault:
        filled = _Filled(form, f"It is kept nowhere. {fault}", status=_CONFLICT)
    except StaleTask:
        filled = _Filled(form, status=_CONFLICT)
    except NothingChosen as fault:
        filled = _Filled(form, str(fault), fault.field, 422)
    except NoReason:
        filled = _Filled(form, "Choose why", "reason", 422)
    except NotAChoice:
        filled = _Filled(form, "Choose one of the list", status=422)
    except desk.SpeakFirst:
        filled = _Filled(form, "Say when they were spoken to, and not a time to come", "spoken", 422)
    except NotNow as fault:
        filled = _Filled(form, str(fault), status=_CONFLICT)
    except desk.PersonErased:
        said = "This person is erased: nothing can be written about them any more"
        filled = _Filled(form, said, status=_CONFLICT)
    else:
        return RedirectResponse(f"/tasks/{task_id}?done={name}", 303)
    return await _act_page(request, visitor, task_id, act, filled)


async def _act(request: Request, visitor: Visitor, task_id: str, wish: Wish) -> None:
    """Act; what may stand behind the wall alone is put there first. Raises as `desk_acts.do`, and `WallShut`."""
    if wish.act == "delay":
        _, shown, _ = await _open(request, visitor, task_id)
        await walled_notes.put_delay(request, visitor, shown, wish.choice, wish.text)
    await desk_acts.do(request, visitor, task_id, wish)


async def _put_behind_wall(request: Request, visitor: Visitor, task_id: str, form: ActForm) -> Response:
    _, shown, _ = await _open(request, visitor, task_id)
    try:
        await walled_notes.put(request, visitor, shown, form.text)
    except NothingChosen as fault:
        return await _act_page(request, visitor, task_id, "note", _Filled(form, str(fault), fault.field, 422))
    except WallShut as fault:
        said = f"It is kept nowhere. {fault}"
        return await _act_page(request, visitor, task_id, "note", _Filled(form, said, "text", _CONFLICT))
    return RedirectResponse(f"/tasks/{task_id}?done=note", 303)


def _known_act(act: str) -> ActName:
    name = next((one for one in ACTS if one == act and one != "open-by-hand"), None)
    if name is None:
        raise HTTPException(404)
    return name


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
        return await _open_page(request, visitor, spell, error="It was opened meanwhile", text=text)
    except desk.PersonErased:
        return await _open_page(request, visitor, spell, error="This person is erased", text=text)
    return RedirectResponse(f"/tasks/{task_of(spell)}?done=open-by-hand", 303)


async def _open(request: Request, visitor: Visitor, task_id: str) -> tuple[Around, TaskShown, str]:
    """Read a task for this visitor, and why they may. Raises 404, or `NeedsReason`."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    access = visitor.may("worklist")

    def read(connection: Any) -> tuple[Around, TaskShown | None, Ground | None]:
        around = pages.around(connection)
        lists = Lists(around.now_ms, actor=visitor.name)
        shown = show_task(connection, parts, task_id, lists, access, visitor.may("contact"))
        working = (
            ground(connection, parts, visitor, shown.story.row.person_id, around.now_ms)
            if shown is not None
            else None
        )
        return around, shown, working

    around, shown, working = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404)
    why = reason_to_open(request, visitor, shown.story.row.person_id, ground=working)
    return around, shown, why


async def _act_page(request: Request, visitor: Visitor, task_id: str, act: str, filled: _Filled) -> Response:
    name = _known_act(act)
    around, shown, why = await _open(request, visitor, task_id)
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    asked = await parts.database.read(
        lambda c: asked_for(c, parts.reference, name, shown, around.now_ms, visitor.name)
    )
    await write_down(request, visitor, "task read", whom=shown.story.row.person_id, why=why)
    since, seen_ms = filled.seen_version, filled.form.seen_ms
    return pages.show(
        request, "act.html", visitor=visitor, around=around, shown=shown, act=act, filled=filled, asked=asked,
        reference=parts.reference, words=parts.reference.words, holds={task_id: shown.hold},
        new_acts=[one for one in shown.acts if since is not None and one.version > since],
        new_evidence=[one for one in shown.evidence if since is not None and seen_ms and one.recorded_ms > seen_ms],
        walled=walled_notes.offered(parts), status=filled.status,
    )  # fmt: skip


async def _open_page(
    request: Request, visitor: Visitor, spell: str, *, error: str = "", text: str = ""
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Any) -> tuple[Around, StayShown | None, Ground | None]:
        around = pages.around(connection)
        shown = show_stay(connection, parts, spell, visitor.may("worklist"), around.now_ms)
        working = (
            ground(connection, parts, visitor, shown.person_id, around.now_ms) if shown is not None else None
        )
        return around, shown, working

    around, shown, working = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404)
    why = reason_to_open(request, visitor, shown.person_id, ground=working)
    await write_down(request, visitor, "stay read", whom=shown.person_id, why=why)
    return pages.show(
        request, "open_by_hand.html", visitor=visitor, around=around, shown=shown, error=error, text=text,
        task_id=task_of(spell), status=_CONFLICT if error else 200, words=parts.reference.words,
    )  # fmt: skip

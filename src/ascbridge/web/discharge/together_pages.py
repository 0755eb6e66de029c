"""One act on several tasks: chosen on a list, asked once, done one by one, each on the version that was shown.

What becomes of each is told row by row. Acts that somebody must think about for one person alone (completing, giving
back to the hospital) are not offered here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from ascbridge.access import Access
from ascbridge.discharge.acts.desk import NotAChoice, NotNow, PersonErased, StaleTask, UnknownTask
from ascbridge.discharge.lists import worklist
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.web.discharge import desk_acts
from ascbridge.web.discharge.act_forms import asked_of_several
from ascbridge.web.discharge.desk_acts import Wish, missing
from ascbridge.web.discharge.holds_shown import holds_shown
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import people_shown
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.refusals import NothingChosen
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.worklist import WorklistRow
    from ascbridge.web.discharge.act_forms import Asked
    from ascbridge.web.discharge.desk_acts import ActName
    from ascbridge.web.discharge.holds_shown import HoldShown
    from ascbridge.web.layout import Around
    from ascbridge.web.people.people_shown import PersonShown

router = APIRouter(include_in_schema=False)
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]
TOGETHER: dict[ActName, str] = {
    "claim": "Claim",
    "release": "Put back",
    "assign": "Assign",
    "hand-over": "Hand over to another team",
    "pause": "Pause",
    "resume": "Go on with",
    "drop": "Drop",
    "note": "Write the same note on",
}
"""What can be done to several tasks at once, in the words of the button's list."""
MOST = 100


class TogetherForm(BaseModel):
    """What the form sends: each task with version and revision as shown, and what was chosen and written."""

    chosen: list[str] = []
    choice: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One task as it was shown on the list: ``TASK.VERSION.REVISION``."""

    task_id: str
    version: int
    revision: int


@dataclass(frozen=True, slots=True)
class _Came:
    """What came of it for one task; `said` is empty where it was done."""

    row: WorklistRow
    said: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """Everything that the page names people by."""

    around: Around
    rows: list[WorklistRow]
    people: dict[str, PersonShown]
    holds: dict[str, HoldShown]
    asked: Asked
    came: list[_Came] = field(default_factory=list)


@router.get("/worklist/together")
async def ask_together(
    request: Request, visitor: Acting, act: str = "", chosen: Annotated[list[str] | None, Query()] = None
) -> Response:
    """Show what was chosen, and ask for what the act needs."""
    name = _known(act)
    wanted = _read(chosen or [])
    error = "" if wanted else "Choose at least one task on the list"
    return await _page(request, visitor, name, wanted, error=error)


@router.post("/worklist/together/{act}")
async def do_together(
    request: Request, visitor: Acting, act: str, form: Annotated[TogetherForm, Form()]
) -> Response:
    """Do it to each, and tell what came of each."""
    name, wanted = _known(act), _read(form.chosen)
    fault = missing(Wish(name, 0, choice=form.choice, text=form.text))
    if fault or not wanted:
        error = fault[1] if fault else "Choose at least one task on the list"
        return await _page(request, visitor, name, wanted, form=form, error=error)
    said = {one.task_id: await _do(request, visitor, name, one, form) for one in wanted}
    return await _page(request, visitor, name, wanted, form=form, said=said)


async def _do(request: Request, visitor: Visitor, act: ActName, one: _Chosen, form: TogetherForm) -> str:
    try:
        wish = Wish(act, one.version, one.revision, form.choice, form.text)
        await desk_acts.do(request, visitor, one.task_id, wish)
    except UnknownTask:
        return "There is no such task any more."
    except StaleTask:
        return "Somebody was quicker, or the hospital said something since. Look at it, then decide again."
    except NotNow as fault:
        return str(fault)
    except (NothingChosen, NotAChoice):
        return "This cannot be chosen for it."
    except PersonErased:
        return "This person is erased: nothing can be written about them any more."
    return ""


def _known(act: str) -> ActName:
    name = next((one for one in TOGETHER if one == act), None)
    if name is None:
        raise HTTPException(404)
    return name


def _read(chosen: list[str]) -> list[_Chosen]:
    found: dict[str, _Chosen] = {}
    for one in chosen[:MOST]:
        task_id, _, rest = one.partition(".")
        version, _, revision = rest.partition(".")
        if version.isdecimal() and revision.isdecimal():
            found[task_id] = _Chosen(task_id, int(version), int(revision))
    return list(found.values())


async def _page(
    request: Request,
    visitor: Visitor,
    act: ActName,
    wanted: list[_Chosen],
    *,
    form: TogetherForm | None = None,
    said: dict[str, str] | None = None,
    error: str = "",
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)

    def read(connection: Connection) -> _Shown:
        around = pages.around(connection)
        ids = [one.task_id for one in wanted]
        rows = worklist.rows_of(connection, ids, Lists(around.now_ms, actor=visitor.name))
        keys = [row.patient_key for row in rows]
        access = visitor.may("worklist")
        people = people_shown(connection, parts.data_keys, keys, access, around.now_ms)
        holds = holds_shown(connection, parts.data_keys, [row.fact for row in rows], access)
        asked = asked_of_several(connection, parts.reference, act, around.now_ms, visitor.name)
        came = [_Came(row, said[row.fact.task]) for row in rows if said is not None]
        return _Shown(around, rows, people, holds, asked, came)

    shown = await parts.database.read(read)
    await write_down(request, visitor, "worklist read: together", why=why, result=f"{len(shown.rows)} shown")
    as_shown = {one.task_id: f"{one.task_id}.{one.version}.{one.revision}" for one in wanted}
    return pages.show(
        request, "together.html", visitor=visitor, around=shown.around, act=act, shown=shown, people=shown.people,
        holds=shown.holds, asked=shown.asked, as_shown=as_shown, form=form or TogetherForm(), error=error,
        verb=TOGETHER[act], words=parts.reference.words, status=422 if error else 200,
    )  # fmt: skip

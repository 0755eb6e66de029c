"""The information that goes with a person: its checklist, what is waived, and its receipt; the acts for all ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from ascbridge.access import Access
from ascbridge.calendars import iso_day
from ascbridge.discharge.acts.assessment_desk import (
    ASSESSMENT_ACTS,
    CONTENT_TYPES,
    AssessmentWish,
    DocumentWish,
    assessment_change,
    is_web_address,
)
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.discharge.acts.pack_desk import PACK_ACTS, PackWish, pack_change
from ascbridge.discharge.lists import task_story
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.own_codes import CARE_ACT_OUTCOME, SELF_ASSESSMENT_LEVEL
from ascbridge.people.actor import Actor
from ascbridge.uk_core import DISPLAYS
from ascbridge.web.discharge.pack_shown import PackShown, pack_shown
from ascbridge.web.doorbook import where_from, write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.people.people_shown import UNKNOWN, PersonShown, people_shown
from ascbridge.web.purpose import ground, reason_to_open
from ascbridge.web.refusals import LONGEST_TEXT, NothingChosen, tried, tried_at
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.worklist import WorklistRow
    from ascbridge.relationship.grounds import Ground
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("worklist"))]
Acting = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]
_CHOOSE = "Choose one of the list, with its day or reason"
_NEEDS_TEXT = {"ask-receipt": "Say of whom it is asked", "receipt": "Say who gave it"}


@dataclass(frozen=True, slots=True)
class _Filled:
    """A form as somebody sent it, and what is wrong with it."""

    act: str = ""
    items: tuple[str, ...] = ()
    reason: str = ""
    text: str = ""
    error: str = ""
    status: int = 200
    assessor: str = ""
    on: str = ""
    number: int = 0
    field: str = "choice"
    title: str = ""
    url: str = ""
    content_type: str = "application/pdf"

    @property
    def at(self) -> str:
        """The id of the field of an assessment's form that the error is about."""
        return {"choice": "assessor", "reason": f"reason-{self.number}"}.get(self.field, self.field)


class AssessmentForm(BaseModel):
    """What an act's form about an assessment sends; `needs` are outcome and level: ``hygiene:needs-help``."""

    version: int
    number: int = 0
    assessor: str = ""
    on: str = ""
    needs: list[str] = []
    reason: str = ""
    text: str = ""
    title: str = ""
    url: str = ""
    content_type: str = "application/pdf"

    @property
    def document(self) -> DocumentWish | None:
        """What the form says of a document; None where it says nothing."""
        return (
            DocumentWish(self.title, self.url, self.content_type)
            if self.title.strip() or self.url.strip()
            else None
        )


class PackForm(BaseModel):
    """What an act's form sends."""

    version: int
    items: list[str] = []
    reason: str = ""
    text: str = ""


async def do_pack_act(request: Request, visitor: Visitor, task_id: str, version: int, wish: PackWish) -> int:
    """Do an act and return the pack's new version. Raises `NothingChosen` and what `pack_change` raises."""
    parts: WebParts = request.app.state.parts
    text = wish.text.strip()[:LONGEST_TEXT]
    if wish.act in _NEEDS_TEXT and not text:
        raise NothingChosen(_NEEDS_TEXT[wish.act])
    acting = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor))
    cut = PackWish(wish.act, wish.items, wish.reason, text, wish.received_ms)

    def work(connection: Connection) -> int:
        return pack_change(
            connection, Sitting(parts.desk, acting, version, parts.clock.now_ms()), task_id, cut
        )

    done = await parts.database.write(work)
    parts.wake()
    return done


async def do_assessment_act(
    request: Request, visitor: Visitor, task_id: str, version: int, wish: AssessmentWish
) -> int:
    """Do an act on an assessment and return the papers' new version. Raises as `do_pack_act`."""
    parts: WebParts = request.app.state.parts
    text = wish.text.strip()[:LONGEST_TEXT]
    if (fault := _missing(wish, text, parts.clock.now_ms())) is not None:
        raise NothingChosen(*fault)
    acting = Actor(visitor.name, visitor.role, parts.writer, where_from(request, visitor))
    cut = replace(wish, text=text)

    def work(connection: Connection) -> int:
        sitting = Sitting(parts.desk, acting, version, parts.clock.now_ms())
        return assessment_change(connection, sitting, task_id, cut)

    done = await parts.database.write(work)
    parts.wake()
    return done


def _missing(wish: AssessmentWish, text: str, now_ms: int) -> tuple[str, str] | None:
    """Return what an act on an assessment lacks, and at which field; None where nothing."""
    if wish.act == "reassess" and not wish.reason:
        return "Choose why another assessment is needed", "reason"
    if wish.act != "attach":
        return None
    if not wish.assessor:
        return "Choose who assessed", "choice"
    if not "2000" < wish.on <= iso_day(now_ms):
        return "Write on which day it was made: a day that has been", "on"
    document = wish.document
    if document is not None and not document.title.strip():
        return "Say what the document is called", "title"
    if document is not None and document.url.strip() and not is_web_address(document.url.strip()):
        return "Write the whole address: it begins with https:// and names no user", "url"
    return None if text else ("Say who made it, and where it is found", "text")


def read_pack_page(
    connection: Connection, parts: WebParts, task_id: str, visitor: Visitor, now_ms: int
) -> tuple[WorklistRow, PackShown, PersonShown, Ground | None] | None:
    """Return a task's row, its pack, its person, and whether this visitor's role works on them; None without a task."""
    story = task_story.story(connection, task_id, Lists(now_ms, actor=visitor.name))
    if story is None:
        return None
    row, access = story.row, visitor.may("worklist")
    people = people_shown(connection, parts.data_keys, [row.patient_key], access, now_ms)
    person = people.get(row.patient_key, UNKNOWN)
    found = pack_shown(connection, parts, row.fact, person, access, now_ms)
    return row, found, person, ground(connection, parts, visitor, row.person_id, now_ms)


@router.get("/tasks/{task_id}/pack")
async def pack_page(request: Request, visitor: Seeing, task_id: str) -> Response:
    """The checklist with its forms."""
    return await _page(request, visitor, task_id, _Filled())


@router.post("/tasks/{task_id}/pack/{act}")
async def do_pack(
    request: Request, visitor: Acting, task_id: str, act: str, form: Annotated[PackForm, Form()]
) -> Response:
    """Act; where that cannot be, show the pack as it is now, and what was typed."""
    name = next((one for one in PACK_ACTS if one == act), None)
    if name is None:
        raise HTTPException(404)
    items = tuple(one for one in form.items if one)
    doing = do_pack_act(
        request, visitor, task_id, form.version, PackWish(name, items, form.reason, form.text)
    )
    error, status = await tried(doing, _CHOOSE)
    if not error:
        return RedirectResponse(f"/tasks/{task_id}/pack?done={act}", 303)
    return await _page(request, visitor, task_id, _Filled(act, items, form.reason, form.text, error, status))


@router.get("/tasks/{task_id}/assessment")
async def assessment_page(request: Request, visitor: Seeing, task_id: str) -> Response:
    """The assessments made in hospital, with the form that attaches one."""
    return await _page(request, visitor, task_id, _Filled(), "assessment.html")


@router.post("/tasks/{task_id}/assessment/{act}")
async def do_assessment(
    request: Request, visitor: Acting, task_id: str, act: str, form: Annotated[AssessmentForm, Form()]
) -> Response:
    """Attach one, say why another is needed, or take one back."""
    name = next((one for one in ASSESSMENT_ACTS if one == act), None)
    if name is None:
        raise HTTPException(404)
    pairs = (one.partition(":") for one in form.needs if one)
    needs = {domain: level for domain, _, level in pairs}
    wish = AssessmentWish(
        name, form.assessor, form.on, needs, form.number, form.reason, form.text, form.document
    )
    doing = do_assessment_act(request, visitor, task_id, form.version, wish)
    error, status, field = await tried_at(doing, "Choose who assessed, and what was found, from the lists")
    if not error:
        return RedirectResponse(f"/tasks/{task_id}/assessment?done={act}", 303)
    filled = _Filled(
        act,
        tuple(form.needs),
        form.reason,
        form.text,
        error,
        status,
        form.assessor,
        form.on,
        form.number,
        field,
        form.title,
        form.url,
        form.content_type,
    )
    return await _page(request, visitor, task_id, filled, "assessment.html")


async def _page(
    request: Request, visitor: Visitor, task_id: str, filled: _Filled, template: str = "pack.html"
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(
        connection: Connection,
    ) -> tuple[Around, tuple[WorklistRow, PackShown, PersonShown, Ground | None] | None]:
        around = pages.around(connection)
        return around, read_pack_page(connection, parts, task_id, visitor, around.now_ms)

    around, found = await parts.database.read(read)
    if found is None:
        raise HTTPException(404)
    row, pack, person, working = found
    why = reason_to_open(request, visitor, row.person_id, ground=working)
    await write_down(request, visitor, "task read", whom=row.person_id, why=why)
    return pages.show(
        request, template, visitor=visitor, around=around, row=row, pack=pack, person=person, filled=filled,
        domains=DISPLAYS[CARE_ACT_OUTCOME], levels=DISPLAYS[SELF_ASSESSMENT_LEVEL],
        content_types=CONTENT_TYPES,
        done=request.query_params.get("done", ""), status=filled.status,
    )  # fmt: skip

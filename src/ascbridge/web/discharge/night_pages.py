"""What is urgent, by the clock: the list of whoever is on duty, one matter with what to do about it, made for a phone.

Out of hours only what the table calls urgent is here, and only while the discharge team is closed. Everything that
somebody opens is written down with why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from ascbridge.access import Access
from ascbridge.discharge.acts.urgent_acts import URGENT_ACTS, UrgentWish
from ascbridge.discharge.deciding.duty import on_duty
from ascbridge.discharge.urgent import urgent_store
from ascbridge.discharge.urgent.urgent_list import may_open, urgent_list
from ascbridge.web.discharge.night_acts import do_urgent_act
from ascbridge.web.discharge.night_shown import ANSWER_WORDS, STATUS_COLOURS, STATUS_WORDS, matters_shown
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages, mark_of, refreshing, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.people.alike import alike
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.refusals import tried
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.deciding.duty import Duty
    from ascbridge.discharge.urgent.urgent_list import UrgentList
    from ascbridge.web.discharge.night_shown import MatterShown
    from ascbridge.web.layout import Around

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Visitor, Depends(Needs("night"))]
Acting = Annotated[Visitor, Depends(Needs("night", least=Access.full))]
DONE_WORDS = {
    "answer": "The answer is written down.",
    "ring": "It is written down who was rung.",
    "note": "Your note is written.",
    "settle": "It is settled.",
    "take-up": "You have taken up what the night wrote.",
    "say-urgent": "It stands on the list of what is urgent.",
}


class UrgentForm(BaseModel):
    """What an act's form sends: the version as shown, and what was chosen and written."""

    version: int = 0
    choice: str = ""
    reached: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Filled:
    """A form as somebody sent it: which act, and what is wrong with it."""

    act: str = ""
    choice: str = ""
    reached: str = ""
    text: str = ""
    error: str = ""
    status: int = 200


@router.get("/night")
async def night(request: Request, visitor: Seeing) -> Response:
    """What is urgent now, and what was dealt with lately."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)

    def read(connection: Connection) -> tuple[Around, UrgentList, tuple[MatterShown, ...]]:
        around = pages.around(connection)
        found = urgent_list(connection, parts.reference.lists, visitor.role, around.now_ms)
        shown = matters_shown(connection, parts, found.matters, visitor.may("night"), around.now_ms)
        return around, found, shown

    around, found, shown = await parts.database.read(read)
    mark = mark_of(around, found, shown)
    same = unchanged(request, around, mark)
    if same:
        return same
    if not refreshing(request):
        await write_down(request, visitor, "urgent matters read", why=why, result=f"{len(shown)} shown")
    people = {one.patient_key: one.person for one in shown}
    return pages.show(
        request, "night.html", visitor=visitor, around=around, mark=mark, duty=found.duty, found=found, shown=shown,
        alike=alike(people, [(one.patient_key, one.person_id) for one in shown]),
        status_words=STATUS_WORDS, status_colours=STATUS_COLOURS,
        not_agreed=len(list(parts.reference.lists.urgent(around.now_ms).not_agreed())),
    )  # fmt: skip


@router.get("/night/{matter_id}")
async def matter(request: Request, visitor: Seeing, matter_id: str) -> Response:
    """One urgent matter: who, what is asked, what to do, what was done."""
    return await _page(request, visitor, matter_id, _Filled())


@router.post("/night/{matter_id}/{act}")
async def act(
    request: Request, visitor: Acting, matter_id: str, act: str, form: Annotated[UrgentForm, Form()]
) -> Response:
    """Act; where somebody was quicker, show the matter as it is now, with what was typed."""
    name = next((one for one in URGENT_ACTS if one == act), None)
    if name is None:
        raise HTTPException(404)
    await _seen(request, visitor, matter_id)
    wish = UrgentWish(name, form.choice, form.reached == "yes", form.text)
    error, status = await tried(do_urgent_act(request, visitor, matter_id, form.version, wish))
    if not error:
        to_list = name == "take-up" and visitor.may("worklist")
        return RedirectResponse("/worklist" if to_list else f"/night/{matter_id}?done={name}", 303)
    filled = _Filled(act, form.choice, form.reached, form.text, error, status)
    return await _page(request, visitor, matter_id, filled)


async def _seen(request: Request, visitor: Visitor, matter_id: str) -> tuple[Around, Duty, MatterShown]:
    """Read a matter for this visitor. Raises 404 where there is none, or none that they see now."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Around, Duty, MatterShown | None]:
        around = pages.around(connection)
        lists = parts.reference.lists
        duty = on_duty(lists, around.now_ms)
        found = urgent_store.one(connection, matter_id)
        if found is None or not may_open(found, lists, visitor.role, around.now_ms):
            return around, duty, None
        (shown,) = matters_shown(connection, parts, [found], visitor.may("night"), around.now_ms)
        return around, duty, shown

    around, duty, shown = await parts.database.read(read)
    if shown is None:
        raise HTTPException(404)
    return around, duty, shown


async def _page(request: Request, visitor: Visitor, matter_id: str, filled: _Filled) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)
    around, duty, shown = await _seen(request, visitor, matter_id)
    mark = mark_of(around, duty, shown) if not filled.act else ""
    same = unchanged(request, around, mark) if mark else None
    if same:
        return same
    what = "urgent matter read again, live" if refreshing(request) else "urgent matter read"
    await write_down(request, visitor, what, whom=shown.person_id, why=why)
    return pages.show(
        request, "night_matter.html", visitor=visitor, around=around, mark=mark, duty=duty, shown=shown,
        filled=filled, rung=parts.reference.lists.urgent(around.now_ms).rung_words, answers=ANSWER_WORDS,
        status_words=STATUS_WORDS, status_colours=STATUS_COLOURS, status=filled.status,
        done=DONE_WORDS.get(request.query_params.get("done", ""), ""),
    )  # fmt: skip

"""The form with which a discharge worker enters a stay that no hospital sent anything about.

What was entered is kept as messages are, before the form is answered; the task follows from it. Whoever may be meant
already is shown first, so that nobody is entered who is on the list.
"""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.intake.doors.desk_door import NotKept
from ascbridge.web.discharge.joining_shown import PossibleShown
from ascbridge.web.discharge.stay_entry import (
    LIVES,
    EnterForm,
    enter,
    faults,
    task_entered,
    there_already,
    tidy,
)
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

router = APIRouter(include_in_schema=False)
Entering = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]


@router.get("/enter-stay")
async def enter_form(request: Request, visitor: Entering) -> Response:
    """An empty form."""
    parts: WebParts = request.app.state.parts
    form = EnterForm(once=secrets.token_urlsafe(18), at=parts.clock.now_ms())
    return _page(request, visitor, form, {})


@router.post("/enter-stay")
async def take_entry(request: Request, visitor: Entering, form: Annotated[EnterForm, Form()]) -> Response:
    """Keep it, or say what is wrong with it, or who may be meant already; what was written stays on the page."""
    parts: WebParts = request.app.state.parts
    form = tidy(form, parts.clock.now_ms())
    wrong = faults(form, parts)
    if wrong:
        return _page(request, visitor, form, wrong)
    why = reason_to_read(request, visitor)
    if not form.other and (found := await there_already(parts, visitor, form)):
        whom = " ".join(dict.fromkeys(one.person_id for one in found))
        await write_down(request, visitor, "stay to enter looked for", whom=whom, why=why)
        return _page(request, visitor, form, {}, found)
    try:
        await enter(request, visitor, form, why)
    except NotKept as fault:
        return _page(request, visitor, form, {"once": f"It is not kept: {fault}. Send it again"})
    return RedirectResponse(f"/enter-stay/{form.once}", 303)


@router.get("/enter-stay/{once}")
async def entered(request: Request, visitor: Entering, once: str) -> Response:
    """Go on to the task; where there is none yet, say that what was entered is kept."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    found = await parts.database.read(lambda connection: task_entered(connection, parts, once))
    if found is None:
        raise HTTPException(404)
    if found:
        return RedirectResponse(f"/tasks/{found}?done=entered", 303)
    waiting = pages.show(request, "entered.html", visitor=visitor, once=once)
    waiting.headers["Refresh"] = "2"
    return waiting


def _page(
    request: Request, visitor: Visitor, form: EnterForm, wrong: dict[str, str], found: list[PossibleShown] | None = None
) -> Response:  # fmt: skip
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    hospitals = parts.reference.lists.hospitals(parts.clock.now_ms())
    return pages.show(
        request, "enter_stay.html", visitor=visitor, form=form, wrong=wrong, found=found or [], hospitals=hospitals,
        lives=LIVES,
        status=422 if wrong else 409 if found else 200,
    )  # fmt: skip

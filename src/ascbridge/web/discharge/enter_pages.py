"""The form with which a discharge worker enters a stay that no hospital sent anything about.

What was entered is kept as messages are, before the form is answered; the task follows from it. Whoever may be meant
already is shown first, so that nobody is entered who is on the list.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy import select

from ascbridge.access import Access
from ascbridge.calendars import day_bounds
from ascbridge.discharge.decision import task_id as task_of
from ascbridge.discharge.joining import JOINED
from ascbridge.discharge.possible_stays import Look
from ascbridge.events.catalogue import SealedPatient
from ascbridge.events.envelope import Ref
from ascbridge.intake.desk_door import NotKept
from ascbridge.people import identities
from ascbridge.people.nhs_numbers import checks, standard
from ascbridge.storage.tables import spell, task
from ascbridge.web.discharge.joining_shown import PossibleShown, local_refs, possible_shown
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor
from ascbridge.web.wording import iso

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(include_in_schema=False)
Entering = Annotated[Visitor, Depends(Needs("desk", least=Access.full))]
FEED = "desk"
LIVES = {
    "": "Not known",
    "here": "In Coventry",
    "elsewhere": "In another council's area",
    "no-fixed-address": "They have no fixed address",
}
_STALE_MS = 12 * 3_600_000
_LONGEST = 200
_TAKEN_BEFORE_MS = 60_000


class EnterForm(BaseModel):
    """What the form sends. `once` is its own number, `at` when it was made (UTC ms): sent twice, it is one."""

    once: str = ""
    at: int = 0
    nhs_number: str = ""
    checked: str = ""
    family_name: str = ""
    given_names: str = ""
    birth_date: str = ""
    local_number: str = ""
    postcode: str = ""
    lives: str = ""
    council: str = ""
    site: str = ""
    ward: str = ""
    admitted_on: str = ""
    ready: str = ""
    expected_on: str = ""
    other: bool = False


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
    form = _tidy(form, parts.clock.now_ms())
    wrong = _faults(form, parts)
    if wrong:
        return _page(request, visitor, form, wrong)
    why = reason_to_read(request, visitor)
    if not form.other and (found := await _there_already(request, visitor, form)):
        whom = " ".join(dict.fromkeys(one.person_id for one in found))
        await write_down(request, visitor, "stay to enter looked for", whom=whom, why=why)
        return _page(request, visitor, form, {}, found)
    await write_down(request, visitor, "stay entered by hand", whom=form.once, why=why)
    try:
        await parts.enter(_entry(form))
    except NotKept as fault:
        return _page(request, visitor, form, {"once": f"It is not kept: {fault}. Send it again"})
    parts.wake()
    return RedirectResponse(f"/enter-stay/{form.once}", 303)


@router.get("/enter-stay/{once}")
async def entered(request: Request, visitor: Entering, once: str) -> Response:
    """Go on to the task; where there is none yet, say that what was entered is kept."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    found = await parts.database.read(lambda connection: _task(connection, parts, once))
    if found is None:
        raise HTTPException(404)
    if found:
        return RedirectResponse(f"/tasks/{found}?done=entered", 303)
    waiting = pages.show(request, "entered.html", visitor=visitor, once=once)
    waiting.headers["Refresh"] = "2"
    return waiting


def _task(connection: Connection, parts: WebParts, once: str) -> str | None:
    """Return the id of the task of what was entered; empty: not there yet; None: nothing was entered so."""
    profile = parts.profiles[FEED]
    ref = Ref("spell", profile.feed.authority, once)
    key = identities.known(connection, parts.keyring, [ref]).get(ref)
    if key is None:
        return None
    s, generation = spell.c, parts.desk.generation
    row = connection.execute(
        select(s.decision, s.explanation).where(s.generation == generation, s.spell_key == key)
    ).first()
    if row is not None and row.decision == JOINED:
        key = str(orjson.loads(row.explanation)["into"])
    wanted = select(task.c.task_id).where(task.c.generation == generation, task.c.task_id == task_of(key))
    return connection.scalar(wanted) or ""


async def _there_already(request: Request, visitor: Visitor, form: EnterForm) -> list[PossibleShown]:
    parts: WebParts = request.app.state.parts
    refs = local_refs(parts, form.site, form.local_number)
    who = SealedPatient(
        nhs_number=form.nhs_number,
        family_name=form.family_name,
        given_names=tuple(form.given_names.split()),
        birth_date=form.birth_date,
    )
    days = day_bounds(form.at)

    def read(connection: Connection) -> list[PossibleShown]:
        return possible_shown(connection, parts, visitor, Look(who, local=refs), days)

    return await parts.database.read(read)


def _tidy(form: EnterForm, now_ms: int) -> EnterForm:
    texts = {
        name: " ".join(value.split())[:_LONGEST]
        for name, value in form.model_dump().items()
        if isinstance(value, str)
    }
    fresh = now_ms - _STALE_MS <= form.at <= now_ms + _TAKEN_BEFORE_MS
    texts["nhs_number"] = standard(texts["nhs_number"])
    return form.model_copy(update={**texts, "at": form.at if fresh else now_ms})


def _faults(form: EnterForm, parts: WebParts) -> dict[str, str]:
    """Return what is wrong, by field."""
    wrong: dict[str, str] = {}
    if not form.once:
        wrong["once"] = "This form was not made here: open it again"
    if form.nhs_number and not checks(form.nhs_number):
        wrong["nhs_number"] = "This is no NHS number: it does not check. Look again, or leave it empty"
    elif not form.nhs_number and not (form.family_name and form.birth_date and form.local_number):
        wrong["nhs_number"] = "Write the NHS number, or name, date of birth and the hospital's own number"
    for name in ("birth_date", "admitted_on", "expected_on"):
        said = getattr(form, name)
        if said and not _is_day(said):
            wrong[name] = "Write the day as 1941-03-14"
    if form.nhs_number and form.checked not in {"yes", "no"}:
        wrong["checked"] = "Say whether the number was checked"
    if form.checked == "yes" and not form.birth_date and "birth_date" not in wrong:
        wrong["birth_date"] = "A number is checked against a date of birth: write it"
    if form.lives not in LIVES:
        wrong["lives"] = "Choose one of the list"
    if form.site not in parts.reference.lists.hospitals(form.at).by_site:
        wrong["site"] = "Choose one of the list"
    if form.ready not in {"yes", "no"}:
        wrong["ready"] = "Say whether they are ready to leave"
    return wrong


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _entry(form: EnterForm) -> bytes:
    """Return the entry as the source `desk_entries` reads it: the same bytes for the same form."""
    said: dict[str, Any] = {
        "id": form.once,
        "entered": iso(form.at),
        "person": {
            "nhs_number": form.nhs_number,
            "checked": form.checked == "yes",
            "family_name": form.family_name,
            "given_names": form.given_names.split(),
            "birth_date": form.birth_date,
            "local_number": form.local_number,
            "postcode": form.postcode.upper()[:10],
            "lives": form.lives,
            "council": form.council,
        },
        "site": form.site,
        "ward": form.ward,
        "admitted_on": form.admitted_on,
        "ready": form.ready == "yes",
        "expected_on": form.expected_on,
    }
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


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

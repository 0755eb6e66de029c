"""Opening a record without a relationship, and the queue in which somebody looks at each of those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.relationship.duty_contacts import CALLERS, end_of_shift
from ascbridge.relationship.openings import OUTCOMES, NoSuchOpening, ReviewRefused
from ascbridge.web.doorbook import write_down
from ascbridge.web.purpose import breaks_glass, ground, local_path, reason_to_read
from ascbridge.web.record import opening_acts
from ascbridge.web.record.opening_acts import OPENING_REASONS, NoSuchPerson
from ascbridge.web.refusals import NothingChosen
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.relationship.grounds import Ground
    from ascbridge.web.layout import Pages
    from ascbridge.web.parts import WebParts

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, Depends(Needs("person", least=Access.full))]
Taking = Annotated[Visitor, Depends(Needs("take-contact", least=Access.full))]
Looking = Annotated[Visitor, Depends(Needs("openings"))]
Reviewing = Annotated[Visitor, Depends(Needs("openings", least=Access.full))]
Text = Annotated[str, Form()]
QUEUE = "/opened-without-relationship"


@router.get("/people/{person_id}/open")
async def ask(request: Request, visitor: Reading, person_id: str, next: str = "") -> Response:
    """Ask why, of whoever nothing known connects with this person. Nothing of the person is shown here."""
    parts: WebParts = request.app.state.parts
    there = local_path(next or f"/people/{person_id}")
    if not breaks_glass(visitor):
        return RedirectResponse(f"/reason?{urlencode({'next': there, 'about': person_id})}", 303)

    def read(connection: Connection) -> Ground | None:
        return ground(connection, parts, visitor, person_id, parts.clock.now_ms())

    if await parts.database.read(read) is not None:
        return RedirectResponse(there, 303)
    return _ask_page(request, visitor, person_id, there)


@router.post("/people/{person_id}/open")
async def open_without(
    request: Request, visitor: Reading, person_id: str, reason: Text = "", words: Text = "", next: Text = "/"
) -> Response:
    """Open the record for a while; the row waits for somebody to look at it."""
    if not breaks_glass(visitor):
        raise HTTPException(409, "Your role says why by itself; nothing was opened")
    try:
        await opening_acts.open_without(request, visitor, person_id, reason, words)
    except NothingChosen as fault:
        typed = {"reason": reason, "words": words}
        return _ask_page(request, visitor, person_id, next, typed, {fault.field: str(fault)})
    except NoSuchPerson:
        raise HTTPException(404) from None
    return RedirectResponse(local_path(next), 303)


@router.post("/people/{person_id}/contact")
async def take_contact(
    request: Request, visitor: Taking, person_id: str, caller: Text = "", about: Text = "", next: Text = "/"
) -> Response:
    """Write down who got in touch about this person: until the shift ends, that is why the record may be opened."""
    try:
        await opening_acts.take_contact(request, visitor, person_id, caller, about)
    except NothingChosen as fault:
        typed = {"caller": caller, "about": about}
        return _ask_page(request, visitor, person_id, next, typed, {fault.field: str(fault)})
    except NoSuchPerson:
        raise HTTPException(404) from None
    return RedirectResponse(local_path(next), 303)


@router.get(QUEUE)
async def queue(request: Request, visitor: Looking) -> Response:
    """What was opened without a relationship and waits for somebody to look at it."""
    return await _queue_page(request, visitor)


@router.post(QUEUE + "/{opening_id}")
async def review(
    request: Request, visitor: Reviewing, opening_id: str, outcome: Text = "", words: Text = ""
) -> Response:
    """Say what came of looking at one."""
    try:
        await opening_acts.review(request, visitor, opening_id, outcome, words)
    except NoSuchOpening:
        raise HTTPException(404) from None
    except ReviewRefused as fault:
        typed = {"id": opening_id, "outcome": outcome, "words": words, "error": str(fault).capitalize()}
        return await _queue_page(request, visitor, typed)
    return RedirectResponse(f"{QUEUE}?done=reviewed", 303)


async def _queue_page(request: Request, visitor: Visitor, failed: dict[str, str] | None = None) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    why = reason_to_read(request, visitor)

    def read(connection: Connection) -> tuple[Any, Any]:
        around = pages.around(connection)
        return around, opening_acts.queue(connection, parts, visitor, around.now_ms)

    around, (tally, waiting, reviewed) = await parts.database.read(read)
    await write_down(
        request, visitor, "openings without a relationship read", why=why, result=f"{len(waiting)} wait"
    )
    return pages.show(
        request, "openings.html", visitor=visitor, around=around, tally=tally, waiting=waiting, reviewed=reviewed,
        outcomes=OUTCOMES, failed=failed or {}, done=request.query_params.get("done", ""),
        may_review=visitor.may("openings") is Access.full, rules=parts.settings.relationship,
        status=422 if failed else 200,
    )  # fmt: skip


def _ask_page(
    request: Request,
    visitor: Visitor,
    person_id: str,
    next: str,
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    rules = parts.settings.relationship
    return pages.show(
        request, "open_anyway.html", visitor=visitor, person_id=person_id, next=local_path(next), typed=typed or {},
        wrong=wrong or {}, reasons=OPENING_REASONS, callers=CALLERS, rules=rules,
        takes_contacts=bool(visitor.may("take-contact")),
        shift_ends_ms=end_of_shift(parts.clock.now_ms(), rules.shift_ends), status=422 if wrong else 200,
    )  # fmt: skip

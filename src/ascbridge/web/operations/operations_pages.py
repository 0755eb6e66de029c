"""The operations pages: feeds and ledger, what does not flow, one message's trail, and sending again. Never
any content.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.events.handlers.dead_letters import NoDeadLetter
from ascbridge.events.ledgers import hour_findings
from ascbridge.intake.keeping import arrivals, number_gaps
from ascbridge.intake.reading import mendings
from ascbridge.operations.flowing import balance, flows, held_and_dead
from ascbridge.operations.mending import replay
from ascbridge.operations.tracing import trace
from ascbridge.record.refused import refusals
from ascbridge.web.doorbook import acting
from ascbridge.web.layout import Pages, mark_of, unchanged
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]


@router.get("/operations")
async def overview(request: Request, visitor: Looking) -> Response:
    """Feeds, ledger, readers, and what does not flow."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> dict[str, Any]:
        around = pages.around(connection)
        return {
            "around": around,
            "rates": flows.rates(connection, around.now_ms),
            "quiet": arrivals.quiet(connection),
            "never_came": number_gaps.noticed(connection, around.now_ms - number_gaps.SHOWN_MS),
            "ledgers": balance.ledgers(connection, tuple(feed.name for feed in parts.feeds)),
            "readers": flows.readers(connection),
            "to_publish": flows.people_to_publish(connection),
            "held": held_and_dead.held_groups(connection),
            "dead": held_and_dead.dead_groups(connection),
            "refusals": refusals(connection),
            "missing": hour_findings.still_missing(connection),
        }

    values = await parts.database.read(read)
    around = values.pop("around")
    mark = mark_of(around, *values.values())
    return unchanged(request, around, mark) or pages.show(
        request,
        "operations.html",
        visitor=visitor,
        around=around,
        mark=mark,
        titles={feed.name: feed.title for feed in parts.feeds},
        meanings=balance.MEANINGS,
        what_to_do=held_and_dead.what_to_do,
        **values,
    )


@router.get("/operations/dead-letters/{dead_id}")
async def letter(request: Request, visitor: Looking, dead_id: str) -> Response:
    """One dead letter, with the two things that can be done about it."""
    return await _letter_page(request, visitor, dead_id)


@router.post("/operations/dead-letters/{dead_id}/send-again")
async def send_again(request: Request, visitor: Mending, dead_id: str) -> Response:
    """Put it back into its person's line."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    who = acting(request, visitor)
    try:
        await parts.database.write(lambda c: replay.send_again(c, dead_id, who, now_ms))
    except NoDeadLetter:
        return await _letter_page(request, visitor, dead_id, late=True)
    parts.wake()
    return RedirectResponse(f"/operations/dead-letters/{dead_id}?done=sent", 303)


@router.post("/operations/dead-letters/{dead_id}/dismiss")
async def dismiss(
    request: Request, visitor: Mending, dead_id: str, why: Annotated[str, Form()] = ""
) -> Response:
    """Close it for good, with a reason."""
    parts: WebParts = request.app.state.parts
    reason = " ".join(why.split())[:200]
    if not reason:
        return await _letter_page(
            request, visitor, dead_id, errors={"why": "Say why it is not to be sent again"}
        )
    now_ms = parts.clock.now_ms()
    who = replace(acting(request, visitor), why=reason)
    try:
        await parts.database.write(lambda c: replay.give_up(c, dead_id, who, now_ms))
    except NoDeadLetter:
        return await _letter_page(request, visitor, dead_id, late=True)
    return RedirectResponse(f"/operations/dead-letters/{dead_id}?done=dismissed", 303)


@router.get("/operations/confirm")
async def confirm(request: Request, visitor: Mending, act: str, consumer: str, cause: str) -> Response:
    """Ask before everybody who is held for one cause is tried again."""
    if act != "try-now":
        raise HTTPException(404)
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, count = await parts.database.read(
        lambda c: (pages.around(c), len(held_and_dead.held_people(c, consumer, cause)))
    )
    return pages.show(
        request, "confirm.html", visitor=visitor, around=around, consumer=consumer, cause=cause, count=count
    )


@router.post("/operations/confirm")
async def confirmed(
    request: Request,
    visitor: Mending,
    act: Annotated[str, Form()],
    consumer: Annotated[str, Form()],
    cause: Annotated[str, Form()],
) -> Response:
    """Try everybody with that cause now."""
    if act != "try-now":
        raise HTTPException(404)
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    who = acting(request, visitor)
    done = await parts.database.write(lambda c: replay.try_held_now(c, consumer, cause, who, now_ms))
    parts.wake()
    return RedirectResponse(f"/operations?done={act}&count={done}", 303)


@router.get("/operations/refused")
async def refused(request: Request, visitor: Looking) -> Response:
    """What was refused lately, and why."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found = await parts.database.read(
        lambda c: (around := pages.around(c), trace.refused(c, around.now_ms))
    )
    return pages.show(request, "refused.html", visitor=visitor, around=around, found=found)


async def _letter_page(
    request: Request,
    visitor: Visitor,
    dead_id: str,
    *,
    errors: dict[str, str] | None = None,
    late: bool = False,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Any, ...]:
        found = held_and_dead.dead_letter_of(connection, dead_id)
        if found is None or not found.message_id:
            return pages.around(connection), found, None, ()
        fault = parts.mender.fault(connection, found.message_id) if found.state == "open" else None
        return pages.around(connection), found, fault, mendings.of_message(connection, found.message_id)

    around, found, fault, changes = await parts.database.read(read)
    if found is None:
        raise HTTPException(404)
    return pages.show(
        request, "dead_letter.html", visitor=visitor, around=around, letter=found, errors=errors or {},
        fault=fault, changes=changes, late=late, what_to_do=held_and_dead.what_to_do,
        status=422 if errors else 409 if late else 200,
    )  # fmt: skip

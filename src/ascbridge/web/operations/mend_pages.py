"""The pages on which a message that could not be read is opened, changed, tried out, and made to take effect.

It is opened with a reason, which is audited. What names anybody is shown by its shape alone, to everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.intake.reading import mendings
from ascbridge.operations.flowing import held_and_dead
from ascbridge.operations.mending.foreseeing import Foreseen
from ascbridge.operations.mending.mend import CannotMend
from ascbridge.web.layout import Pages
from ascbridge.web.operations.api_mending import actor, try_out
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from ascbridge.people.actor import Actor

router = APIRouter(include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
ROWS = 4
"""How many places can be changed at once in the form; in the text, all."""


@router.get("/operations/dead-letters/{dead_id}/mend")
async def ask_why(request: Request, visitor: Mending, dead_id: str) -> Response:
    """Ask why the message is to be opened."""
    return await _why_page(request, visitor, dead_id)


@router.post("/operations/dead-letters/{dead_id}/mend")
async def opened(
    request: Request, visitor: Mending, dead_id: str, why: Annotated[str, Form()] = ""
) -> Response:
    """Open it, and show what can be changed."""
    return await _form_page(request, visitor, dead_id, _line(why))


@router.post("/operations/dead-letters/{dead_id}/mend/try")
async def tried(request: Request, visitor: Mending, dead_id: str) -> Response:
    """Try a change out, and go to what it would do. Nothing takes effect."""
    parts: WebParts = request.app.state.parts
    form = {name: str(value) for name, value in (await request.form()).items()}
    why, who = _line(form.get("why", "")), actor(request, visitor)
    change = form.get("text", "") if form.get("how") == "text" else _values(form)
    try:
        made = await try_out(parts, dead_id, change, who, why)
    except CannotMend as fault:
        return await _form_page(request, visitor, dead_id, why, form=form, error=str(fault))
    return RedirectResponse(f"/operations/changes/{made}", 303)


@router.get("/operations/changes")
async def waiting(request: Request, visitor: Looking) -> Response:
    """The changes to messages that wait for somebody to agree."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found = await parts.database.read(lambda c: (pages.around(c), mendings.waiting(c)))
    return pages.show(request, "mendings.html", visitor=visitor, around=around, found=found)


@router.get("/operations/changes/{mending_id}")
async def mending(request: Request, visitor: Looking, mending_id: str, done: str = "") -> Response:
    """One change: where, why, what would follow, and what became of it."""
    return await _mending_page(request, visitor, mending_id, done=done)


@router.post("/operations/changes/{mending_id}/take-effect")
async def take_effect(request: Request, visitor: Mending, mending_id: str) -> Response:
    """Let it take effect, where what was said still holds."""
    parts: WebParts = request.app.state.parts
    answer = await _decide(
        request, visitor, mending_id, lambda c, who, now_ms: parts.mender.take_effect(c, mending_id, who, now_ms)
    )  # fmt: skip
    parts.wake()
    return answer


@router.post("/operations/changes/{mending_id}/try-again")
async def try_again(request: Request, visitor: Mending, mending_id: str) -> Response:
    """Try it out again, against how everything stands now."""
    parts: WebParts = request.app.state.parts

    def again(connection: Connection, who: Actor, now_ms: int) -> str:
        parts.mender.try_again(connection, mending_id, who, now_ms)
        return "tried"

    return await _decide(request, visitor, mending_id, again)


@router.post("/operations/changes/{mending_id}/refuse")
async def refuse(
    request: Request, visitor: Mending, mending_id: str, why: Annotated[str, Form()] = ""
) -> Response:
    """Refuse it, or take one's own back, with a reason."""
    parts: WebParts = request.app.state.parts

    def refused(connection: Connection, who: Actor, now_ms: int) -> str:
        parts.mender.refuse(connection, mending_id, who, _line(why), now_ms)
        return "refused"

    return await _decide(request, visitor, mending_id, refused)


async def _decide(
    request: Request, visitor: Visitor, mending_id: str, act: Callable[[Connection, Actor, int], str]
) -> Response:
    parts: WebParts = request.app.state.parts
    who, now_ms = actor(request, visitor), parts.clock.now_ms()
    try:
        done = await parts.database.write(lambda c: act(c, who, now_ms))
    except mendings.NoMending:
        return await _mending_page(request, visitor, mending_id, error="This was decided already")
    except CannotMend as fault:
        return await _mending_page(request, visitor, mending_id, error=str(fault))
    return RedirectResponse(f"/operations/changes/{mending_id}?done={done}", 303)


async def _why_page(request: Request, visitor: Visitor, dead_id: str, *, error: str = "") -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, letter = await parts.database.read(
        lambda c: (pages.around(c), held_and_dead.dead_letter_of(c, dead_id))
    )
    if letter is None:
        raise HTTPException(404)
    return pages.show(
        request, "mend_why.html", visitor=visitor, around=around, letter=letter, error=error,
        status=422 if error else 200,
    )  # fmt: skip


async def _form_page(
    request: Request,
    visitor: Visitor,
    dead_id: str,
    why: str,
    *,
    form: Mapping[str, str] | None = None,
    error: str = "",
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    who, now_ms = actor(request, visitor), parts.clock.now_ms()

    def read(connection: Connection) -> tuple[Any, ...]:
        found = parts.mender.open(connection, dead_id, who, why, now_ms)
        return found, parts.mender.fault(connection, found.letter.message_id), pages.around(connection)

    try:
        found, fault, around = await parts.database.write(read)
    except CannotMend as cannot:
        return await _why_page(request, visitor, dead_id, error=error or str(cannot))
    first = {"place_0": fault.place} if fault is not None and "-" in fault.place + "$" else {}
    return pages.show(
        request, "mend.html", visitor=visitor, around=around, letter=found.letter, parts=found.parts,
        text=(form or {}).get("text") or found.text, why=why, fault=fault, values=form or first, rows=range(ROWS),
        error=error, status=422 if error else 200,
    )  # fmt: skip


async def _mending_page(
    request: Request, visitor: Visitor, mending_id: str, *, done: str = "", error: str = ""
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    try:
        around, one = await parts.database.read(lambda c: (pages.around(c), mendings.of(c, mending_id)))
    except mendings.NoMending:
        raise HTTPException(404) from None
    who = actor(request, visitor)
    return pages.show(
        request, "mending.html", visitor=visitor, around=around, one=one, said=Foreseen.from_json(one.foreseen),
        done=done, error=error, needs_another=bool(one.about_whom) and who.may_be(one.made_by, one.made_in),
        own=who.may_be(one.made_by, one.made_in), status=422 if error else 200,
    )  # fmt: skip


def _values(form: Mapping[str, str]) -> dict[str, str]:
    rows = ((form.get(f"place_{row}", "").strip(), form.get(f"value_{row}", "")) for row in range(ROWS))
    return {place: value for place, value in rows if place and value}


def _line(text: str) -> str:
    return " ".join(text.split())[:200]

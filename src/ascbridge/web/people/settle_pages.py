"""People to settle: NHS numbers in quarantine, what waits for a second person, links, restrictions, objections,
erasing.

The list names nobody. Who opens a person, a number or a request says why, and it is written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import Access
from ascbridge.people import matching_table, requests
from ascbridge.people.links import DecisionRefused
from ascbridge.people.requests import NoSuchRequest, RequestRefused
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.people import settle_shown
from ascbridge.web.people.settle_acts import SETTLE_ACTS, Decision, settle
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.refusals import NothingChosen
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.web.people.settle_acts import SettleAct

router = APIRouter(prefix="/settle", include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("settle"))]
Deciding = Annotated[Visitor, Depends(Needs("settle", least=Access.full))]
Text = Annotated[str, Form()]
_OF_PERSON = ("lift", "erase", "part", "join", "object", "share")


@router.get("")
async def to_settle(request: Request, visitor: Looking) -> Response:
    """What waits for a person."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, found = await parts.database.read(lambda c: (pages.around(c), settle_shown.to_settle(c)))
    return pages.show(
        request, "settle.html", visitor=visitor, around=around, found=found,
        done=request.query_params.get("done", ""),
    )  # fmt: skip


@router.get("/matching")
async def matching(request: Request, visitor: Looking) -> Response:
    """The matching table: when two records are one person. It is about nobody."""
    pages: Pages = request.app.state.pages
    around = await request.app.state.parts.database.read(pages.around)
    return pages.show(
        request, "settle_matching.html", visitor=visitor, around=around, rows=matching_table.rows()
    )


@router.get("/people/{person_id}")
async def person(request: Request, visitor: Looking, person_id: str) -> Response:
    """One person, their records, and what can be decided about them."""
    return await _person_page(request, visitor, person_id)


@router.post("/people/{person_id}/{act}")
async def decide_on_person(
    request: Request, visitor: Deciding, person_id: str, act: str, why: Text = "", choice: Text = ""
) -> Response:
    """Ask for a restriction to be lifted or a person to be erased; part or join records; write down an objection."""
    name = _act(act, *_OF_PERSON)
    try:
        done = await settle(request, visitor, Decision(name, person_id, why, choice.strip()))
    except (NothingChosen, RequestRefused, DecisionRefused) as fault:
        failed = {
            "act": act,
            "error": str(fault),
            "why": why,
            "choice": choice,
            "status": _status(fault),
            "at": _field(fault),
        }
        return await _person_page(request, visitor, person_id, failed)
    where = f"/settle/requests/{done}" if name in {"lift", "erase"} else "/settle"
    return RedirectResponse(f"{where}?done={name}", 303)


@router.get("/numbers/{patient_key}")
async def number(request: Request, visitor: Looking, patient_key: str) -> Response:
    """One number in quarantine, with both persons' records."""
    return await _number_page(request, visitor, patient_key)


@router.post("/numbers/{patient_key}")
async def decide_on_number(
    request: Request, visitor: Deciding, patient_key: str, why: Text = "", choice: Text = ""
) -> Response:
    """Say whose the number is."""
    try:
        await settle(request, visitor, Decision("number", patient_key, why, choice))
    except (NothingChosen, DecisionRefused) as fault:
        failed = {
            "error": str(fault),
            "why": why,
            "choice": choice,
            "status": _status(fault),
            "at": _field(fault),
        }
        return await _number_page(request, visitor, patient_key, failed)
    return RedirectResponse("/settle?done=number", 303)


@router.get("/pairs/{patient_key}/{other_key}")
async def pair(request: Request, visitor: Looking, patient_key: str, other_key: str) -> Response:
    """Two persons who may be one, side by side."""
    return await _pair_page(request, visitor, patient_key, other_key)


@router.post("/pairs/{patient_key}/{other_key}")
async def decide_on_pair(
    request: Request, visitor: Deciding, patient_key: str, other_key: str, why: Text = "", choice: Text = ""
) -> Response:
    """Say whether they are one person or two."""
    try:
        await settle(request, visitor, Decision("pair", f"{patient_key} {_other(other_key)}", why, choice))
    except (NothingChosen, DecisionRefused) as fault:
        failed = {
            "error": str(fault),
            "why": why,
            "choice": choice,
            "status": _status(fault),
            "at": _field(fault),
        }
        return await _pair_page(request, visitor, patient_key, other_key, failed)
    return RedirectResponse(f"/settle?done={'join' if choice == 'one-person' else 'pair'}", 303)


@router.get("/requests/{request_id}")
async def asked(request: Request, visitor: Looking, request_id: str) -> Response:
    """One request, who asked it and why, and the person it is about."""
    return await _request_page(request, visitor, request_id)


@router.post("/requests/{request_id}/{act}")
async def decide_on_request(
    request: Request, visitor: Deciding, request_id: str, act: str, why: Text = ""
) -> Response:
    """Approve it as a second person, or refuse it."""
    name = _act(act, "approve", "refuse")
    try:
        await settle(request, visitor, Decision(name, request_id, why))
    except NoSuchRequest:
        raise HTTPException(404) from None
    except (NothingChosen, RequestRefused) as fault:
        failed = {"act": act, "error": str(fault), "why": why, "status": _status(fault)}
        return await _request_page(request, visitor, request_id, failed)
    return RedirectResponse(f"/settle/requests/{request_id}?done={name}", 303)


async def _person_page(
    request: Request, visitor: Visitor, person_id: str, failed: dict[str, Any] | None = None
) -> Response:
    parts: WebParts = request.app.state.parts

    def find(connection: Connection, now_ms: int) -> Any:
        return settle_shown.person_to_settle(connection, parts, person_id, visitor.may("settle"), now_ms)

    return await _page(request, visitor, "settle_person.html", find, person_id, failed)


async def _number_page(
    request: Request, visitor: Visitor, patient_key: str, failed: dict[str, Any] | None = None
) -> Response:
    parts: WebParts = request.app.state.parts

    def find(connection: Connection, now_ms: int) -> Any:
        return settle_shown.number_to_settle(connection, parts, patient_key, visitor.may("settle"), now_ms)

    return await _page(request, visitor, "settle_number.html", find, patient_key, failed)


async def _pair_page(
    request: Request, visitor: Visitor, one: str, other: str, failed: dict[str, Any] | None = None
) -> Response:
    parts: WebParts = request.app.state.parts
    both = (one, _other(other))

    def find(connection: Connection, now_ms: int) -> Any:
        return settle_shown.pair_to_settle(connection, parts, both, visitor.may("settle"), now_ms)

    return await _page(request, visitor, "settle_pair.html", find, " ".join(both).strip(), failed)


async def _request_page(
    request: Request, visitor: Visitor, request_id: str, failed: dict[str, Any] | None = None
) -> Response:
    parts: WebParts = request.app.state.parts

    def read(connection: Connection) -> requests.Request:
        return requests.find(connection, request_id)

    try:
        asked = await parts.database.read(read)
    except NoSuchRequest:
        raise HTTPException(404) from None

    def find(connection: Connection, now_ms: int) -> Any:
        access = visitor.may("settle")
        return asked, settle_shown.person_to_settle(connection, parts, asked.person_id, access, now_ms)

    return await _page(request, visitor, "settle_request.html", find, asked.person_id, failed)


async def _page(
    request: Request,
    visitor: Visitor,
    template: str,
    find: Callable[[Connection, int], Any],
    whom: str,
    failed: dict[str, Any] | None,
) -> Response:
    """Show something about a person, once it is written down who looks, and why."""
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> tuple[Any, Any]:
        around = pages.around(connection)
        return around, find(connection, around.now_ms)

    around, found = await parts.database.read(read)
    if found is None:
        raise HTTPException(404)
    why = reason_to_read(request, visitor)
    await write_down(request, visitor, "records opened to settle", whom=whom, why=why)
    failed = failed or {}
    return pages.show(
        request, template, visitor=visitor, around=around, found=found, failed=failed,
        done=request.query_params.get("done", ""), may_decide=visitor.may("settle") is Access.full,
        status=failed.get("status", 200),
    )  # fmt: skip


def _act(name: str, *allowed: str) -> SettleAct:
    found = next((one for one in SETTLE_ACTS if one == name and one in allowed), None)
    if found is None:
        raise HTTPException(404)
    return found


def _other(key: str) -> str:
    """The other record's key; none where too many are like the first."""
    return "" if key == "many" else key


def _field(fault: Exception) -> str:
    """Where on the form the fault is: at why, or at what was chosen or written beside it."""
    return fault.field if isinstance(fault, NothingChosen | DecisionRefused) else "why"


def _status(fault: Exception) -> int:
    return 422 if isinstance(fault, NothingChosen) else 409

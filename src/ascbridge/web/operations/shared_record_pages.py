"""What the shared record outside did not take, and publishing people again: begin, watch, pause, go on, stop.

A person is an id here and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from ascbridge.access import Access
from ascbridge.events.handlers.run_states import ACTS
from ascbridge.record import refused, republishing
from ascbridge.record.republishing import WHATS, CannotRepublish
from ascbridge.web.doorbook import acting
from ascbridge.web.layout import Pages, mark_of, unchanged
from ascbridge.web.operations import api_republishing
from ascbridge.web.operations.api_republishing import RepublishIn
from ascbridge.web.parts import WebParts
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(prefix="/operations/shared-record", include_in_schema=False)
Looking = Annotated[Visitor, Depends(Needs("operations"))]
Mending = Annotated[Visitor, Depends(Needs("repair", least=Access.full))]
Text = Annotated[str, Form()]
HERE = "/operations/shared-record"


@router.get("")
async def shared_record(request: Request, visitor: Looking) -> Response:
    """Who was refused and why, and what is being published again."""
    return await _page(request, visitor)


@router.post("/send-again")
async def send_again(
    request: Request, visitor: Mending, sink: Text, cause: Text = "", person_id: Text = ""
) -> Response:
    """Try those of one cause, or one person, now."""
    parts: WebParts = request.app.state.parts
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    done = await parts.database.write(
        lambda c: refused.send_again(c, sink, cause, person_id.strip(), who, now_ms)
    )
    parts.wake()
    return RedirectResponse(f"{HERE}?sent={done}", 303)


@router.post("/runs")
async def begin(
    request: Request, visitor: Mending, whom: Text = "", named: Text = "", what: Text = "differing",
    per_second: Text = "20", why: Text = "",
) -> Response:  # fmt: skip
    """Begin publishing people again."""
    stated = {"whom": whom, "named": named, "what": what, "per_second": per_second, "why": why}
    choices: dict[str, dict[str, Any]] = {
        "everybody": {"everybody": True},
        "source": {"authority": named.strip()},
        "people": {"people": named.split()},
    }
    about = choices.get(whom, {})
    try:
        wanted = RepublishIn.model_validate(
            {**about, "what": what, "per_second": per_second, "why": why.strip()}
        )
    except ValidationError as fault:
        wrong = {str(one["loc"][0]) for one in fault.errors() if one["loc"]}
        error = "Enter 1 to 1,000 people a second" if "per_second" in wrong else "Say whom to publish again"
        return await _page(request, visitor, error, stated)
    try:
        begun = await api_republishing.begin(request, visitor, wanted)
    except HTTPException as fault:
        return await _page(request, visitor, str(fault.detail).capitalize(), stated)
    if begun.run is None:
        return await _page(request, visitor, "Nobody here is meant by that", stated)
    return RedirectResponse(f"{HERE}?done=begun", 303)


@router.post("/runs/{run_id}/{act}")
async def act_on(request: Request, visitor: Mending, run_id: str, act: str) -> Response:
    """Pause a run, let it go on, or end it."""
    parts: WebParts = request.app.state.parts
    wanted = next((one for one in ACTS if one == act), None)
    if wanted is None:
        raise HTTPException(404)
    who, now_ms = acting(request, visitor), parts.clock.now_ms()
    try:
        await parts.database.write(lambda c: republishing.act(c, run_id, wanted, who, now_ms))
    except CannotRepublish as fault:
        return await _page(request, visitor, str(fault).capitalize(), {})
    parts.wake()
    return RedirectResponse(f"{HERE}?done={wanted}", 303)


async def _page(
    request: Request, visitor: Visitor, error: str = "", stated: dict[str, str] | None = None
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages

    def read(connection: Connection) -> dict[str, Any]:
        return {
            "around": pages.around(connection),
            "refusals": refused.refusals(connection),
            "people": republishing.not_taken(connection),
            "runs": republishing.runs(connection),
        }

    values = await parts.database.read(read)
    around = values.pop("around")
    mark = mark_of(around, *values.values())
    same = unchanged(request, around, mark)
    if same and not error:
        return same
    sink = parts.settings.sink
    return pages.show(
        request, "shared_record.html", visitor=visitor, around=around, mark=mark, error=error, stated=stated or {},
        whats=[one for one in WHATS if one != "looked-at" or (sink.kind == "fhir" and sink.strategy != "message")],
        done=request.query_params.get("done", ""), sent=request.query_params.get("sent", ""),
        status=422 if error else 200, **values,
    )  # fmt: skip

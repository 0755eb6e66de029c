"""Answering a person who asks what is held of them: who asked is checked, why is written down, and a file is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from ascbridge.access import Access
from ascbridge.people.membership import keys_of
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.record.subject_access import NOT_HERE, subject_access
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(include_in_schema=False)
Answering = Annotated[Visitor, Depends(Needs("settle", least=Access.full))]
Text = Annotated[str, Form()]
_LONGEST = 120


@router.get("/people/{person_id}/subject-access")
async def ask(request: Request, visitor: Answering, person_id: str) -> Response:
    """Ask by which request, and whether it was checked who asks."""
    return await _page(request, visitor, person_id)


@router.post("/people/{person_id}/subject-access")
async def give(
    request: Request,
    visitor: Answering,
    person_id: str,
    reference: Text = "",
    checked: Text = "",
    form: Text = "file",
) -> Response:
    """Give the file, or the same as a page to print, once it is written down who took it and for which request."""
    parts: WebParts = request.app.state.parts
    said = " ".join(reference.split())[:_LONGEST]
    if not said or not checked:
        wrong = {} if said else {"reference": "Enter the number of the request"}
        wrong |= {} if checked else {"checked": "Say that you checked who asks"}
        return await _page(request, visitor, person_id, reference=said, wrong=wrong)
    reason_to_read(request, visitor)

    def read(connection: Connection) -> dict[str, Any] | None:
        return subject_access(connection, parts, person_id, parts.clock.now_ms())

    found = await parts.database.read(read)
    if found is None:
        raise HTTPException(404, "There is nothing of this person here.")
    await write_down(request, visitor, "subject access file given", whom=person_id, why=f"request {said}")
    if form == "page":
        pages: Pages = request.app.state.pages
        return pages.show(
            request,
            "subject_access_paper.html",
            visitor=visitor,
            found=found,
            person_id=person_id,
            reference=said,
        )
    name = f'attachment; filename="subject-access-{person_id[:12]}.json"'
    body = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    return Response(body, media_type="application/json", headers={"Content-Disposition": name})


async def _page(
    request: Request,
    visitor: Visitor,
    person_id: str,
    *,
    reference: str = "",
    wrong: dict[str, str] | None = None,
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around, known = await parts.database.read(
        lambda connection: (pages.around(connection), bool(keys_of(connection, [person_id])))
    )
    if not known:
        raise HTTPException(404, "There is no such person.")
    return pages.show(
        request, "subject_access.html", visitor=visitor, around=around, person_id=person_id, reference=reference,
        wrong=wrong or {}, not_here=NOT_HERE, status=422 if wrong else 200,
    )  # fmt: skip

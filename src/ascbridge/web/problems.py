"""What is said when something is refused or goes wrong: pages for people, problem+json (RFC 9457) and
OperationOutcome for programs.

No answer tells what is inside: an unexpected fault is told by a number that stands in the log beside it.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ascbridge.events.logs.faults import cause_of
from ascbridge.telemetry import log
from ascbridge.web.fhir_answers import outcome
from ascbridge.web.purpose import NeedsReason, ask
from ascbridge.web.visitors import NotSignedIn, known

if TYPE_CHECKING:
    from ascbridge.web.layout import Pages

_log = log("web")
_NO_PURPOSE = "State why: query parameter purpose, or header X-Purpose."
_NO_RELATIONSHIP = (
    "Nothing known connects you with this person. To open the record all the same say why, to /api/persons/{id}/open: "
    "that is looked at. Whoever takes contacts writes down who got in touch, to /api/persons/{id}/contacts."
)


class Problem(BaseModel):
    """Problem details (RFC 9457). `detail` is for people and holds no personal data."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    instance: str = ""


def _described(words: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {"description": words, "content": content}


ANSWERS: dict[int | str, dict[str, Any]] = {
    code: _described(words)
    for code, words in {
        400: "The request cannot be read, states no purpose, or nothing known connects the reader with the person",
        401: "No sign-in, or one that has ended",
        403: "The role may not",
        404: "Not here",
        409: "It changed since it was shown, or its state does not allow this",
        422: "Values that cannot be used",
    }.items()
}
"""What every route for programs may answer beside its own."""
UNAVAILABLE: dict[int | str, dict[str, Any]] = {503: _described("Not now: send the same again")}
"""What a route may answer besides that has something kept."""


def install(app: FastAPI) -> None:
    """Let every refusal and fault be answered in the manner of what was asked."""

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, fault: NotSignedIn) -> Response:
        if _for_programs(request):
            return answer(request, 401, fault.detail, headers=fault.headers)
        if "x-mark" in request.headers:
            return Response(status_code=401)
        why = "ended" if request.session.get("since") else ""
        return RedirectResponse(f"/sign-in?why={quote(why)}" if why else "/sign-in", 303)

    @app.exception_handler(NeedsReason)
    async def needs_reason(request: Request, fault: NeedsReason) -> Response:
        if _for_programs(request):
            return answer(request, 400, _NO_RELATIONSHIP if fault.relationship else _NO_PURPOSE)
        return ask(request, fault)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, fault: HTTPException) -> Response:
        detail = fault.detail if fault.detail != HTTPStatus(fault.status_code).phrase else ""
        return answer(request, fault.status_code, detail, headers=fault.headers)

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, fault: RequestValidationError) -> Response:
        said = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in fault.errors()]
        return answer(request, 422, "; ".join(said))

    @app.exception_handler(Exception)
    async def broken(request: Request, fault: Exception) -> Response:
        number = secrets.token_hex(4)
        _log.error("page failed", code=number, cause=cause_of(fault), path=_route(request))
        return answer(request, 500, f"Something went wrong here. Tell IT operations this number: {number}.")


def answer(
    request: Request, status: int, detail: str, *, headers: object = None, title: str = ""
) -> Response:
    """Answer with a problem, as a page or for a program, whichever was asked."""
    title = title or HTTPStatus(status).phrase
    extra = dict(headers) if isinstance(headers, dict) else None
    if request.url.path.startswith("/fhir"):
        return outcome(status, detail or title, extra)
    if _for_programs(request):
        problem = Problem(title=title, status=status, detail=detail, instance=request.url.path)
        return JSONResponse(
            problem.model_dump(), status, headers=extra, media_type="application/problem+json"
        )
    pages: Pages = request.app.state.pages
    page = pages.show(
        request,
        "problem.html",
        visitor=known(request),
        status=status,
        title=title,
        detail=detail,
        code=status,
    )
    page.headers.update(extra or {})
    return page


def _for_programs(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/fhir", "/health/", "/metrics", "/live")) and (
        request.url.path != "/api/docs"
    )


def _route(request: Request) -> str:
    """The route's own path, without the ids that this request put into it."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))

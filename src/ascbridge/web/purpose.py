"""Why somebody reads about a person: whoever works from a list of tasks does so for direct care, everybody else says it
once a session.

Who opens a person for whom there is no task, or none lately, is asked for that person: there is no legitimate
relationship to go by. Each reason is written into the audit beside the reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import or_, select

from ascbridge.access import Role, may
from ascbridge.discharge.pathway import CLOSED
from ascbridge.storage.tables import door_task, task
from ascbridge.web import visitors
from ascbridge.web.visitors import AnyRole, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from ascbridge.access import Section
    from ascbridge.web.layout import Pages

router = APIRouter(include_in_schema=False)
SignedIn = Annotated[Visitor, Depends(AnyRole())]

REASONS = (
    "Direct care of this person",
    "The person, or somebody who may, asked",
    "Checking how the system is used",
)
DIRECT_CARE = "direct care"
OWN_WORK: dict[Role, str] = {"discharge-team": "discharge task", "front-door": "front door task"}
"""Roles that have a list of tasks of their own, which is why they are here, and what such a task is called."""
LATELY_MS = 14 * 24 * 3_600_000
"""How long after a task was closed its team may still open the person: for follow-up and questions."""


class NeedsReason(Exception):
    """The reader must say why first. `about` is a person id, or empty for reading at all."""

    def __init__(self, about: str = "") -> None:
        super().__init__("say why first")
        self.about = about


def reason_to_read(request: Request, visitor: Visitor, stated: str = "") -> str:
    """Return why this visitor reads at all; a program states it with each request. Raises `NeedsReason`."""
    said = _stated(request, stated)
    if visitor.role in OWN_WORK:
        return said or DIRECT_CARE
    reason = said or visitors.reason_for(request, "")
    if not reason:
        raise NeedsReason
    return reason


def reason_to_open(
    request: Request, visitor: Visitor, person_id: str, *, at_work: bool, stated: str = ""
) -> str:
    """Return why this visitor opens a person; `at_work`: there is a task for them. Raises
    `NeedsReason`.
    """
    if at_work:
        reason = reason_to_read(request, visitor, stated)
        return f"{reason}, {OWN_WORK[visitor.role]}" if visitor.role in OWN_WORK else reason
    reason = _stated(request, stated) or visitors.reason_for(request, person_id)
    if not reason:
        raise NeedsReason(person_id)
    return f"no task: {reason}"


def at_work(connection: Connection, person_id: str, now_ms: int, role: str) -> bool:
    """Whether there is, or lately was, work for a person that this role sees: a reason to open the record."""
    kept: tuple[tuple[Section, Table], ...] = (("worklist", task), ("front-door", door_task))
    return any(
        may(role, section) and _worked_on(connection, of, person_id, now_ms - LATELY_MS)
        for section, of in kept
    )


def _worked_on(connection: Connection, of: Table, person_id: str, since_ms: int) -> bool:
    wanted = select(of.c.task_id).where(
        of.c.person_id == person_id, or_(of.c.status.not_in(CLOSED), of.c.closed_ms >= since_ms)
    )
    return connection.execute(wanted.limit(1)).first() is not None


def ask(request: Request, fault: NeedsReason) -> Response:
    """Send the reader to the page that asks."""
    there = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/reason?{urlencode({'next': there, 'about': fault.about})}", 303)


@router.get("/reason")
async def question(request: Request, visitor: SignedIn, next: str = "/", about: str = "") -> Response:
    """Ask why."""
    return _page(request, visitor, next, about)


@router.post("/reason")
async def answer(
    request: Request,
    visitor: SignedIn,
    next: Annotated[str, Form()] = "/",
    about: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    other: Annotated[str, Form()] = "",
) -> Response:
    """Keep the reason for this session and go on."""
    said = " ".join((other if reason == "other" else reason if reason in REASONS else "").split())
    if not said:
        error = "Say why in your own words" if reason == "other" else "Choose why you open this"
        return _page(request, visitor, next, about, error=error, reason=reason)
    visitors.keep_reason(request, about, said)
    if not visitors.reason_for(request, ""):
        visitors.keep_reason(request, "", said)
    return RedirectResponse(_local(next), 303)


def _page(
    request: Request, visitor: Visitor, next: str, about: str, *, error: str = "", reason: str = ""
) -> Response:
    pages: Pages = request.app.state.pages
    return pages.show(
        request, "reason.html", visitor=visitor, next=_local(next), about=about, reasons=REASONS,
        error=error, reason=reason, status=422 if error else 200,
    )  # fmt: skip


def _local(path: str) -> str:
    """Return a path on this site: a form must not be able to send somebody elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def _stated(request: Request, stated: str) -> str:
    """The purpose that a program states with its request."""
    return " ".join((stated or request.headers.get("x-purpose", "")).split())[:120]

"""Why somebody reads about a person: whoever works from a list of tasks does so for direct care, everybody else says it
once a session.

Who opens a person with whom nothing known connects them (`relationship.grounds`) opens without a relationship: they say
why, have the record for so long, and it is looked at. Each reason is written into the audit beside the reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from ascbridge.access import BEHIND_THE_WALL, TITLES, Access, Role
from ascbridge.relationship.grounds import Ground, Reader, ground_of
from ascbridge.web import visitors
from ascbridge.web.visitors import AnyRole, Visitor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.web.layout import Pages
    from ascbridge.web.parts import WebParts

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


class NeedsReason(Exception):
    """The reader must say why first. `about` is a person id, or empty for reading at all.

    `relationship` says that nothing is known that would let them open this person's record.
    """

    def __init__(self, about: str = "", *, relationship: bool = False) -> None:
        super().__init__("say why first")
        self.about = about
        self.relationship = relationship


def reason_to_read(request: Request, visitor: Visitor, stated: str = "") -> str:
    """Return why this visitor reads at all; a program states it with each request. Raises `NeedsReason`."""
    said = stated_purpose(request, stated)
    if visitor.role in OWN_WORK:
        return said or DIRECT_CARE
    reason = said or visitors.reason_for(request, "")
    if not reason:
        raise NeedsReason
    return reason


def reason_to_open(
    request: Request, visitor: Visitor, person_id: str, *, ground: Ground | None, stated: str = ""
) -> str:
    """Return why this visitor opens a person, whose record `ground` lets them open. Raises `NeedsReason`."""
    if ground is None:
        if breaks_glass(visitor):
            raise NeedsReason(person_id, relationship=True)
        reason = stated_purpose(request, stated) or visitors.reason_for(request, person_id)
        if not reason:
            raise NeedsReason(person_id)
        return f"no task: {reason}"
    if ground.kind == "task":
        reason = reason_to_read(request, visitor, stated)
        return f"{reason}, {OWN_WORK[visitor.role]}" if visitor.role in OWN_WORK else reason
    if ground.kind == "opening":
        return f"no relationship: {ground.words}"
    return f"{stated_purpose(request, stated) or DIRECT_CARE}, {ground.words}"


def breaks_glass(visitor: Visitor) -> bool:
    """Whether this visitor, without a relationship, opens a record only in a way that is looked at afterwards.

    Who is shown nobody's name answers for the rest. What roles of safeguarding open would tell the queue that there
    may be a concern: it is audited behind their wall, and looked at there.
    """
    return visitor.may("person") is Access.full and visitor.role not in BEHIND_THE_WALL


def reader_of(visitor: Visitor) -> Reader:
    """Return a visitor as relationships know them, with the teams that they are of."""
    teams = tuple(one for one in (visitor.team, TITLES[visitor.role]) if one)
    return Reader(visitor.name, visitor.role, visitor.sign_in, visitor.organisation, teams, visitor.employer)


def ground(
    connection: Connection, parts: WebParts, visitor: Visitor, person_id: str, now_ms: int
) -> Ground | None:
    """Return what lets this visitor open this person's record; None where nothing known does."""
    return ground_of(connection, parts.data_keys, reader_of(visitor), person_id, now_ms)


def ask(request: Request, fault: NeedsReason) -> Response:
    """Send the reader to the page that asks."""
    there = request.url.path if request.method == "GET" else "/"
    if fault.relationship:
        return RedirectResponse(f"/people/{fault.about}/open?{urlencode({'next': there})}", 303)
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
    return RedirectResponse(local_path(next), 303)


def _page(
    request: Request, visitor: Visitor, next: str, about: str, *, error: str = "", reason: str = ""
) -> Response:
    pages: Pages = request.app.state.pages
    return pages.show(
        request, "reason.html", visitor=visitor, next=local_path(next), about=about, reasons=REASONS,
        error=error, reason=reason, status=422 if error else 200,
    )  # fmt: skip


def local_path(path: str) -> str:
    """Return a path on this site: a form must not be able to send somebody elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def stated_purpose(request: Request, stated: str = "") -> str:
    """The purpose that a program states with its request; empty where it states none."""
    return " ".join((stated or request.headers.get("x-purpose", "")).split())[:120]

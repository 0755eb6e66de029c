"""Why somebody has no task, for people and for programs: asked with a reason, audited, answered in plain words.

The number comes in the body of a form and stands in no address; what the messages say is not told.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from ascbridge.operations.finding import find_whom, why_no_task
from ascbridge.operations.finding.find_whom import CannotLook, Whom
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import write_down
from ascbridge.web.layout import Pages
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import Needs, Visitor

router = APIRouter(include_in_schema=False)
api_router = APIRouter(prefix="/api/operations", tags=["operations"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("operations"))]


class About(BaseModel):
    """The page's form."""

    nhs_number: str = ""
    local_id: str = ""
    visit: str = ""
    authority: str = ""
    why: str = ""


class NoTaskIn(Model):
    """About whom somebody asks, and why."""

    nhs_number: str = Field("", max_length=20)
    local_id: str = Field("", max_length=100)
    visit: str = Field("", max_length=100)
    authority: str = Field("", max_length=100, description="Who gave local id or visit number; default: any")
    why: str = Field(min_length=3, max_length=200, description="Written into the audit")


class FindingOut(Model):
    """One thing that explains it: what is so, and what to do about it. `cause` is one of few words of ours."""

    cause: str
    words: str
    next_step: str
    link: str
    link_words: str
    at_ms: int | None


class NoTaskOut(Model):
    """All that explains it, and the newest messages about the person (their ids), which can be followed."""

    findings: list[FindingOut]
    messages: list[str]


@router.get("/operations/no-task")
async def ask(request: Request, visitor: Looking) -> Response:
    """Ask about whom, and why."""
    return await _page(request, visitor, About())


@router.post("/operations/no-task")
async def answered(request: Request, visitor: Looking, about: Annotated[About, Form()]) -> Response:
    """Say why they have no task."""
    try:
        found = await _answer(request, visitor, Whom(**about.model_dump(exclude={"why"})), about.why)
    except CannotLook as fault:
        return await _page(request, visitor, about, error=str(fault))
    return await _page(request, visitor, About(), found=found)


@api_router.post("/no-task", summary="Why somebody has no task")
async def no_task(request: Request, visitor: Looking, wanted: NoTaskIn) -> NoTaskOut:
    """In plain words, with what to do next: what comes first on a message's way comes first. Never any content."""
    try:
        found = await _answer(request, visitor, Whom(**wanted.model_dump(exclude={"why"})), wanted.why)
    except CannotLook as fault:
        raise HTTPException(422, str(fault)) from None
    return NoTaskOut(
        findings=[FindingOut(**asdict(one)) for one in found.findings],
        messages=[one.message_id for one in found.messages],
    )


async def _answer(request: Request, visitor: Visitor, whom: Whom, why: str) -> why_no_task.Answer:
    """Write down that somebody asks and why, and answer. Raises `CannotLook`."""
    parts: WebParts = request.app.state.parts
    whom, reason = whom.checked(), " ".join(why.split())[:200]
    if whom.nobody:
        raise CannotLook("Enter an NHS number, a local number or a visit number")
    if not reason:
        raise CannotLook("Say why you ask about a person")
    authorities = find_whom.authorities_of(parts.profiles)
    keys = await parts.database.read(
        lambda c: find_whom.look(c, parts.keyring, parts.data_keys, whom, authorities)
    )
    about = " ".join([*sorted(keys.people), *sorted(keys.stays)])
    result = f"{len(keys.people) + len(keys.stays)} found"
    await write_down(request, visitor, "asked why there is no task", whom=about, why=reason, result=result)
    asked = why_no_task.Asked(keys, whom.nhs_number, parts.reference.rules, parts.clock.now_ms())
    return await parts.database.read(lambda c: why_no_task.answer(c, parts.data_keys, asked))


async def _page(
    request: Request,
    visitor: Visitor,
    about: About,
    *,
    found: why_no_task.Answer | None = None,
    error: str = "",
) -> Response:
    parts: WebParts = request.app.state.parts
    pages: Pages = request.app.state.pages
    around = await parts.database.read(pages.around)
    return pages.show(
        request, "no_task.html", visitor=visitor, around=around, about=about, found=found, error=error,
        status=422 if error else 200,
    )  # fmt: skip

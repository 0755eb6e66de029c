"""Lists of reference data for programs: what is in force, what would change, loading, taking back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.operations.changing import reference_lists
from ascbridge.operations.changing.reference_lists import CannotLoad
from ascbridge.reference.list_files import MOST_BYTES
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import acting
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.visitors import AnyRole, Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.operations.changing.reference_lists import Listed, Plan

router = APIRouter(prefix="/api/operations/reference", tags=["reference data"], responses=ANSWERS)
Anybody = Annotated[Visitor, Depends(AnyRole())]
Loading = Annotated[Visitor, Depends(Needs("reference", least=Access.full))]


class ListIn(Model):
    """A list as it was written."""

    text: str = Field(max_length=MOST_BYTES, description="TOML; docs/how-to/change-reference-data.md")
    why: str = Field("", max_length=200, description="For the audit; no names or numbers of people")


class TakeBackIn(Model):
    """Why a version is to hold no longer."""

    why: str = Field("", max_length=200, description="For the audit; no names or numbers of people")


class ReferenceListOut(Model):
    """One version of one list."""

    kind: str
    version: int
    state: str = Field(description="in force, to come, behind another, ended or taken back")
    begins_ms: int = Field(description="0 for what ships: it holds wherever no loaded version does")
    until_ms: int | None
    loaded_by: str = Field(description="Empty for what ships")
    loaded_ms: int | None
    taken_back_by: str
    not_agreed: int = Field(description="How many of its values nobody agreed to or told us")


class NotAgreedOut(Model):
    """One value in force that nobody agreed to, or that nobody told us."""

    kind: str
    version: int
    what: str
    source: str
    not_known: bool


class DifferenceOut(Model):
    """One entry that differs."""

    how: str = Field(description="added, removed or changed")
    what: str
    words: str


class PlanOut(Model):
    """What loading a list does."""

    kind: str
    version: int
    before: int = Field(description="The version that would hold at that moment without it")
    begins_ms: int
    until_ms: int | None
    differences: list[DifferenceOut]
    notes: list[str]
    loaded: bool


@router.get("", summary="Every version of every list")
async def listed(request: Request, _: Anybody) -> list[ReferenceListOut]:
    """The newest of each kind first, with how it stands now."""
    parts: WebParts = request.app.state.parts
    lists = await parts.database.read(parts.desk.known_lists.read)
    return [_out(one) for one in reference_lists.listed(lists, parts.clock.now_ms())]


@router.get("/not-agreed", summary="What nobody has agreed to")
async def not_agreed(request: Request, _: Anybody) -> list[NotAgreedOut]:
    """Every value in force that nobody agreed to, and what nobody told us."""
    parts: WebParts = request.app.state.parts
    lists = await parts.database.read(parts.desk.known_lists.read)
    return [
        NotAgreedOut(
            kind=one.kind, version=one.version, what=one.what, source=one.source, not_known=one.not_known
        )
        for one in reference_lists.not_agreed(lists, parts.clock.now_ms())
    ]


@router.post("/difference", summary="What a list would change")
async def difference(request: Request, visitor: Loading, given: ListIn) -> PlanOut:
    """Change nothing. 422 with every fault where the list could not be loaded."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    try:
        planned = await parts.database.read(
            lambda c: reference_lists.plan(c, parts.desk, given.text, visitor.name, now_ms)
        )
    except CannotLoad as fault:
        raise HTTPException(422, str(fault)) from None
    return _planned(planned, loaded=False)


@router.post("/load", summary="Load a list")
async def load(request: Request, visitor: Loading, given: ListIn) -> PlanOut:
    """It holds from its day on, without a restart. 422 with every fault where it could not be loaded."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    who = replace(acting(request, visitor), why=given.why)
    try:
        planned = await parts.database.write(
            lambda c: reference_lists.load(c, parts.desk, given.text, who, now_ms)
        )
    except CannotLoad as fault:
        raise HTTPException(422, str(fault)) from None
    return _planned(planned, loaded=True)


@router.post("/{kind}/{version}/take-back", summary="Take a loaded list back")
async def take_back(
    request: Request, visitor: Loading, kind: str, version: int, given: TakeBackIn
) -> ReferenceListOut:
    """Let it hold no longer, from now on. Returns what holds now. 409 where it holds no longer as it is."""
    parts: WebParts = request.app.state.parts
    now_ms = parts.clock.now_ms()
    who = replace(acting(request, visitor), why=given.why)
    try:
        left = await parts.database.write(
            lambda c: reference_lists.take_back(c, parts.desk, kind, version, who, now_ms)
        )
    except CannotLoad as fault:
        raise HTTPException(409, str(fault)) from None
    return _out(reference_lists.Listed(left, "in force"))


def _out(one: Listed) -> ReferenceListOut:
    version = one.version
    return ReferenceListOut(
        kind=version.kind, version=version.data.version, state=one.state, begins_ms=version.begins_ms,
        until_ms=version.until_ms, loaded_by=version.loaded_by, loaded_ms=version.loaded_ms,
        taken_back_by=version.taken_back_by, not_agreed=len(list(version.data.not_agreed())),
    )  # fmt: skip


def _planned(plan: Plan, *, loaded: bool) -> PlanOut:
    version = plan.version
    return PlanOut(
        kind=version.kind, version=version.data.version, before=plan.before.data.version,
        begins_ms=version.begins_ms, until_ms=version.until_ms, notes=list(plan.notes), loaded=loaded,
        differences=[DifferenceOut(how=one.how, what=one.what, words=one.words) for one in plan.differences],
    )  # fmt: skip

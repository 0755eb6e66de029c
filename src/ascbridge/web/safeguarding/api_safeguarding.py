"""Safeguarding for programs: raising a concern, and for its owners the lists, one concern and the acts on it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ascbridge.access import Access
from ascbridge.safeguarding.concern_changes import ConcernWish
from ascbridge.safeguarding.concern_list import ConcernView
from ascbridge.safeguarding.concern_words import ConcernSaid, faults
from ascbridge.safeguarding.fhir_flags import NoConcern, concern_in
from ascbridge.web.problems import ANSWERS
from ascbridge.web.refusals import answered
from ascbridge.web.safeguarding import safeguarding_acts as acts
from ascbridge.web.safeguarding.safeguarding_pages import PAGE
from ascbridge.web.visitors import Needs, Visitor

router = APIRouter(prefix="/api/concerns", tags=["safeguarding"], responses=ANSWERS)
Raising = Annotated[Visitor, Depends(Needs("raise-concern", least=Access.full))]
Seeing = Annotated[Visitor, Depends(Needs("concerns", least=Access.full))]
Acting = Annotated[Visitor, Depends(Needs("concern-desk", least=Access.full))]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class ConcernTaken(_Model):
    """That a concern was taken. Nothing else is ever answered about it to whoever raised it."""

    reference: str


class ConcernOut(_Model):
    """A concern as it stands, with its version, by when something is due (UTC ms), and what needs an eye."""

    version: int = Field(description="To be sent back with the next act")
    due_ms: int | None
    alerts: list[str]
    concern: dict[str, Any] = Field(
        description="All that it says: see `events/facts/concerns.py`, class Concern"
    )


class ConcernList(_Model):
    """Some of one list, what is due soonest first; `counts` holds the size of every list, `after` where more begin."""

    concerns: list[ConcernOut]
    counts: dict[str, int]
    after: int | None = Field(description="To be asked for next; null where the list ends")


class ConcernStory(ConcernOut):
    """A concern with what was done with it, oldest first, and the ids of the adult's others."""

    acts: list[dict[str, Any]]
    others: list[str]


class ConcernActIn(ConcernWish):
    """What to do with a concern."""

    version: int = Field(description="The version that was shown; 409 where somebody was quicker")


class ConcernActed(_Model):
    """The concern's new version."""

    version: int


@router.post("", status_code=201, summary="Raise a concern")
async def raise_one(
    request: Request,
    visitor: Raising,
    said: ConcernSaid,
    idempotency_key: Annotated[str, Header(max_length=200)] = "",
) -> ConcernTaken:
    """Take a concern at once. The same `Idempotency-Key`, or without one the same words, give the same reference."""
    wrong = faults(acts.vault_of(request).rules, said)
    if wrong:
        raise HTTPException(422, "; ".join(f"{name}: {words}" for name, words in wrong.items()))
    return ConcernTaken(reference=await acts.raise_concern(request, visitor, said, "api", idempotency_key))


@router.post("/fhir", status_code=201, summary="Raise a concern by a FHIR flag")
async def raise_by_flag(
    request: Request,
    visitor: Raising,
    sent: dict[str, Any],
    origin: Annotated[str, Query(max_length=200)],
    idempotency_key: Annotated[str, Header(max_length=200)] = "",
) -> ConcernTaken:
    """Take the active safeguarding Flags, or the reason of a ServiceRequest, of a FHIR R4 resource or Bundle.

    `origin` is a code of the list of origins. Attachments, and what says nothing about safeguarding, are refused.
    """
    try:
        said = concern_in(sent, origin)
    except NoConcern as fault:
        raise HTTPException(422, str(fault)) from None
    return await raise_one(request, visitor, said, idempotency_key)


@router.get("", summary="A list of concerns")
async def list_concerns(
    request: Request,
    visitor: Seeing,
    view: ConcernView = "to-decide",
    team: str = "",
    after: Annotated[int, Query(ge=0, description="How many of the list to leave out at its beginning")] = 0,
) -> ConcernList:
    """Concerns of one list that the role may see, and from which nobody keeps the visitor, up to 200 at once.

    A list moves while it is read: who reads on looks at the ids.
    """
    lists = await acts.read_lists(request, visitor, view, team)
    found = [_out(one) for one in lists[view][after : after + PAGE]]
    more = after + PAGE if len(lists[view]) > after + PAGE else None
    return ConcernList(concerns=found, counts={name: len(rows) for name, rows in lists.items()}, after=more)


@router.get("/{concern_id}", summary="One concern with its story")
async def one_concern(request: Request, visitor: Seeing, concern_id: str) -> ConcernStory:
    """One concern; 404 where there is none, or none for this visitor."""
    shown = await acts.read_one(request, visitor, concern_id)
    return ConcernStory(
        **_out(shown.listed).model_dump(),
        acts=[one.model_dump(mode="json") for one in shown.acts],
        others=[one.said.concern for one in shown.others],
    )


@router.post("/{concern_id}/acts", summary="Act on a concern")
async def act_on(request: Request, visitor: Acting, concern_id: str, wish: ConcernActIn) -> ConcernActed:
    """Do one act, checked by version."""
    plain = ConcernWish(**wish.model_dump(exclude={"version"}))
    doing = acts.do_act(request, visitor, concern_id, wish.version, plain)
    return ConcernActed(version=await answered(doing, "concern"))


def _out(listed: Any) -> ConcernOut:
    stood, said = listed.stood, listed.stood.said.model_dump(mode="json")
    return ConcernOut(
        version=stood.version,
        due_ms=listed.due_ms,
        alerts=list(listed.alerts),
        concern=said,
    )

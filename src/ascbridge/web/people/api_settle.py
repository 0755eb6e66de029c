"""People to settle, for programs: the same list, acts, purposes and audit as on the pages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import Field

from ascbridge.access import Access
from ascbridge.people.links import DecisionRefused
from ascbridge.people.ownership import Belongs
from ascbridge.people.requests import Kind, NoSuchRequest, RequestRefused, State
from ascbridge.people.requests import Request as Asked
from ascbridge.people.same_or_not import SameOrNot
from ascbridge.web.api_models import Model
from ascbridge.web.doorbook import write_down
from ascbridge.web.parts import WebParts
from ascbridge.web.people import settle_shown
from ascbridge.web.people.settle_acts import LONGEST_WHY, Decision, settle
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.refusals import NothingChosen
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.people.links import Joined
    from ascbridge.people.objections import Objection
    from ascbridge.people.possible_matches import Possible
    from ascbridge.web.people.settle_acts import SettleAct
    from ascbridge.web.people.settle_shown import RecordShown

router = APIRouter(prefix="/api/settle", tags=["settle"], responses=ANSWERS)
Looking = Annotated[Visitor, Depends(Needs("settle"))]
Deciding = Annotated[Visitor, Depends(Needs("settle", least=Access.full))]


class RequestOut(Model):
    """What one person asked and a second approves or refuses."""

    request_id: str
    kind: Kind
    person_id: str
    why: str
    asked_by: str
    asked_ms: int
    state: State = Field(description="An approved erasure is *approved* until nothing is left, then *done*")
    decided_by: str
    decided_why: str
    decided_ms: int | None
    done_ms: int | None


class CaseOut(Model):
    """An NHS number that waits for a person."""

    patient_key: str
    person_id: str
    cause: str = Field(description="number_invalid or number_shared")
    detail: str
    other_key: str
    other_person_id: str
    since_ms: int


class PairOut(Model):
    """Two records that may be one person's by all but an NHS number."""

    patient_key: str
    person_id: str
    other_key: str = Field(description="Empty where too many are like the first: none of them was compared")
    other_person_id: str
    row: str = Field(description="The row of the matching table that decided, or too-many-alike")
    words: str
    since_ms: int


class LinkOut(Model):
    """Two patient keys that are one person, and who said so."""

    person_id: str
    patient_keys: list[str]
    statement: str = Field(description="merged (a source), decided (a person) or number")
    said_ms: int


class ObjectionOut(Model):
    """A person objects to what is known of them being shared."""

    person_id: str
    patient_key: str = Field(description="The record under which it was said")
    stated_on: str = Field(description="The day on which they said so; empty where the source did not say")
    heard_ms: int


class SettleListOut(Model):
    """All that waits for a person, and who objects; nothing in it names anybody."""

    requests: list[RequestOut]
    numbers: list[CaseOut]
    pairs: list[PairOut]
    more_pairs: int = Field(description="How many more wait than are listed")
    links: list[LinkOut]
    objections: list[ObjectionOut]


class SourceRecordOut(Model):
    """One source's record of a person, as far as the role may know."""

    patient_key: str
    source: str
    local_id: str
    name: str
    born: str
    nhs_number: str
    erased: bool


class PersonToSettleOut(Model):
    """One person's records, how they were joined, and what was asked."""

    person_id: str
    restricted: bool
    records: list[SourceRecordOut]
    links: list[LinkOut]
    requests: list[RequestOut]
    objections: list[ObjectionOut]


class WhyIn(Model):
    """Why; no names or numbers of people."""

    why: str = Field(min_length=1, max_length=LONGEST_WHY)


class MaybeWhyIn(Model):
    """Why; needed to refuse."""

    why: str = Field("", max_length=LONGEST_WHY)


class PartIn(WhyIn):
    """Which record is somebody else's."""

    patient_key: str


class JoinIn(WhyIn):
    """Who else this person is."""

    person_id: str


class ObjectionIn(WhyIn):
    """That they object to what is known of them being shared, or that they took that back, and when they said so."""

    objects: bool
    stated_on: date


class NumberOwnerIn(WhyIn):
    """Whose the number is: *one-person*; *this* record's person, the *other*'s, *neither*'s; or *noted*, for a number
    that fails its check.
    """

    belongs: Belongs


class SameOrNotIn(WhyIn):
    """Whether they are *one-person* or *two-people*; *noted* is for a record that too many are like."""

    choice: SameOrNot


class Settled(Model):
    """What was decided on: the new request's id where one was made."""

    about: str


@router.get("", summary="What waits for a person")
async def to_settle(request: Request, _: Looking) -> SettleListOut:
    """Requests that wait for a second person or are being carried out, numbers in quarantine, records that
    may be one person's, the newest links.
    """
    parts: WebParts = request.app.state.parts
    found = await parts.database.read(settle_shown.to_settle)
    people = found.people
    return SettleListOut(
        requests=[_request(one) for one in (*found.waiting, *found.under_way)],
        numbers=[
            CaseOut(
                person_id=people.get(one.patient_key, ""), other_person_id=people.get(one.other_key, ""),
                **one._asdict(),
            )
            for one in found.cases
        ],
        pairs=[_pair(one, people) for one in found.possible],
        more_pairs=found.more,
        links=[_link(one) for one in found.links],
        objections=[_objection(one, people.get(one.patient_key, "")) for one in found.objections],
    )  # fmt: skip


@router.get("/persons/{person_id}", summary="One person's records")
async def person(
    request: Request,
    visitor: Looking,
    person_id: str,
    purpose: Annotated[str, Query(max_length=120, description="Why")] = "",
) -> PersonToSettleOut:
    """The records that are one person, to decide on them. Written into the audit."""
    parts: WebParts = request.app.state.parts
    why = reason_to_read(request, visitor, purpose)
    now_ms, access = parts.clock.now_ms(), visitor.may("settle")
    found = await parts.database.read(
        lambda c: settle_shown.person_to_settle(c, parts, person_id, access, now_ms)
    )
    if found is None:
        raise HTTPException(404, "There is no such person.")
    await write_down(request, visitor, "records opened to settle", whom=person_id, why=why)
    return PersonToSettleOut(
        person_id=person_id,
        restricted=found.restricted,
        records=[_record(one) for one in found.records],
        links=[_link(one) for one in found.links],
        requests=[_request(one) for one in found.requests],
        objections=[_objection(one, person_id) for one in found.objections],
    )


@router.post("/persons/{person_id}/lift-restriction", summary="Ask that a restriction be lifted")
async def lift(request: Request, visitor: Deciding, person_id: str, said: WhyIn) -> Settled:
    """Ask; a second person approves. 409 where there is nothing to lift, or it is asked already."""
    return await _settle(request, visitor, "lift", person_id, said.why)


@router.post("/persons/{person_id}/erase", summary="Ask that a person be erased")
async def erase(request: Request, visitor: Deciding, person_id: str, said: WhyIn) -> Settled:
    """Ask; a second person approves, and then it cannot be undone."""
    return await _settle(request, visitor, "erase", person_id, said.why)


@router.post("/persons/{person_id}/part", summary="Take a record out of a person")
async def part(request: Request, visitor: Deciding, person_id: str, said: PartIn) -> Settled:
    """Decide that one record is somebody else's: undoes links and merges."""
    return await _settle(request, visitor, "part", person_id, said.why, said.patient_key)


@router.post("/persons/{person_id}/join", summary="Join two persons")
async def join(request: Request, visitor: Deciding, person_id: str, said: JoinIn) -> Settled:
    """Decide that two persons are one."""
    return await _settle(request, visitor, "join", person_id, said.why, said.person_id)


@router.post("/persons/{person_id}/objection", summary="Write down that a person objects, or no longer does")
async def objection(request: Request, visitor: Deciding, person_id: str, said: ObjectionIn) -> Settled:
    """Honoured at once in the shared record. 409 where nothing would change, or for a day that is yet to come."""
    act: SettleAct = "object" if said.objects else "share"
    return await _settle(request, visitor, act, person_id, said.why, said.stated_on.isoformat())


@router.post("/numbers/{patient_key}", summary="Settle an NHS number in quarantine")
async def number(request: Request, visitor: Deciding, patient_key: str, said: NumberOwnerIn) -> Settled:
    """Say whose the number is that this record and another one share."""
    return await _settle(request, visitor, "number", patient_key, said.why, said.belongs)


@router.post("/pairs/{patient_key}/{other_key}", summary="Settle whether two records are one person's")
async def pair(
    request: Request, visitor: Deciding, patient_key: str, other_key: str, said: SameOrNotIn
) -> Settled:
    """Say of two records that wait whether they are one person's. `other_key` is *many* where too many are alike."""
    other = "" if other_key == "many" else other_key
    return await _settle(request, visitor, "pair", f"{patient_key} {other}", said.why, said.choice)


@router.post("/requests/{request_id}/{act}", summary="Approve or refuse as a second person")
async def decide(
    request: Request,
    visitor: Deciding,
    request_id: str,
    act: Literal["approve", "refuse"],
    said: MaybeWhyIn,
) -> Settled:
    """Approve what somebody else asked, or refuse it. 409 for who asked, by name or by sign-in."""
    return await _settle(request, visitor, act, request_id, said.why)


async def _settle(
    request: Request, visitor: Visitor, act: SettleAct, about: str, why: str, choice: str = ""
) -> Settled:
    try:
        return Settled(about=await settle(request, visitor, Decision(act, about, why, choice)))
    except NoSuchRequest:
        raise HTTPException(404, "There is no such request.") from None
    except (RequestRefused, DecisionRefused) as fault:
        raise HTTPException(409, str(fault)) from None
    except NothingChosen as fault:
        raise HTTPException(422, str(fault)) from None


def _request(one: Asked) -> RequestOut:
    return RequestOut(**{name: getattr(one, name) for name in RequestOut.model_fields})


def _pair(one: Possible, people: dict[str, str]) -> PairOut:
    return PairOut(
        patient_key=one.low, person_id=people.get(one.low, ""), other_key=one.high,
        other_person_id=people.get(one.high, ""), row=one.row, words=one.words, since_ms=one.since_ms,
    )  # fmt: skip


def _link(one: Joined) -> LinkOut:
    return LinkOut(
        person_id=one.person_id,
        patient_keys=[one.low, one.high],
        statement=one.statement,
        said_ms=one.said_ms,
    )


def _objection(one: Objection, person_id: str) -> ObjectionOut:
    return ObjectionOut(
        person_id=person_id, patient_key=one.patient_key, stated_on=one.stated_on, heard_ms=one.heard_ms
    )


def _record(one: RecordShown) -> SourceRecordOut:
    return SourceRecordOut(
        patient_key=one.patient_key, source=one.source, local_id=one.local_id, name=one.shown.name,
        born=one.shown.born, nhs_number=one.shown.number.replace(" ", ""), erased=one.shown.erased,
    )  # fmt: skip

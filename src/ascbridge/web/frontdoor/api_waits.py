"""Waits at the front door for programs: the figures of the page, and who waits longest for roles that see names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from ascbridge.reports.front_door_waits import MOST_MONTHS
from ascbridge.web.api_models import Model, PersonOut
from ascbridge.web.discharge.api import Purpose, person_out
from ascbridge.web.doorbook import write_down
from ascbridge.web.frontdoor.waits_shown import Waiter, waits_shown
from ascbridge.web.parts import WebParts
from ascbridge.web.problems import ANSWERS
from ascbridge.web.purpose import reason_to_read
from ascbridge.web.visitors import Needs, Visitor

if TYPE_CHECKING:
    from ascbridge.reports.front_door_waits import Month, WaitingGroup
    from ascbridge.reports.spread import Spread

router = APIRouter(prefix="/api/front-door", responses=ANSWERS, tags=["front door"])
Seeing = Annotated[Visitor, Depends(Needs("front-door"))]


class SpreadOut(Model):
    """How long something took, in days."""

    median: float
    mean: float
    ninetieth: int = Field(description="The 90th percentile by nearest rank")
    longest: int


class WaitingOut(Model):
    """Some who wait now. A number that is null is withheld: from one to four, or it would tell one."""

    count: int | None
    waited: SpreadOut | None = Field(description="Days until today; null where withheld or not known")
    since_last_contact: SpreadOut | None
    not_spoken_to_in_time: int | None


class MonthOut(Model):
    """The waits that ended in a month. A number that is null is withheld."""

    month: str = Field(description="2026-10")
    count: int | None
    waited: SpreadOut | None
    by_date: int | None = Field(description="Those whose care only the dates tie to the request")
    before: int | None = Field(description="Those who had it before they asked; not among the others")


class WaiterOut(Model):
    """One request that waits; days are ISO text."""

    task_id: str
    person: PersonOut
    about: str = Field(description="The council's own number: contact:CT-1")
    waits_for: str = Field(description="decision, assessment or care")
    owner_team: str
    since_on: str
    days: int | None
    last_contact_on: str
    not_spoken_to_in_time: bool


class WaitsOut(Model):
    """Waits that run, those that ended by month (this month first), and who waits longest where names are shown."""

    waiting: WaitingOut
    by_kind: dict[str, WaitingOut]
    by_team: dict[str, WaitingOut]
    ended: dict[str, list[MonthOut]] = Field(
        description="care: from contact to care; assessment: from referral to assessment"
    )
    longest: list[WaiterOut]
    more: bool


@router.get("/waits", summary="How long people wait and waited at the front door")
async def waits(
    request: Request,
    visitor: Seeing,
    months: Annotated[int, Query(ge=1, le=MOST_MONTHS)] = 12,
    limit: Annotated[int, Query(ge=0, le=200)] = 50,
    after: Annotated[int, Query(ge=0)] = 0,
    purpose: Purpose = "",
) -> WaitsOut:
    """Requests are counted; a contact and the referrals that follow it are one. Groups under five are withheld."""
    parts: WebParts = request.app.state.parts
    why = reason_to_read(request, visitor, purpose)
    access = visitor.may("front-door")
    shown = await parts.database.read(
        lambda connection: waits_shown(connection, parts, access, months=months, limit=limit, after=after)
    )
    await write_down(request, visitor, "front door waits read", why=why, result=f"{len(shown.longest)} shown")
    return WaitsOut(
        waiting=_waiting(shown.now.every),
        by_kind={kind: _waiting(one) for kind, one in shown.now.by_kind.items()},
        by_team={team: _waiting(one) for team, one in shown.now.by_team.items()},
        ended={measure: [_month(one) for one in rows] for measure, rows in shown.ended.items()},
        longest=[_waiter(one) for one in shown.longest],
        more=shown.more,
    )


def _waiting(one: WaitingGroup) -> WaitingOut:
    return WaitingOut(
        count=one.many,
        waited=_spread(one.waited),
        since_last_contact=_spread(one.spoken),
        not_spoken_to_in_time=one.not_spoken,
    )


def _month(one: Month) -> MonthOut:
    return MonthOut(
        month=one.month, count=one.many, waited=_spread(one.waited), by_date=one.by_date, before=one.before
    )


def _waiter(one: Waiter) -> WaiterOut:
    wait = one.wait
    return WaiterOut(
        task_id=one.task,
        person=person_out(wait.person_id, one.person),
        about=wait.about,
        waits_for=wait.waits_for,
        owner_team=wait.owner_team,
        since_on=wait.received_on,
        days=wait.days,
        last_contact_on=wait.last_contact_on,
        not_spoken_to_in_time=wait.not_spoken,
    )


def _spread(one: Spread | None) -> SpreadOut | None:
    if one is None:
        return None
    return SpreadOut(median=one.median, mean=one.mean, ninetieth=one.ninetieth, longest=one.longest)

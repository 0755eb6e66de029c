"""How long a request for support waited, and for what it waits still, from what the council said of it. Pure.

A contact and the referrals that follow it are one request; a referral without a contact is one by itself. Days are ISO
text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ascbridge.calendars import iso_day
from ascbridge.frontdoor.needs import last_contact, slot_of
from ascbridge.frontdoor.support import first_day, last_day, name_of, supports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.discharge.stay.case_view import Entry
    from ascbridge.frontdoor.needs import Need, Person
    from ascbridge.frontdoor.support import Following, Support

WaitsFor = Literal["decision", "assessment", "care", ""]
LEADS_TO_CARE = frozenset({"low-level", "short-term", "long-term"})
"""Outcomes of a request after which support is to begin."""
_MAY_LEAD_TO_CARE = LEADS_TO_CARE | {"", "assessment"}


@dataclass(frozen=True, slots=True)
class Wait:
    """The waits of one request. `by_date` says that only dates, and no number, tie the care to it."""

    patient_key: str
    slot: str
    owner_team: str = ""
    received_on: str = ""
    referred_on: str = ""
    assessed_on: str = ""
    cared_on: str = ""
    by_date: bool = False
    last_contact_on: str = ""
    outcome: str = ""
    waits_for: WaitsFor = ""


def waits_of(person: Person, needs: Sequence[Need]) -> list[Wait]:
    """Return the waits of each request of a person; `needs` are those of triage.

    What is no request of its own, because it was entered in error or goes on from a contact, waits for nothing.
    """
    teams = {(one.patient_key, one.about): one.team for one in needs if one.kind == "triage"}
    contacts = {(one.patient_key, one.id) for one in person.requests if one.kind == "contact"}
    asked = [
        one
        for one in person.requests
        if not one.value.get("retracted") and (one.patient_key, one.says("after_contact")) not in contacts
    ]
    came_of = {name_of(one): person.came_of[name_of(one)] for one in asked}
    linked = frozenset[tuple[str, str, str]]().union(*(one.things for one in came_of.values()))
    care = _care(person.support)
    found = []
    for one in person.requests:
        came, team = came_of.get(name_of(one)), teams.get((one.patient_key, slot_of(one)), "")
        if came is None:
            found.append(Wait(one.patient_key, slot_of(one)))
        else:
            found.append(_wait(person, one, came, team, _by_date(one, care, linked)))
    return found


def _wait(person: Person, request: Entry, came_of_it: Following, team: str, by_date: str) -> Wait:
    received = first_day(request.says("received_on"))
    own = sorted(
        one.began or iso_day(int(one.entry.value["since_ms"])) for one in _care(supports(came_of_it.support))
    )
    dated = "" if own else by_date
    referred = [first_day(one.says("received_on")) for one in came_of_it.referrals]
    if request.kind == "referral":
        referred = [received]
    assessed = sorted(filter(None, map(_begun, came_of_it.assessments)))
    wait = Wait(
        patient_key=request.patient_key,
        slot=slot_of(request),
        owner_team=team,
        received_on=received,
        referred_on=min(referred, default=""),
        assessed_on=assessed[0] if assessed else "",
        cared_on=own[0] if own else dated,
        by_date=bool(dated),
        last_contact_on=last_contact(person, request, came_of_it, again=True),
        outcome=_outcome(request, came_of_it),
    )
    return wait if person.died else replace(wait, waits_for=_for(wait, came_of_it))


def _for(wait: Wait, came_of_it: Following) -> WaitsFor:
    if wait.cared_on:
        return ""
    over = bool(came_of_it.assessments) and all(
        one.says("status") == "completed" for one in came_of_it.assessments
    )
    if wait.outcome in LEADS_TO_CARE or any(
        one.says("outcome") in _TO_CARE for one in came_of_it.assessments
    ):
        return "care"
    if over or wait.outcome not in {"", "assessment"}:
        return ""
    if wait.referred_on or came_of_it.assessments or wait.outcome == "assessment":
        return "" if wait.assessed_on else "assessment"
    return "decision"


_TO_CARE = frozenset({"support", "reablement"})
"""Outcomes of an assessment after which support is to begin."""


def _care(all_support: Sequence[Support]) -> list[Support]:
    """Leave plans out: care begins when somebody is cared for."""
    return [one for one in all_support if one.entry.kind != "support_plan"]


def _outcome(request: Entry, came_of_it: Following) -> str:
    """Return what came of a request in the end: the word of the last referral that has one, else its own."""
    said = [one.says("outcome") for one in came_of_it.referrals if one.says("outcome")]
    return said[-1] if said else request.says("outcome")


def _begun(assessment: Entry) -> str:
    """Return when an assessment began; where only its end is known, that."""
    if assessment.says("started_on") or assessment.says("completed_on"):
        return first_day(assessment.says("started_on") or assessment.says("completed_on"))
    begun = assessment.says("status") in {"in-progress", "completed"}
    return iso_day(int(assessment.value["since_ms"])) if begun else ""


def _by_date(request: Entry, care: Sequence[Support], linked: frozenset[tuple[str, str, str]]) -> str:
    """Return when care began after a request that no number ties to any, where the person had none before."""
    received = request.says("received_on")
    if request.says("outcome") not in _MAY_LEAD_TO_CARE:
        return ""
    day = first_day(received)
    if any(one.on(day) and one.began != day for one in care):
        return ""
    loose = (one.began for one in care if name_of(one.entry) not in linked)
    return next((began for began in loose if began >= last_day(received)), "")

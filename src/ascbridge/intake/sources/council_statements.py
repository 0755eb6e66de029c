"""What each council fact may state, member by member, and the event that it becomes.

The names and lists are those of `contracts/sources/council-facts/schema.json`, written by hand; a test holds both to
each other. A member has the name of the event's field unless `names` says otherwise. This module thinks; it does no
input or output.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from ascbridge.events.facts import care, referral
from ascbridge.events.facts.catalogue import DeathStatusRecorded
from ascbridge.events.facts.fact import Fact, Part, Stamp
from ascbridge.intake.sources.contract_members import (
    Day,
    DayOrNothing,
    Member,
    Statement,
    Text,
    Upto10,
    Upto200,
    Upto2000,
)
from ascbridge.intake.sources.council_lists import (
    Client,
    Decision,
    Delivery,
    Domain,
    FactName,
    Jointly,
    Life,
    Method,
    Outcome,
    Service,
    YesNo,
)


class Package(Statement):
    """A package of care."""

    states = care.PackageStated
    names = (("id", "package"),)
    id: Text
    status: Literal["live", "suspended", "ended"]
    kind: Upto200 = ""
    started_on: DayOrNothing = ""
    ended_on: DayOrNothing = ""
    service: Service = ""
    component: Upto200 = ""
    delivery: Delivery = ""
    provider: Upto200 = ""
    provider_location: Upto200 = ""
    client: Client = "person"
    plan: Upto200 = ""
    changed_on: DayOrNothing = ""
    suspended_on: DayOrNothing = ""
    suspended_for: Literal["", "hospital", "respite", "away", "other"] = ""
    ending: Outcome = ""


class Worker(Statement):
    """Who looks after the person; an empty team means that nobody now does."""

    states = care.WorkerAllocated
    names = (("name", "worker_name"), ("phone", "worker_phone"))
    team: Upto200
    name: Upto200 = ""
    phone: Upto200 = ""
    role: Upto200 = ""
    since: DayOrNothing = ""


class Circumstances(Statement):
    """How the person lives, and why they need support."""

    states = care.CircumstancesRecorded
    primary_support_reason: Literal[
        "", "physical-access", "physical-personal-care", "sensory-visual", "sensory-hearing", "sensory-dual",
        "memory-and-cognition", "learning-disability", "mental-health", "social-substance", "social-asylum",
        "social-isolation",
    ] = ""  # fmt: skip
    accommodation: Upto200 = ""
    employment: Upto200 = ""
    funding: Literal["", "council", "self", "nhs", "joint"] = ""
    has_unpaid_carer: YesNo = ""
    autism: YesNo = ""
    visual_impairment: YesNo = ""
    hearing_impairment: YesNo = ""
    dementia: YesNo = ""


class _Request(Statement):
    received_on: Day
    channel: Literal[
        "phone",
        "email",
        "letter",
        "in-person",
        "online-referral",
        "online-self-assessment",
        "hospital",
        "other",
    ]
    route: Literal[
        "", "planned-entry", "hospital-discharge", "hospital-diversion", "community", "prison", "self-funder",
        "reablement-discharge", "other-authority",
    ] = ""  # fmt: skip
    reason: Upto200 = ""
    made_by: Literal["", "person", "carer", "family", "professional", "provider", "other"] = ""
    client: Client = "person"
    team: Upto200 = ""
    outcome: Decision = ""
    decided_on: DayOrNothing = ""
    retracted: bool = False


class Contact(_Request):
    """Somebody made contact about the person."""

    states = referral.ContactRecorded
    names = (("id", "contact"),)
    id: Text


class Referral(_Request):
    """The person was referred for support."""

    states = referral.ReferralRecorded
    names = (("id", "referral"), ("contact", "after_contact"))
    id: Text
    contact: Upto200 = ""


class DomainAnswer(Member):
    """One answer of a self-assessment."""

    domain: Domain
    level: Literal["manages", "manages-with-difficulty", "needs-help", "not-answered"]
    comment: Upto2000 = ""


class SelfAssessment(Statement):
    """What the person, or their carer, answered."""

    states = referral.SelfAssessmentAnswered
    id: Text
    request: Upto200 = ""
    client: Client = "person"
    completed_on: Day
    answers: Annotated[tuple[DomainAnswer, ...], Field(min_length=1, max_length=40)]

    def fields(self) -> dict[str, Any]:
        comments = tuple(one.comment for one in self.answers)
        return {
            "self_assessment": self.id,
            "request": self.request,
            "client": self.client,
            "completed_on": self.completed_on,
            "answers": [{"domain": one.domain, "level": one.level} for one in self.answers],
            "comments": comments if any(comments) else (),
        }


class InterimSupport(Statement):
    """Support before a Care Act assessment."""

    states = care.InterimSupportStated
    names = (("id", "interim_support"),)
    id: Text
    status: Life
    request: Upto200 = ""
    kind: Upto200 = ""
    started_on: DayOrNothing = ""
    ended_on: DayOrNothing = ""
    effective: Literal["", "yes", "partly", "no"] = ""


class Assessment(Statement):
    """A Care Act assessment, of the person or of their carer."""

    states = care.CareActAssessmentStated
    names = (("id", "assessment"),)
    id: Text
    status: Literal["requested", "allocated", "in-progress", "completed", "cancelled"]
    client: Client = "person"
    kind: Literal["", "short-term", "long-term", "carer", "specialist-sensory", "transition"] = ""
    jointly: Jointly = ""
    method: Method = ""
    request: Upto200 = ""
    requested_on: DayOrNothing = ""
    allocated_on: DayOrNothing = ""
    started_on: DayOrNothing = ""
    completed_on: DayOrNothing = ""
    last_contact_on: DayOrNothing = ""
    eligible_needs: YesNo = ""
    outcome: Outcome = ""


class SupportPlan(Statement):
    """A care and support plan."""

    states = care.SupportPlanStated
    names = (("id", "support_plan"),)
    id: Text
    status: Literal["draft", "agreed", "ended"]
    client: Client = "person"
    assessment: Upto200 = ""
    delivery: Delivery = ""
    agreed_on: DayOrNothing = ""
    ended_on: DayOrNothing = ""
    review_due_on: DayOrNothing = ""
    goals: Annotated[tuple[Upto2000, ...], Field(max_length=40)] = ()


class ShortTerm(Statement):
    """Short-term support to maximise independence."""

    states = care.ShortTermEpisodeStated
    names = (("id", "episode"),)
    id: Text
    status: Life
    kind: Upto200 = ""
    request: Upto200 = ""
    team: Upto200 = ""
    discharged_on: DayOrNothing = ""
    started_on: DayOrNothing = ""
    ended_on: DayOrNothing = ""
    outcome: Outcome = ""
    checked_on: DayOrNothing = ""
    check: Literal["", "at-home", "not-at-home", "died", "not-known"] = ""
    goals: Annotated[tuple[Upto2000, ...], Field(max_length=40)] = ()


class Review(Statement):
    """A review, due or done."""

    states = care.ReviewStated
    names = (("id", "review"),)
    id: Text
    status: Literal["due", "done", "cancelled"]
    client: Client = "person"
    reviews: Upto200 = ""
    reason: Literal["", "planned", "unplanned-hospital", "unplanned-carer", "unplanned-other"] = ""
    method: Method = ""
    due_on: DayOrNothing = ""
    done_on: DayOrNothing = ""
    outcome: Outcome = ""
    outcomes_achieved: Literal["", "fully", "partly", "no"] = ""


class Carer(Statement):
    """Somebody who cares for the person, unpaid."""

    states = care.CarerStated
    names = (("id", "carer"), ("name", "carer_name"), ("phone", "carer_phone"))
    id: Text
    status: Literal["identified", "assessed", "declined", "ended"]
    name: Upto200 = ""
    phone: Upto200 = ""
    relationship: Upto200 = ""
    lives_with: YesNo = ""
    found_in: Literal["", "hospital", "community", "other"] = ""
    identified_on: DayOrNothing = ""
    assessed_on: DayOrNothing = ""
    jointly: Jointly = ""
    emergency_plan: YesNo = ""


class Equipment(Statement):
    """Equipment, telecare or an adaptation."""

    states = care.EquipmentStated
    names = (("id", "item"),)
    id: Text
    category: Literal["equipment", "telecare", "adaptation"]
    status: Literal["ordered", "delivered", "failed", "returned", "cancelled"]
    kind: Upto200 = ""
    ordered_on: DayOrNothing = ""
    delivered_on: DayOrNothing = ""
    needed_for_discharge: bool = False


class Placement(Statement):
    """A place to live with care."""

    states = care.PlacementStated
    names = (("id", "placement"),)
    id: Text
    status: Life
    setting: Literal[
        "", "residential", "nursing", "housing-with-care", "supported-living", "shared-lives", "other"
    ] = ""
    purpose: Literal["", "long-term", "short-term", "respite", "after-hospital"] = ""
    provider: Upto200 = ""
    provider_location: Upto200 = ""
    host_authority: Upto200 = ""
    moved_from: Upto200 = ""
    started_on: DayOrNothing = ""
    ended_on: DayOrNothing = ""
    ending: Outcome = ""


class Communication(Statement):
    """How to speak to the person."""

    states = care.CommunicationNeedsRecorded
    language: Upto10 = ""
    interpreter: YesNo = ""
    needs: Annotated[
        tuple[
            Literal[
                "british-sign-language", "hands-on-signing", "deafblind-manual", "lip-reading", "hearing-loop",
                "braille", "large-print", "easy-read", "audio", "symbols", "text-relay", "speaks-through-somebody",
            ],
            ...,
        ],
        Field(max_length=20),
    ] = ()  # fmt: skip
    preferred_contact: Literal[
        "", "phone", "text", "text-relay", "email", "letter", "in-person", "through-somebody"
    ] = ""
    note: Upto2000 = ""


class LegalPower(Statement):
    """Who may decide for the person."""

    states = care.LegalPowerStated
    names = (("id", "power"), ("name", "holder_name"), ("phone", "holder_phone"))
    id: Text
    kind: Literal[
        "lasting-power-health", "lasting-power-finance", "deputy-health", "deputy-finance", "appointee",
        "guardianship", "advance-decision", "other",
    ]  # fmt: skip
    status: Literal["held", "ended"]
    name: Upto200 = ""
    phone: Upto200 = ""
    started_on: DayOrNothing = ""
    ended_on: DayOrNothing = ""


class Objection(Statement):
    """Whether the person objects to their record being shared."""

    states = care.ObjectionRecorded
    objects: bool
    stated_on: DayOrNothing = ""


class Death(Statement):
    """Whether the person has died."""

    states = DeathStatusRecorded
    died: bool
    died_on: DayOrNothing = ""


class Statements(Member):
    """The members of a line of which exactly one stands: the one that `fact` names."""

    fact: FactName
    known: bool | None = None
    contact: Contact | None = None
    referral: Referral | None = None
    self_assessment: SelfAssessment | None = None
    circumstances: Circumstances | None = None
    interim_support: InterimSupport | None = None
    assessment: Assessment | None = None
    support_plan: SupportPlan | None = None
    package: Package | None = None
    short_term: ShortTerm | None = None
    review: Review | None = None
    carer: Carer | None = None
    equipment: Equipment | None = None
    placement: Placement | None = None
    worker: Worker | None = None
    communication: Communication | None = None
    legal_power: LegalPower | None = None
    objection: Objection | None = None
    death: Death | None = None


FACT_NAMES = tuple(name for name in Statements.model_fields if name != "fact")


def told(line: Statements, stamp: Stamp, marks: tuple[str, ...] = ()) -> tuple[Fact, Part | None]:
    """Return the event that a line's statement becomes, and what of it must be sealed, or None."""
    said: Statement | bool = getattr(line, line.fact)
    if isinstance(said, bool):
        return care.KnownToCare(stamp=stamp, marks=marks, known=said), None
    kind = said.states
    values: dict[str, Any] = {**said.fields(), "stamp": stamp, "marks": marks}
    naming = {} if kind.seals is None else {name: values.pop(name) for name in kind.seals.model_fields}
    sealed = kind.seals(**naming) if kind.seals is not None and any(naming.values()) else None
    return kind.model_validate(values), sealed

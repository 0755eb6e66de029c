"""What the council says of a person's care: what is in place, who is in charge, what is due, and how to speak to them.

Where a thing lives its life (planned, live, ended) the words are fixed; lists that change with local practice or with
the national return are texts, so that a new word breaks no reader. What names a place stays away from a restricted
person's events. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from ascbridge.events.facts.fact import CouncilFact, Part

Life = Literal["planned", "live", "ended"]


class SealedWorker(Part):
    """A named council worker, and how to call them."""

    worker_name: str
    worker_phone: str = ""


class SealedGoals(Part):
    """What a person wants to reach, in words."""

    goals: tuple[str, ...] = ()


class SealedCarer(Part):
    """Who cares for a person, unpaid."""

    carer_name: str = ""
    carer_phone: str = ""


class SealedNote(Part):
    """Words that somebody wrote about how to reach a person."""

    note: str = ""


class SealedHolder(Part):
    """Who holds a legal power for a person."""

    holder_name: str = ""
    holder_phone: str = ""


class CareFact(CouncilFact):
    """It is about a person's care."""

    family = "care"


class KnownToCare(CareFact):
    """The council said whether a person is known to adult social care."""

    slot: ClassVar[str] = "known"
    known: bool


class PackageStated(CareFact):
    """The council said that a package of care is live, suspended or ended.

    Each change is said again as a whole: `changed_on` is when it last changed, `ending` why it ended. `service`,
    `component` and `delivery` are those of the national return, `provider_location` the care regulator's number
    of the place.
    """

    withheld = frozenset({"provider", "provider_location"})
    slot: ClassVar[str] = "package"
    about: ClassVar[str] = "package"
    package: str
    status: Literal["live", "suspended", "ended"]
    kind: str = ""
    started_on: str = ""
    ended_on: str = ""
    service: str = ""
    component: str = ""
    delivery: str = ""
    provider: str = ""
    provider_location: str = ""
    client: str = "person"
    plan: str = ""
    changed_on: str = ""
    suspended_on: str = ""
    suspended_for: str = ""
    ending: str = ""


class WorkerAllocated(CareFact):
    """The council said which team, and who in it, looks after a person; an empty team means nobody now does."""

    seals = SealedWorker
    slot: ClassVar[str] = "worker"
    team: str
    role: str = ""
    since: str = ""


class CircumstancesRecorded(CareFact):
    """The council said how a person lives and why they need support. Yes, no, or empty where nobody said."""

    slot: ClassVar[str] = "circumstances"
    primary_support_reason: str = ""
    accommodation: str = ""
    employment: str = ""
    funding: str = ""
    has_unpaid_carer: str = ""
    autism: str = ""
    visual_impairment: str = ""
    hearing_impairment: str = ""
    dementia: str = ""


class InterimSupportStated(CareFact):
    """The council said that support was put in place before a Care Act assessment; `effective` is what that found."""

    slot: ClassVar[str] = "interim_support"
    about: ClassVar[str] = "interim_support"
    interim_support: str
    status: Life
    request: str = ""
    kind: str = ""
    started_on: str = ""
    ended_on: str = ""
    effective: str = ""


class CareActAssessmentStated(CareFact):
    """The council said where an assessment of needs stands, of a person or of their carer.

    `jointly` is whether a carer is assessed with the person or by themselves. `last_contact_on` is when somebody who
    waits was last spoken to. `eligible_needs` is empty until it is known.
    """

    slot: ClassVar[str] = "assessment"
    about: ClassVar[str] = "assessment"
    assessment: str
    status: Literal["requested", "allocated", "in-progress", "completed", "cancelled"]
    client: str = "person"
    kind: str = ""
    jointly: Literal["joint", "separate", ""] = ""
    method: str = ""
    request: str = ""
    requested_on: str = ""
    allocated_on: str = ""
    started_on: str = ""
    completed_on: str = ""
    last_contact_on: str = ""
    eligible_needs: str = ""
    outcome: str = ""


class SupportPlanStated(CareFact):
    """The council said that a care and support plan is in draft, agreed or ended, and how its support is bought."""

    seals = SealedGoals
    slot: ClassVar[str] = "support_plan"
    about: ClassVar[str] = "support_plan"
    support_plan: str
    status: Literal["draft", "agreed", "ended"]
    client: str = "person"
    assessment: str = ""
    delivery: str = ""
    agreed_on: str = ""
    ended_on: str = ""
    review_due_on: str = ""


class ShortTermEpisodeStated(CareFact):
    """The council said that support to get somebody back on their feet is planned, live or ended, and what came of it.

    After a discharge, `check` is where the person is 91 days after `discharged_on`.
    """

    seals = SealedGoals
    slot: ClassVar[str] = "short_term"
    about: ClassVar[str] = "episode"
    episode: str
    status: Life
    kind: str = ""
    request: str = ""
    team: str = ""
    discharged_on: str = ""
    started_on: str = ""
    ended_on: str = ""
    outcome: str = ""
    checked_on: str = ""
    check: str = ""


class ReviewStated(CareFact):
    """The council said that a review is due, done or cancelled; `reviews` is the plan, package or support reviewed."""

    slot: ClassVar[str] = "review"
    about: ClassVar[str] = "review"
    review: str
    status: Literal["due", "done", "cancelled"]
    client: str = "person"
    reviews: str = ""
    reason: str = ""
    method: str = ""
    due_on: str = ""
    done_on: str = ""
    outcome: str = ""
    outcomes_achieved: str = ""


class CarerStated(CareFact):
    """The council said that somebody cares for a person unpaid: found, assessed, declined, or no longer.

    `found_in` is where: a carer found in hospital goes to the liaison officer there.
    """

    seals = SealedCarer
    slot: ClassVar[str] = "carer"
    about: ClassVar[str] = "carer"
    carer: str
    status: Literal["identified", "assessed", "declined", "ended"]
    relationship: str = ""
    lives_with: str = ""
    found_in: str = ""
    identified_on: str = ""
    assessed_on: str = ""
    jointly: Literal["joint", "separate", ""] = ""
    emergency_plan: str = ""


class EquipmentStated(CareFact):
    """The council said that equipment, telecare or an adaptation is ordered, delivered, failed, returned, cancelled."""

    slot: ClassVar[str] = "equipment"
    about: ClassVar[str] = "item"
    item: str
    category: Literal["equipment", "telecare", "adaptation"]
    status: Literal["ordered", "delivered", "failed", "returned", "cancelled"]
    kind: str = ""
    ordered_on: str = ""
    delivered_on: str = ""
    needed_for_discharge: bool = False


class PlacementStated(CareFact):
    """The council said that a person has, will have or had a place to live with care; a move is a new placement.

    `host_authority` is the council in whose area the place is, where that is not ours.
    """

    withheld = frozenset({"provider", "provider_location", "host_authority"})
    slot: ClassVar[str] = "placement"
    about: ClassVar[str] = "placement"
    placement: str
    status: Life
    setting: str = ""
    purpose: str = ""
    provider: str = ""
    provider_location: str = ""
    host_authority: str = ""
    moved_from: str = ""
    started_on: str = ""
    ended_on: str = ""
    ending: str = ""


class CommunicationNeedsRecorded(CareFact):
    """The council said how to speak to a person: language, interpreter, needs, and how they want to be reached."""

    seals = SealedNote
    slot: ClassVar[str] = "communication"
    language: str = ""
    interpreter: str = ""
    needs: tuple[str, ...] = ()
    preferred_contact: str = ""


class LegalPowerStated(CareFact):
    """The council said that somebody may decide for a person, or no longer may."""

    seals = SealedHolder
    slot: ClassVar[str] = "legal_power"
    about: ClassVar[str] = "power"
    power: str
    status: Literal["held", "ended"]
    kind: str
    started_on: str = ""
    ended_on: str = ""


class ObjectionRecorded(CouncilFact):
    """A person objected to what is known of them being shared, or took that back. The last recorded word holds."""

    family = "person"
    slot: ClassVar[str] = "objection"
    objects: bool
    stated_on: str = ""

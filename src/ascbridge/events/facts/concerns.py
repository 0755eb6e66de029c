"""Safeguarding concerns as events: they stand on a topic of their own, and nothing of them on any other.

The open part says which concern, and nothing of what it is about: who may read the topic's records without our keys
learns that something happened, and no more. The sealed part is the whole concern as it now stands, sealed with keys
that no other part of the bridge has (decision 44). This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import Literal

from ascbridge.events.facts.fact import Fact, Part

AbuseType = Literal[
    "physical", "domestic", "sexual", "psychological", "modern-slavery", "financial-or-material",
    "neglect-and-acts-of-omission", "discriminatory", "organisational", "self-neglect",
]  # fmt: skip
"""The ten of the care and support statutory guidance."""
Known = Literal["yes", "no", "unknown"]
Status = Literal["new", "accepted", "enquiry", "closed"]
Outcome = Literal["s42-enquiry", "other-enquiry", "signposted", "no-further-action"]
Risk = Literal["removed", "reduced", "remained"]
Invited = Literal["adult", "representative", "declined", "not-appropriate"]
Form = Literal["SG1", "SG2", "SG3", "SG4"]
Barred = Literal["mappa", "marac", "channel", "position-of-trust", ""]


class Adult(Part):
    """Whom a concern is about, as the sender said. `person_id` is the bridge's own, where the bridge itself told it.

    Gender, ethnicity and support reason are codes of the loaded lists; the yearly collection counts adults by them.
    """

    family_name: str = ""
    given_names: str = ""
    birth_date: str = ""
    nhs_number: str = ""
    council_id: str = ""
    person_id: str = ""
    gender: str = ""
    ethnicity: str = ""
    support_reason: str = ""


class RaisedBy(Part):
    """Who raised it, and how they can be reached."""

    name: str = ""
    role: str = ""
    organisation: str = ""
    phone: str = ""


class Wishes(Part):
    """Making Safeguarding Personal: whether the adult was asked, what they want, and whether it was achieved."""

    asked: Known = "unknown"
    words: str = ""
    achieved: Literal["fully", "partly", "not", ""] = ""


class Decision(Part):
    """What was decided, by whom, when and why."""

    outcome: Outcome
    by: str
    role: str
    at_ms: int
    why: str


class Enquiry(Part):
    """The enquiry that a decision opened, and who leads it."""

    kind: Literal["s42-enquiry", "other-enquiry"]
    opened_ms: int
    lead: str = ""


class Document(Part):
    """A form of the council's, by its reference in the case system: never the document itself."""

    form: Form
    reference: str
    dated_on: str = ""


class Conclusion(Part):
    """How an enquiry ended."""

    risk: Risk
    by: str
    role: str
    at_ms: int
    words: str = ""


class Invitation(Part):
    """Who was given the invitation to the survey after an enquiry, or why nobody was; the survey knows none of it."""

    given: Invited
    by: str
    role: str
    at_ms: int
    why: str = ""


class Concern(Part):
    """One concern, whole. `team` has it, `day_team` is whose it is by day, `because` says by which row of the table.

    `council` is where it occurred, empty for the council's own area. `source_named` are the people or organisations
    said to be the source of the risk: they are kept from it as the `excluded_...` are. `barred` names a case that no
    shared record may ever hold.
    """

    concern: str
    reference: str
    status: Status = "new"
    team: str = ""
    day_team: str = ""
    because: str = ""
    origin: str = ""
    place: str = ""
    place_name: str = ""
    council: str = ""
    mental_health: bool = False
    raised_ms: int = 0
    occurred_on: str = ""
    abuse_types: tuple[AbuseType, ...] = ()
    severity: str = ""
    account: str = ""
    adult: Adult = Adult()
    raised_by: RaisedBy = RaisedBy()
    capacity: Known = "unknown"
    advocate: Known = "unknown"
    source_of_risk: str = ""
    source_named: tuple[str, ...] = ()
    wishes: Wishes = Wishes()
    excluded_accounts: tuple[str, ...] = ()
    excluded_organisations: tuple[str, ...] = ()
    barred: Barred = ""
    accepted_by: str = ""
    decision: Decision | None = None
    enquiry: Enquiry | None = None
    documents: tuple[Document, ...] = ()
    conclusion: Conclusion | None = None
    invitation: Invitation | None = None
    decide_by_ms: int | None = None
    conclude_by_ms: int | None = None
    audit_from_ms: int | None = None


class SealedConcern(Part):
    """What an event seals: the whole of its concern."""

    said: Concern


class ConcernFact(Fact):
    """The class name says what changed; the sealed part is the concern as it now stands. Highest `revision` holds."""

    family = "safeguarding"
    seals = SealedConcern
    concern: str
    revision: int


class ConcernRaised(ConcernFact):
    """Somebody raised a concern about an adult, and it was routed to a team."""


class ConcernAccepted(ConcernFact):
    """Somebody of the team has taken it up."""


class ConcernRecorded(ConcernFact):
    """Something was added: wishes, capacity, an advocate, a document, who is kept from it, the survey, a note."""


class ConcernHandedOver(ConcernFact):
    """It went to another team."""


class ConcernDecided(ConcernFact):
    """It was decided what follows: an enquiry under section 42, another enquiry, or none."""


class EnquiryConcluded(ConcernFact):
    """The enquiry ended, with what became of the risk."""


class ConcernsRepeated(ConcernFact):
    """With this concern the adult has had more within the months than the council looks past."""

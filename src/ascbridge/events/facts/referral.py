"""What the council says of how somebody came to it: contacts, referrals, and what people answer about themselves.

Values are the words of the council's contract (`contracts/sources/council-facts`). Lists that change with local
practice are texts here, so that a new word in a list breaks no reader. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import ClassVar

from ascbridge.events.facts.fact import CouncilFact, Part


class Answer(Part):
    """What somebody answered for one outcome of the Care Act 2014 (SI 2015/313): its name, and how they manage."""

    domain: str
    level: str


class SealedAnswers(Part):
    """What people wrote beside their answers, in the order of the answers; empty where they wrote nothing."""

    comments: tuple[str, ...] = ()


class RequestFact(CouncilFact):
    """Somebody asked for support. `outcome` is empty until the front door has decided.

    `channel` is how they came (phone, email, online...); `route` from where, in the words of the national return
    (hospital discharge, community...); `client` whether it is about a person's own needs or about their caring;
    `retracted` that it was entered in error, and never was.
    """

    family = "referral"
    withheld = frozenset({"reason", "route", "team"})
    received_on: str
    channel: str
    route: str = ""
    reason: str = ""
    made_by: str = ""
    client: str = "person"
    team: str = ""
    outcome: str = ""
    decided_on: str = ""
    retracted: bool = False


class ContactRecorded(RequestFact):
    """The council said that somebody made contact about a person, and what came of it."""

    slot: ClassVar[str] = "contact"
    about: ClassVar[str] = "contact"
    contact: str


class ReferralRecorded(RequestFact):
    """The council said that a person was referred for support, and what came of it."""

    slot: ClassVar[str] = "referral"
    about: ClassVar[str] = "referral"
    referral: str
    after_contact: str = ""


class SelfAssessmentAnswered(CouncilFact):
    """A person, or their carer, answered questions about themselves, each for one outcome of the Care Act.

    `request` is the contact or referral that it belongs to.
    """

    family = "referral"
    seals = SealedAnswers
    slot: ClassVar[str] = "self_assessment"
    about: ClassVar[str] = "self_assessment"
    self_assessment: str
    request: str = ""
    client: str = "person"
    completed_on: str = ""
    answers: tuple[Answer, ...] = ()

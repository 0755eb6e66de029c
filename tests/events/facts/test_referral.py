"""Facts about how somebody came: a contact and a referral say the same things, each under its own number."""

from ascbridge.events.facts.fact import Stamp
from ascbridge.events.facts.referral import (
    Answer,
    ContactRecorded,
    ReferralRecorded,
    SealedAnswers,
    SelfAssessmentAnswered,
)

SAID = {"stamp": Stamp(recorded_ms=1), "received_on": "2026-03-02", "channel": "phone"}


def test_a_contact_and_a_referral_differ_in_their_numbers_only() -> None:
    contact, referral = ContactRecorded.model_fields.keys(), ReferralRecorded.model_fields.keys()
    assert (contact - referral, referral - contact) == ({"contact"}, {"referral", "after_contact"})


def test_nobody_has_decided_until_they_say_so() -> None:
    contact = ContactRecorded.model_validate({**SAID, "contact": "C1"})
    assert (contact.outcome, contact.client) == ("", "person")


def test_what_people_wrote_is_sealed_and_what_they_chose_is_not() -> None:
    assert SelfAssessmentAnswered.seals is SealedAnswers
    fact = SelfAssessmentAnswered(
        stamp=Stamp(recorded_ms=1), self_assessment="S1", answers=(Answer(domain="hygiene", level="manages"),)
    )
    assert "comments" not in fact.model_dump()

"""What the council said, read back for the record."""

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.fact import Stamp
from ascbridge.events.facts.referral import ContactRecorded, ReferralRecorded, SelfAssessmentAnswered
from ascbridge.record.council_parts import answers_view, objects, request_view
from tests.record.samples import PERSON, PRESENT

STAMP = Stamp(recorded_ms=1)
CONTACT = ContactRecorded(stamp=STAMP, contact="CT-1", received_on="2026-03-02", channel="phone")
REFERRAL = ReferralRecorded(
    stamp=STAMP, referral="R-1", after_contact="CT-1", received_on="2026", channel="email"
)


def test_a_contact_and_a_referral_are_told_apart() -> None:
    for fact, number in ((CONTACT, "CT-1"), (REFERRAL, "R-1")):
        view = request_view("c1", fact.model_dump_json().encode(), "m1", PRESENT)
        assert (view.fact, view.number, view.person_id) == (fact, number, PERSON)


def test_answers_find_the_request_that_they_belong_to() -> None:
    requests = [
        request_view(name, fact.model_dump_json().encode(), "m1", PRESENT)
        for name, fact in (("c1", CONTACT), ("c2", REFERRAL))
    ]
    for number, found in (("CT-1", "c1"), ("R-1", "c2"), ("", ""), ("other", "")):
        fact = SelfAssessmentAnswered(stamp=STAMP, self_assessment="S1", request=number)
        view = answers_view("a1", fact.model_dump_json().encode(), "m2", PRESENT, requests)
        assert view.request_id == found


def test_an_objection_stands_until_it_is_taken_back() -> None:
    for said in (True, False):
        assert objects(ObjectionRecorded(stamp=STAMP, objects=said).model_dump_json().encode()) is said

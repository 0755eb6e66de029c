"""A contact or a referral as ServiceRequest: when, why, and whether it is decided."""

from ascbridge.events.facts.fact import Stamp
from ascbridge.events.facts.referral import ContactRecorded, ReferralRecorded
from ascbridge.record.checks import check
from ascbridge.record.mapping.request import request
from ascbridge.record.views import RequestView
from tests.record.samples import COUNCIL, PERSON

CONTACT = ContactRecorded(
    stamp=Stamp(recorded_ms=1),
    contact="CT-1",
    received_on="2026-03-02",
    channel="phone",
    reason="Falls  at home",
)
REFERRAL = ReferralRecorded(
    stamp=Stamp(recorded_ms=1),
    referral="R-1",
    received_on="2026-03",
    channel="hospital",
    outcome="short-term",
)


def test_it_is_active_until_it_is_decided() -> None:
    contact, referral = (request(RequestView(PERSON, "c1", fact), COUNCIL) for fact in (CONTACT, REFERRAL))
    assert (contact["status"], referral["status"]) == ("active", "completed")
    assert contact["reasonCode"] == [{"text": "Falls at home"}]
    assert (contact["authoredOn"], referral["authoredOn"]) == ("2026-03-02", "2026-03")
    assert contact["identifier"] == [{"system": "https://fhir.coventry.gov.uk/Id/contact", "value": "CT-1"}]
    for made in (contact, referral):
        check(made)


def test_a_restricted_persons_is_marked() -> None:
    made = request(RequestView(PERSON, "c1", CONTACT, restricted=True), COUNCIL)
    assert made["meta"]["security"][0]["code"] == "R"

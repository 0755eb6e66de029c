"""A contact names nobody in the open, and of a restricted person not what it was about."""

from ascbridge.events.facts.catalogue import fact_name, read_fact
from ascbridge.events.facts.duty_contact import DutyContactTaken, SealedDutyContact
from ascbridge.relationship.duty_contacts import CALLERS


def test_it_is_read_back_as_it_was_said() -> None:
    assert fact_name(DutyContactTaken) == "care.duty-contact-taken.v1"
    for caller in CALLERS:
        said = {"contact": "c1", "caller": caller, "role": "front-door", "until_ms": 1, "unknown": "later"}
        read = read_fact("care.duty-contact-taken.v1", said)
        assert read == DutyContactTaken(contact="c1", caller=caller, role="front-door", until_ms=1)


def test_what_it_was_about_is_withheld_of_a_restricted_person() -> None:
    assert DutyContactTaken.seals is SealedDutyContact
    assert SealedDutyContact.withheld == {"contact_words"}

"""Contacts: when a shift ends on the clocks of London, and what is refused."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import pytest

from ascbridge.calendars import LONDON
from ascbridge.events.facts.catalogue import read_fact
from ascbridge.events.facts.duty_contact import DutyContactTaken, SealedDutyContact
from ascbridge.operations.finding import audit_search
from ascbridge.people.actor import Actor
from ascbridge.people.opening import SealedValue, open_many
from ascbridge.relationship.duty_contacts import ContactRefused, end_of_shift, log_contact
from ascbridge.relationship.grounds import Reader
from ascbridge.relationship.own_words import Stated
from ascbridge.storage.tables import duty_contact

if TYPE_CHECKING:
    from tests.web.city import City

ENDS = (time(20), time(8))
NIA = Reader("Nia Brown", "front-door", "link:1")
ACTOR = Actor("Nia Brown", "front-door", "work", sign_in="link:1")


@pytest.mark.parametrize(
    "now, end",
    [
        ("2026-10-18T13:50", "2026-10-18T20:00"),
        ("2026-10-18T20:00", "2026-10-19T08:00"),
        ("2026-10-18T07:59", "2026-10-18T08:00"),
        ("2026-10-24T22:00", "2026-10-25T08:00"),  # the clocks go back that night
        ("2026-03-28T22:00", "2026-03-29T08:00"),  # and forward in this one
        ("2026-12-31T23:59", "2027-01-01T08:00"),
    ],
)
def test_a_shift_ends_at_the_next_of_its_times(now: str, end: str) -> None:
    def at(text: str) -> int:
        return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)

    assert end_of_shift(at(now), ENDS) == at(end)


def test_a_contact_is_a_row_and_an_entry_and_its_words_are_sealed(city: City) -> None:
    person, now = city.task_of(0).person_id, city.clock.at_ms
    stated = Stated(person, "family", "The daughter, 024 000", now, now + 10)
    told = [
        city.bridge.write_now(lambda c: log_contact(c, city.data_keys, NIA, ACTOR, stated, "uk.x"))
        for _ in range(2)  # the same form, sent twice
    ]
    (row,) = city.rows(duty_contact)
    assert (row.person_id, row.who, row.caller) == (person, "Nia Brown", "family")
    assert b"daughter" not in row.sealed
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=person))
    assert [one.what for one in entries].count("contact written down") == 1
    (event,), again = told
    assert again == []
    assert (event.type, event.topic) == ("uk.x.care.duty-contact-taken.v1", "care")
    fact = read_fact(event.type, event.data)
    assert fact == DutyContactTaken(
        contact=row.contact_id, caller="family", role="front-door", until_ms=now + 10
    )
    assert not any(word in str(event.data) for word in ("daughter", "Nia Brown"))
    sealed = SealedValue(event.data["sealed"], event.key_id, event.id)
    opened = city.bridge.read_now(
        lambda c: open_many(c, city.data_keys, [(sealed, False)], model=SealedDutyContact)
    )
    assert opened == [SealedDutyContact(contact_taken_by="Nia Brown", contact_words="The daughter, 024 000")]


@pytest.mark.parametrize("caller, text", [("nobody", "x"), ("family", "  ")])
def test_who_and_what_about_must_be_said(city: City, caller: str, text: str) -> None:
    stated = Stated(city.task_of(0).person_id, caller, text, 1, 2)
    with pytest.raises(ContactRefused):
        city.bridge.write_now(lambda c: log_contact(c, city.data_keys, NIA, ACTOR, stated, "uk.x"))
    assert city.rows(duty_contact) == []

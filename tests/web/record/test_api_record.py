"""A record as sections: what a role may not see is not shared, and where a restricted person is stands in none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.people.membership import keys_of, restricted
from ascbridge.record.reader import PersonRecord, read_person
from ascbridge.storage.tables import task
from ascbridge.web.record.api_record import case_of, sections
from ascbridge.web.record.case_shown import read_case
from tests.web.record.test_care_shown import evans

if TYPE_CHECKING:
    from tests.web.city import City


def record_of(city: City, person_id: str) -> PersonRecord:
    return city.bridge.read_now(
        lambda c: read_person(
            c, city.data_keys, person_id, now_ms=city.clock.at_ms, sources=city.parts().sources
        )
    )


def test_a_masked_role_gets_neither_who_nor_contact_nor_visit_numbers(city: City) -> None:
    record = record_of(city, city.task_of(2).person_id)
    full = sections(record, Access.full, Access.full)
    assert full["who"].items[0]["family_name"]
    assert full["contact"].items[0]["postcode"] == "CV99 1ZZ"
    assert full["stays"].items[0]["visit_number"]
    masked = sections(record, Access.masked, Access.none)
    assert (masked["who"].state, masked["who"].items) == ("not shared", [])
    assert (masked["contact"].state, masked["contact"].items) == ("not shared", [])
    assert "visit_number" not in masked["stays"].items[0]


def test_a_restricted_persons_stays_say_no_place(city: City) -> None:
    hidden = city.bridge.read_now(lambda c: restricted(c, [row.patient_key for row in city.rows(task)]))
    row = next(one for one in city.rows(task) if one.patient_key in hidden)
    shown = sections(record_of(city, row.person_id), Access.full, Access.full)
    assert shown["contact"].items == []
    (stay,) = shown["stays"].items
    assert (stay["ward"], stay["facility"]) == (None, "")


def test_the_councils_case_is_given_in_codes_with_what_is_due_and_without_what_is_sealed(city: City) -> None:
    evans(city, carer={"id": "K-1", "status": "identified", "name": "Bert", "found_in": "hospital"})
    evans(city, placement={"id": "H-1", "status": "live", "setting": "nursing", "provider": "Canary Court"})
    person_id = city.task_of(0).person_id
    case = city.bridge.read_now(lambda c: read_case(c, keys_of(c, [person_id])[person_id], 2))
    things, reminders = case_of(case, hidden=False)
    said = {(one.kind, one.id): one.says for one in things}
    assert said["carer", "K-1"]["found_in"] == "hospital"
    assert said["placement", "H-1"]["provider"] == "Canary Court"
    assert "Bert" not in str(things)
    assert {"event", "since_ms"}.isdisjoint(said["known", ""])
    assert ("carer", "K-1") in {(one.what, one.about) for one in reminders}
    hidden, _ = case_of(case, hidden=True)
    assert "Canary" not in str(hidden)
    assert {(one.kind, one.id) for one in hidden} == set(said)

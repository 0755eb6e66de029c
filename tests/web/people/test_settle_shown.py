"""What there is to settle, as far as a role may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.access import Access
from ascbridge.storage.tables import patient, possible_match, quarantine
from ascbridge.web.people.settle_shown import number_to_settle, pair_to_settle, person_to_settle, to_settle

if TYPE_CHECKING:
    from tests.web.city import City


def _shared(city: City) -> str:
    city.hear("A01", local_id="L900", visit="V900", name="EVANS^MARGARET^^^MRS^^L", born="19500101",
              nhs_number="9993000019", ward="W1^^^RKB01")  # fmt: skip
    return str(next(row for row in city.rows(quarantine) if row.state == "open").patient_key)


def test_a_number_shared_by_two_people_is_one_case_with_both_sides(city: City) -> None:
    key = _shared(city)
    found = city.bridge.read_now(to_settle)
    assert len([row for row in city.rows(quarantine) if row.state == "open"]) > len(found.cases)
    assert found.people[found.cases[0].patient_key] != found.people[found.cases[0].other_key]
    parts = city.parts()
    both = city.bridge.read_now(lambda c: number_to_settle(c, parts, key, Access.full, city.clock.at_ms))
    assert both is not None
    sides = [{one.person_id for one in side} for side in (both.mine, both.theirs)]
    assert [len(side) for side in sides] == [1, 1]
    assert sides[0] != sides[1]
    assert both.compared is not None
    likeness, row = both.compared
    assert likeness == ("verified", "differs", "given-differs", "same", "same")
    assert (row.id, row.decision) == ("number-other-birth", "possible")
    assert both.case.detail == row.words  # what decided then decides now
    city.erase(key)
    both = city.bridge.read_now(lambda c: number_to_settle(c, parts, key, Access.full, city.clock.at_ms))
    assert both is not None
    assert both.compared is None
    assert city.bridge.read_now(lambda c: number_to_settle(c, parts, "none", Access.full, 0)) is None


def test_two_who_may_be_one_are_shown_as_the_role_may_and_once_for_two_persons(city: City) -> None:
    more = {"name": "OKORO^GRACE^^^MRS^^L", "born": "19470820", "nhs_number": "", "ward": "W1^^^RKB01"}
    for number in ("L910", "L911"):
        city.hear("A01", local_id=number, visit=number, **more)
    (pair,) = city.rows(possible_match)
    parts, now = city.parts(), city.clock.at_ms
    both = city.bridge.read_now(lambda c: pair_to_settle(c, parts, (pair.high, pair.low), Access.full, now))
    assert both is not None
    assert [len(side) for side in (both.mine, both.theirs)] == [1, 1]
    assert both.compared is not None
    assert (both.compared[1].id, both.case.row) == ("no-number-all-else-same",) * 2
    city.council("C910", "", ("OKORO", "GRACE"), "1947-08-20", "known", known=True)
    found = city.bridge.read_now(to_settle)
    assert (len(city.rows(possible_match)), len(found.possible), found.more) == (3, 3, 0)
    masked = city.bridge.read_now(
        lambda c: pair_to_settle(c, parts, (pair.low, pair.high), Access.masked, now)
    )
    assert masked is not None
    assert masked.mine[0].shown.name.startswith("Person ")
    city.erase(pair.low)
    erased = city.bridge.read_now(lambda c: pair_to_settle(c, parts, (pair.low, pair.high), Access.full, now))
    assert erased is not None
    assert (erased.compared, erased.mine[0].shown.name) == (None, "Erased")


def test_a_persons_records_are_opened_as_the_role_may_and_erased_ones_say_so(city: City) -> None:
    person, parts, now = city.task_of(0).person_id, city.parts(), city.clock.at_ms

    def opened(access: Access) -> list[tuple[str, str]]:
        found = city.bridge.read_now(lambda c: person_to_settle(c, parts, person, access, now))
        assert found is not None
        return sorted((one.shown.name, one.local_id) for one in found.records)

    assert opened(Access.full) == [("EVANS, Mary", "C100"), ("EVANS, Mary Joy (Mrs)", "L100")]
    assert opened(Access.masked) == [(f"Person {person[:8]}", "")] * 2
    for row in city.rows(patient):
        if row.person_id == person:
            city.erase(row.patient_key)
    assert opened(Access.full) == [("Erased", "")] * 2
    found = city.bridge.read_now(lambda c: person_to_settle(c, parts, person, Access.full, now))
    assert found is not None
    assert found.erased
    assert city.bridge.read_now(lambda c: person_to_settle(c, parts, "none", Access.full, now)) is None

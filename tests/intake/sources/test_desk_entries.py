"""What a discharge worker entered, as facts: a patient and a stay of their own, and no word more than was written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ascbridge.events.facts.catalogue import PatientDetailsRecorded, SealedPatient, StayEnteredByHand, Ward
from ascbridge.events.logs.envelope import DESK, Ref
from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources.desk_entries import check
from ascbridge.intake.sources.door import SourceFault

PROFILE = profiles.read("desk")
ENTRY: dict[str, Any] = {
    "id": "form-1", "entered": "2026-10-18T12:50:00Z", "site": "RLT", "ward": "Ward 9", "admitted_on": "2026-10-12",
    "ready": True, "expected_on": "2026-10-20",
    "person": {
        "nhs_number": "9993000019", "checked": True, "family_name": "Evans", "given_names": ["Mary"],
        "birth_date": "1941-03-14", "local_number": "L1", "postcode": "CV1 2AB",
    },
}  # fmt: skip
SPELL = Ref("spell", DESK, "form-1")


def entry(**more: Any) -> bytes:
    return json.dumps({**ENTRY, **more}).encode()


def person(**more: Any) -> bytes:
    return entry(person={**ENTRY["person"], **more})


def facts(raw: bytes) -> tuple[PatientDetailsRecorded, SealedPatient, StayEnteredByHand]:
    details, stay = check(raw, PROFILE).translate({SPELL: "s1"}).drafts
    assert isinstance(details.fact, PatientDetailsRecorded)
    assert isinstance(details.sealed, SealedPatient)
    assert isinstance(stay.fact, StayEnteredByHand)
    assert (details.about, stay.sealed) == (stay.about, None)
    return details.fact, details.sealed, stay.fact


def test_an_entry_has_a_patient_and_a_stay_of_its_own() -> None:
    door = check(entry(), PROFILE)
    assert door.lane == Ref("patient", DESK, "form-1")
    assert door.refs == (door.lane, SPELL)
    assert door.control_id == "form-1"


def test_it_says_who_where_and_when() -> None:
    details, sealed, stay = facts(entry())
    assert (details.number_state, details.number_status, details.age_band) == ("verified", "01", "85+")
    assert (sealed.nhs_number, sealed.family_name, sealed.local_id) == ("9993000019", "Evans", "L1")
    assert (stay.spell, stay.facility, stay.ward) == ("s1", "RLT", Ward(ward="Ward 9", site="RLT"))
    assert (stay.ready, stay.expected_discharge, stay.marks) == (True, "2026-10-20", ())
    assert stay.admitted_ms == 1_791_759_600_000  # 12 October 2026, 0:00 in London
    assert stay.stamp.recorded_ms == stay.occurred_ms == 1_792_327_800_000


def test_who_will_be_ready_is_not_said_to_be_unready() -> None:
    _, _, stay = facts(entry(ready=False, admitted_on="", ward=""))
    assert (stay.ready, stay.admitted_ms, stay.ward) == (None, None, None)


@pytest.mark.parametrize("number, checked, state", [
    ("9993000019", False, "unverified"), ("9993000018", True, "invalid"), ("", True, "none"),
])  # fmt: skip
def test_what_a_number_is_worth_is_what_was_said_of_it(number: str, checked: bool, state: str) -> None:  # noqa: FBT001
    assert facts(person(nhs_number=number, checked=checked))[0].number_state == state


@pytest.mark.parametrize(
    "raw, place",
    [
        (b"no json", "$"),
        (entry(site=""), "$.site"),
        (entry(ready="perhaps"), "$.ready"),
        (entry(expected_on="tomorrow"), "$.expected_on"),
        (person(nhs_number="12"), "$.person.nhs_number"),
        (person(nhs_number="", local_number=""), "$.person"),
        (person(nhs_number="", family_name=""), "$.person"),
    ],
)
def test_what_is_no_entry_is_refused_with_its_place(raw: bytes, place: str) -> None:
    with pytest.raises(SourceFault) as fault:
        check(raw, PROFILE)
    assert fault.value.segment.startswith(place)
    assert "Evans" not in str(fault.value)


@pytest.mark.parametrize("lives, said", [
    ("here", ("local", "", "")), ("elsewhere", ("elsewhere", "Warwickshire", "")), ("no-fixed-address", ("", "", "no")),
    ("", ("", "", "")),
])  # fmt: skip
def test_where_somebody_lives_is_said_as_it_was_chosen(lives: str, said: tuple[str, str, str]) -> None:
    fact, _, _ = facts(person(lives=lives, council="Warwickshire"))
    assert (fact.residence, fact.authority, fact.fixed_address) == said

"""Who somebody is, of all that their sources say: each part by whoever spoke of it last, the verified number first."""

import orjson

from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.people.opening import ERASED
from ascbridge.record.patient_parts import Known, PatientRow, patient_view

PERSON = "n1"


def known(
    key: str, sealed: SealedPatient | None, *, state: str = "none", death: str = "", **more: str
) -> Known:
    details = orjson.dumps({"gender": more.get("gender", "unknown"), "number_status": more.get("status", "")})
    return Known(
        PatientRow(
            key, PERSON, "RKB", state, 0, details.decode(), b"x", "e1", "k1", "s", bool(death), "", death
        ),
        sealed,
    )


def test_a_source_that_is_silent_of_a_part_takes_nothing_from_another() -> None:
    newest = known("a", SealedPatient(family_name="New", local_id="A"))
    older = known("b", SealedPatient(family_name="Old", postcode="CV1", local_id="B"), gender="female")
    seen = patient_view(PERSON, [newest, older], "", {"a": "m1"})
    assert (seen.details.family_name, seen.details.postcode, seen.gender) == ("New", "CV1", "female")
    assert [each.value for each in seen.local_numbers] == ["A", "B"]
    assert seen.source == "m1"


def test_a_verified_number_goes_before_one_that_was_said_later() -> None:
    later = known("a", SealedPatient(nhs_number="2"), state="unverified", status="02")
    verified = known("b", SealedPatient(nhs_number="1"), state="verified", status="01")
    seen = patient_view(PERSON, [later, verified], "", {})
    assert (seen.nhs_number, seen.number_status) == ("1", "01")


def test_the_last_word_of_a_death_holds_and_nobodys_word_is_none() -> None:
    assert patient_view(PERSON, [known("a", None)], "", {}).died is None
    seen = patient_view(PERSON, [known("a", None), known("b", None, death="2026")], "", {})
    assert seen.died is True


def test_of_whom_nothing_is_left_only_that_is_told() -> None:
    gone = Known(known("a", None).row, ERASED)
    assert patient_view(PERSON, [gone], "", {}).state == "erased"
    assert patient_view(PERSON, [], "n2", {}).state == "merged"

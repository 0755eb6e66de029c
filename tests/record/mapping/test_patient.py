"""Who somebody is: one NHS number with its worth, death as an informal notice, nothing where nothing is known."""

from dataclasses import replace

import pytest
from hypothesis import given

from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.record.mapping.patient import patient
from ascbridge.uk_core import DEATH_NOTIFICATION_EXTENSION, NHS_NUMBER
from tests.record.samples import COUNCIL, DEAD, MERGED, PRESENT, RESTRICTED, patients

WHEREABOUTS = {"telecom", "address", "contact", "generalPractitioner"}


def test_the_nhs_number_says_how_far_it_is_verified() -> None:
    number = patient(PRESENT, COUNCIL)["identifier"][0]
    assert (number["system"], number["value"]) == (NHS_NUMBER, "9990001006")
    assert number["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "01"


def test_a_number_status_nobody_told_is_not_guessed() -> None:
    number = patient(replace(PRESENT, number_status=""), COUNCIL)["identifier"][0]
    assert "extension" not in number


@given(patients)
def test_there_is_never_more_than_one_nhs_number(view) -> None:
    numbers = [each for each in patient(view, COUNCIL).get("identifier", []) if each["system"] == NHS_NUMBER]
    assert len(numbers) <= 1


def test_the_hospitals_own_number_names_who_gave_it() -> None:
    local = patient(PRESENT, COUNCIL)["identifier"][1]
    assert local["system"] == "https://fhir.coventry.gov.uk/Id/RKB-patient"
    assert local["assigner"]["identifier"]["value"] == "RKB"


def test_a_death_told_by_a_hospital_is_an_informal_one() -> None:
    made = patient(DEAD, COUNCIL)
    assert made["deceasedDateTime"] == "2026-11-12"
    notice = next(each for each in made["extension"] if each["url"] == DEATH_NOTIFICATION_EXTENSION)
    assert notice["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "1"


@pytest.mark.parametrize(
    "died,on,wanted", [(True, "", True), (True, "soon", True), (False, "2026-11-12", False)]
)
def test_a_death_without_a_date_and_a_death_taken_back(died, on, wanted) -> None:
    made = patient(replace(PRESENT, died=died, died_on=on), COUNCIL)
    assert made["deceasedBoolean"] is wanted
    assert "deceasedDateTime" not in made


def test_nothing_is_said_of_death_where_nothing_was() -> None:
    assert not [name for name in patient(PRESENT, COUNCIL) if name.startswith("deceased")]


@given(patients)
def test_a_restricted_person_has_nothing_that_tells_where_they_are(view) -> None:
    made = patient(replace(view, restricted=True), COUNCIL)
    assert not WHEREABOUTS & made.keys()


def test_others_have_all_that_was_told() -> None:
    assert patient(PRESENT, COUNCIL).keys() >= WHEREABOUTS
    assert not WHEREABOUTS & patient(RESTRICTED, COUNCIL).keys()


def test_a_partial_birth_date_stays_partial_and_a_wrong_one_is_left_out() -> None:
    made = patient(replace(PRESENT, details=SealedPatient(birth_date="1940")), COUNCIL)
    assert made["birthDate"] == "1940"
    assert "birthDate" not in patient(
        replace(PRESENT, details=SealedPatient(birth_date="1940-02-31")), COUNCIL
    )


def test_of_someone_nobody_has_described_only_that_they_are_there() -> None:
    made = patient(
        replace(PRESENT, details=SealedPatient(), nhs_number="", local_numbers=(), ethnic_category=""),
        COUNCIL,
    )
    assert made.keys() == {"resourceType", "id", "meta", "active", "gender", "managingOrganization"}


def test_someone_merged_away_is_inactive() -> None:
    assert patient(MERGED, COUNCIL)["active"] is False

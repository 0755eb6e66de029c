"""Where a value stands in a feed's messages, and by which row of its code map it was read."""

from __future__ import annotations

from typing import get_args

import pytest

from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.intake.agreed import profiles
from ascbridge.intake.sources.council_statements import FACT_NAMES, Statements
from ascbridge.intake.sources.profile import Column, CsvSection, FilesSection
from ascbridge.web.record.case_shown import KINDS
from ascbridge.web.record.source_places import (
    PERSON_PLACES,
    code_row,
    in_council_message,
    in_hospital_message,
)

COUNCIL = profiles.read("council-facts")
HOSPITAL = profiles.read("itk-v24")
CSV = CsvSection(
    files="carers*.csv",
    fact="carer",
    columns={
        "Plan": Column(to="carer.emergency_plan", values={"Y": "yes", "N": "no"}),
        "Carer's name": Column(to="carer.name"),
    },
)
WITH_CSV = COUNCIL.model_copy(update={"files": FilesSection(csv=(CSV,))})


def test_every_detail_of_a_person_has_its_place_in_a_hospitals_message() -> None:
    assert set(SealedPatient.model_fields) - {"nhs_number"} <= set(PERSON_PLACES)
    assert in_hospital_message(HOSPITAL, "family_name") == "PID-5.1"
    assert in_hospital_message(HOSPITAL, "nhs_number") == " or ".join(HOSPITAL.where.nhs_number)
    assert in_hospital_message(HOSPITAL, "discharged_ms") == "PV1-45"


def test_a_line_of_the_council_names_a_value_as_its_contract_does() -> None:
    assert in_council_message(COUNCIL, "carer", "carer_name") == "carer.name"
    assert in_council_message(COUNCIL, "carer", "emergency_plan") == "carer.emergency_plan"
    assert in_council_message(COUNCIL, "known", "known") == "known"
    assert in_council_message(COUNCIL, "person", "local_id") == "person.council_id"


def test_a_file_names_it_by_its_column_and_a_code_by_its_row() -> None:
    assert in_council_message(WITH_CSV, "carer", "carer_name") == "files carers*.csv, Carer's name"
    assert code_row(WITH_CSV, "emergency_plan", "yes", "carer") == "Plan: Y means yes"
    assert code_row(WITH_CSV, "relationship", "wife", "carer") == ""
    assert code_row(COUNCIL, "emergency_plan", "yes", "carer") == ""


def test_a_hospitals_code_is_told_with_what_it_means_and_one_without_a_row_as_such() -> None:
    known, unknown = {"source_code": "19", "code": "19"}, {"source_code": "XX", "code": None}
    assert code_row(HOSPITAL, "discharge_destination", known) == "discharge_destination: 19 means 19"
    assert code_row(HOSPITAL, "discharge_destination", unknown) == "discharge_destination: XX has no row"


@pytest.mark.parametrize("fact", FACT_NAMES)
def test_every_member_of_the_contract_is_found_by_the_field_that_it_fills(fact: str) -> None:
    kind = get_args(Statements.model_fields[fact].annotation)[0]
    for member in getattr(kind, "model_fields", {}) if fact in KINDS else ():
        field = dict(kind.names).get(member, member)
        assert in_council_message(COUNCIL, fact, field) == f"{fact}.{member}"

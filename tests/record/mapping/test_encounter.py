"""A stay: its end is the actual discharge and nothing else, ever."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from ascbridge.events.facts.catalogue import Coded
from ascbridge.record.mapping.encounter import encounter
from ascbridge.uk_core import (
    DISCHARGE_DATES_EXTENSION,
    DISCHARGE_METHOD_EXTENSION,
    OWN_DISCHARGE_METHOD,
    instant,
)
from tests.record.samples import COUNCIL, IN_HOSPITAL, LEFT, NOT_UNDERSTOOD, stays


def test_estimated_planned_and_ready_dates_stand_in_an_extension_and_never_as_the_end() -> None:
    made = encounter(IN_HOSPITAL, COUNCIL)
    assert made["period"] == {"start": "2026-10-26T07:33:20Z"}
    dates = next(each for each in made["extension"] if each["url"] == DISCHARGE_DATES_EXTENSION)
    assert {each["url"]: each["valueDate"] for each in dates["extension"]} == {
        "estimated": "2026-11-20",
        "planned": "2026-11-21",
        "ready": "2026-11-18",
    }


@given(stays)
def test_the_end_is_the_actual_discharge_of_a_finished_stay(view) -> None:
    end = encounter(view, COUNCIL).get("period", {}).get("end")
    finished = view.fact.status == "finished" and view.fact.discharged_ms is not None
    assert end == (instant(view.fact.discharged_ms) if finished else None)


def test_a_discharge_that_was_taken_back_has_no_end_even_where_its_time_is_still_known() -> None:
    back = replace(LEFT, fact=LEFT.fact.model_copy(update={"status": "in-progress"}))
    assert "end" not in encounter(back, COUNCIL)["period"]


@given(stays)
def test_a_period_never_ends_before_it_begins(view) -> None:
    period = encounter(view, COUNCIL).get("period", {})
    assert period.get("start", "") <= period.get("end", "9999")


def test_how_and_where_to() -> None:
    made = encounter(LEFT, COUNCIL)
    method = next(each for each in made["extension"] if each["url"] == DISCHARGE_METHOD_EXTENSION)
    assert method["valueCodeableConcept"]["coding"][0] == {
        "system": OWN_DISCHARGE_METHOD,
        "code": "2",
        "display": "Patient discharged him/herself or was discharged by a relative or advocate",
    }
    assert made["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "19"


def test_a_code_not_understood_goes_out_in_the_sources_words() -> None:
    made = encounter(NOT_UNDERSTOOD, COUNCIL)
    method = made["hospitalization"]["extension"][0]["valueCodeableConcept"]
    assert method == {"text": "28b Canary House"}
    assert made["class"]["code"] == "UNK"


def test_a_restricted_persons_stay_names_no_ward_and_no_words_of_the_source() -> None:
    said = json.dumps(encounter(replace(NOT_UNDERSTOOD, restricted=True), COUNCIL))
    assert "Canary" not in said
    assert "Location/" not in said
    assert "Code not understood" in said


@pytest.mark.parametrize(
    "status,wanted", [("in-progress", "active"), ("finished", "completed"), ("unknown", None)]
)
def test_the_ward_is_where_they_are_or_were(status: str, wanted: str | None) -> None:
    view = replace(IN_HOSPITAL, fact=IN_HOSPITAL.fact.model_copy(update={"status": status}))
    (where,) = encounter(view, COUNCIL)["location"]
    assert where["location"]["display"] == "Canary Ward"
    assert where.get("status") == wanted
    assert '"7"' not in json.dumps(where)


def test_the_visit_number_names_who_gave_it() -> None:
    own, visit = encounter(IN_HOSPITAL, COUNCIL)["identifier"]
    assert own["system"].endswith("/spell")
    assert (visit["system"], visit["value"]) == ("https://fhir.coventry.gov.uk/Id/RKB-visit", "V0001")


def test_a_stay_of_which_next_to_nothing_is_known() -> None:
    bare = replace(
        IN_HOSPITAL, visit_number="", fact=type(IN_HOSPITAL.fact)(spell="s1", revision=0, status="unknown")
    )
    made = encounter(bare, COUNCIL)
    assert made.keys() == {"resourceType", "id", "meta", "identifier", "status", "class", "subject"}


def test_an_empty_source_code_is_left_out() -> None:
    view = replace(
        LEFT, fact=LEFT.fact.model_copy(update={"discharge_destination": Coded(source_code=" ", code=None)})
    )
    assert "dischargeDisposition" not in encounter(view, COUNCIL)["hospitalization"]

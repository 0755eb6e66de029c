"""HAPI's own validator, offline, with the pinned UK Core: nothing we publish is an error."""

from dataclasses import replace
from pathlib import Path

import pytest

from ascbridge.events.facts.catalogue import Coded
from ascbridge.record.mapping.bundle import by_rule, name_of, resources, shared
from ascbridge.record.mapping.message import Letterhead, message, message_id
from ascbridge.record.mapping.provenance import Origin, Told, provenance_of_all
from ascbridge.safeguarding.bare_flag import bare_flag, withdrawn
from ascbridge.sink_sections import SinkSettings
from ascbridge.uk_core import (
    ADMISSION_METHOD,
    DISCHARGE_DESTINATION,
    DISCHARGE_METHOD,
    DISPLAYS,
    ETHNIC_CATEGORY,
    OWN_DISCHARGE_METHOD,
    OWN_SOURCE_OF_ADMISSION,
    SOURCE_OF_ADMISSION,
    TASK_STAGE,
    VERIFICATION,
)
from tests.record.care_samples import EVERYBODY
from tests.record.samples import COUNCIL, DETAILS, IN_HOSPITAL, LEFT, OPENED, PEOPLE, person

pytestmark = pytest.mark.fhir_server
NOT_LOOKED_UP = Path(__file__).parent / "codes_not_looked_up.txt"


def everything(view):
    return [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]


def errors(fhir_validator, resource) -> list[str]:
    return [
        f"{resource['resourceType']} {issue.location}: {issue.message}"
        for issue in fhir_validator.validate(resource)
        if issue.is_error
    ]


@pytest.mark.parametrize("name", EVERYBODY)
def test_no_resource_of_any_sample_person_has_an_error(name: str, fhir_validator) -> None:
    assert [fault for each in everything(EVERYBODY[name]) for fault in errors(fhir_validator, each)] == []


def with_codes(field: str, *systems: str):
    """Give a stay for each code of the systems."""
    for code in {code for system in systems for code in DISPLAYS[system]}:
        yield replace(LEFT, fact=LEFT.fact.model_copy(update={field: Coded(source_code=code, code=code)}))


@pytest.mark.parametrize(
    "field,systems",
    [
        ("admission_method", (ADMISSION_METHOD,)),
        ("admission_source", (SOURCE_OF_ADMISSION, OWN_SOURCE_OF_ADMISSION)),
        ("discharge_method", (DISCHARGE_METHOD, OWN_DISCHARGE_METHOD)),
        ("discharge_destination", (DISCHARGE_DESTINATION,)),
    ],
)
def test_no_code_of_a_stay_that_we_know_is_an_error(
    field: str, systems: tuple[str, ...], fhir_validator
) -> None:
    found = []
    for stay in with_codes(field, *systems):
        encounter = next(
            e for e in resources(person(stays=(stay,)), COUNCIL) if e["resourceType"] == "Encounter"
        )
        found += errors(fhir_validator, encounter)
    assert found == []


def test_no_code_of_a_patient_or_task_that_we_know_is_an_error(fhir_validator) -> None:
    view = PEOPLE["in hospital"]
    made = [
        replace(view, patient=replace(view.patient, ethnic_category=code))
        for code in DISPLAYS[ETHNIC_CATEGORY]
    ]
    made += [
        replace(view, patient=replace(view.patient, number_status=code)) for code in DISPLAYS[VERIFICATION]
    ]
    made += [
        replace(view, tasks=(replace(OPENED, fact=OPENED.fact.model_copy(update={"stage": code})),))
        for code in DISPLAYS[TASK_STAGE]
    ]
    found = []
    for each in made:
        for resource in resources(each, COUNCIL):
            if resource["resourceType"] in ("Patient", "Task"):
                found += errors(fhir_validator, resource)
    assert found == []


@pytest.mark.parametrize("who", ["with care", "restricted with care"])
def test_where_it_comes_from_and_the_header_of_a_message_are_no_error(who: str, fhir_validator) -> None:
    told = [Told(name_of(each), "d", each, rule) for rule, each in by_rule(EVERYBODY[who], COUNCIL)]
    origins = {each.source: Origin("uhcw-adt", "MSG1") for each in told}
    made = provenance_of_all("p1", told, "2026-11-22T10:00:00.000Z", origins)
    settings = SinkSettings()
    head = Letterhead(COUNCIL, settings.message_source, "https://icr.example/fhir", settings.message_event)
    header = message(head, message_id("p1", 1, []), 1, told[0].name, [])["entry"][0]["resource"]
    assert [fault for each in (made, header) for fault in errors(fhir_validator, each)] == []


def test_a_bare_flag_and_what_stands_where_it_was_are_no_error(fhir_validator) -> None:
    flag = bare_flag("f" + 32 * "0", "p1", COUNCIL)
    made = (flag, withdrawn(flag["id"], flag["subject"]))
    assert [fault for each in made for fault in errors(fhir_validator, each)] == []
    assert [issue.unverified for issue in fhir_validator.validate(flag) if issue.unverified] == []


def test_words_as_people_write_them_are_no_error(fhir_validator) -> None:
    odd = DETAILS.model_copy(
        update={
            "family_name": "O'Neill-<b>Smith</b> & Søn",
            "given_names": ("Zoë", "李"),
            "address_lines": ("Flat 1  ", '\tThe "Old" Mill\x0b', "Łódź <script>"),
        }
    )
    view = person(replace(PEOPLE["in hospital"].patient, details=odd), stays=(IN_HOSPITAL,))
    assert [fault for each in everything(view) for fault in errors(fhir_validator, each)] == []


def test_the_codes_that_nobody_here_can_look_up_are_exactly_those_listed(fhir_validator) -> None:
    found = {
        code
        for view in EVERYBODY.values()
        for each in everything(view)
        for issue in fhir_validator.validate(each)
        if (code := issue.unverified)
    }
    listed = [line for line in NOT_LOOKED_UP.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert sorted(found) == listed

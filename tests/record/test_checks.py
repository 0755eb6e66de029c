"""Both checks together refuse what either alone lets pass, and never quote what somebody is called."""

import copy
import json

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis.strategies import DataObject, builds, data, integers, one_of, sampled_from, text
from pydantic import ValidationError

from ascbridge.record.checks import BadResource, check, check_by_schema
from ascbridge.record.mapping.bundle import resources, shared
from tests.record.samples import COUNCIL, person

ODD_DATES = builds(
    "{:04d}-{:02d}-{:02d}{}".format,
    integers(0, 9999),
    integers(0, 13),
    integers(0, 32),
    sampled_from(["", "T10:00:00Z", "T24:00:00Z", "T23:59:60+01:00", "T10:00:00.123456789Z", "T10:00", "T1"]),
)
ODD_TEXTS = sampled_from(
    [
        "",
        " ",
        "\t",
        "a b",
        " a",
        "2023",
        "2023-13",
        "0000",
        "2023-02",
        "10:00:00",
        "true",
        "1e5",
        "urn:x",
        "x" * 70,
    ]
)


def good() -> dict[str, dict]:
    view = person()
    every = [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]
    return {each["resourceType"]: copy.deepcopy(each) for each in every}


def changed(resource_type: str, **elements) -> dict:
    resource = good()[resource_type]
    for name, value in elements.items():
        resource.pop(name, None)
        if value is not None:
            resource[name] = value
    return resource


@pytest.mark.parametrize("resource_type", sorted(good()))
def test_what_we_make_passes(resource_type: str) -> None:
    check(good()[resource_type])


@pytest.mark.parametrize("resource_type", sorted(good()))
def test_checking_leaves_a_resource_as_it_was(resource_type: str) -> None:
    resource = good()[resource_type]
    check(resource)
    assert resource == good()[resource_type]


BAD = {
    "a code that is none": changed("Patient", gender="femle"),
    "a status that is none": changed("Task", status="nope"),
    "an unknown element": changed("Patient", shoeSize=42),
    "a required primitive missing": changed("Task", intent=None),
    "a required reference missing": changed("ServiceRequest", subject=None),
    "an id that is none": changed("Patient", id="a b"),
    "no id": changed("Patient", id=None),
    "an empty list": changed("Patient", name=[]),
    "an empty text": changed("Organization", name=""),
    "an empty object inside": changed("Patient", name=[{"family": "Ash", "period": {}}]),
    "two choices of one element": changed("Patient", deceasedBoolean=True, deceasedDateTime="2026-01-01"),
    "a date that is none": changed("Patient", birthDate="1940-02-32"),
    "another resource inside": changed("Patient", contained=[{"resourceType": "Organization", "id": "x"}]),
}


@pytest.mark.parametrize("why", BAD)
def test_what_is_not_valid_is_refused_by_the_schema_check_alone(why: str) -> None:
    with pytest.raises(BadResource):
        check_by_schema(BAD[why])


def test_a_date_that_no_calendar_has_passes_the_schema_and_not_the_models() -> None:
    impossible = changed("Patient", birthDate="2023-02-31")
    check_by_schema(impossible)
    with pytest.raises(BadResource, match=r"Patient\.birthDate"):
        check(impossible)


def test_a_date_is_judged_each_time_and_a_fault_is_named_where_it_stands() -> None:
    def task(day: str) -> dict:
        ready = {"coding": [{"system": "urn:x", "code": "ready-date", "display": "Ready"}]}
        return changed("Task", input=[{"type": ready, "valueDate": day}])

    for _ in range(2):
        check(task("2026-02-27"))
        with pytest.raises(BadResource, match=r"Task\.input\.0\.valueDate"):
            check(task("2026-02-31"))


@settings(max_examples=400, deadline=None)
@given(data())
def test_whatever_text_stands_in_a_shape_that_is_known_is_judged_as_if_it_were_new(draw: DataObject) -> None:
    resource = good()[draw.draw(sampled_from(sorted(good())))]
    check(resource)
    places = list(_texts(resource))
    holder, name = places[draw.draw(integers(0, len(places) - 1))]
    holder[name] = draw.draw(one_of(ODD_DATES, ODD_TEXTS, text(max_size=20)))
    try:
        check_by_schema(resource)
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except (BadResource, ValidationError):
        with pytest.raises(BadResource):
            check(resource)
    else:
        check(resource)


def _texts(value):
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in pairs:
        if isinstance(each, str) and name != "resourceType":
            yield value, name
        elif isinstance(each, dict | list):
            yield from _texts(each)


def test_a_type_that_is_not_published_is_refused() -> None:
    with pytest.raises(BadResource, match="not a type"):
        check({"resourceType": "Observation", "id": "f1"})
    with pytest.raises(BadResource, match="not a type"):
        check({})


def test_the_cause_names_the_place_and_the_rule_and_never_the_value() -> None:
    wrong = changed("Patient", name=[{"family": {"secret": "Ash-Canary"}}], gender="Ash-Canary")
    with pytest.raises(BadResource) as caught:
        check(wrong)
    assert "Ash-Canary" not in str(caught.value)
    assert "Patient." in str(caught.value)


def test_the_packaged_schema_holds_what_we_publish_and_not_the_rest_of_fhir() -> None:
    from importlib.resources import files

    schema = json.loads(files("ascbridge.record").joinpath("schema", "r4.json").read_text("utf-8"))
    assert {"Encounter", "Location", "Organization", "Patient", "ServiceRequest", "Task"} <= schema[
        "definitions"
    ].keys()
    assert "Observation" not in schema["definitions"]
    assert "Apache" in files("ascbridge.record").joinpath("schema", "NOTICE").read_text("utf-8")

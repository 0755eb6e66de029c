"""The catalogue: every event has a name, a meaning and a family, and readers of tomorrow can read it."""

import re
from types import UnionType
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from ascbridge.events.facts.catalogue import (
    FACTS,
    Fact,
    PatientDischarged,
    PatientRestricted,
    SealedPatient,
    Stamp,
    StayFact,
    TaskFact,
    UnknownEventType,
    fact_name,
    read_fact,
)
from ascbridge.events.logs.log import TOPICS

PREFIX = "uk.gov.coventry.asc"
EVERY = sorted(FACTS.items())

# Words that would name somebody: they may be in a sealed part only.
NAMING = re.compile(r"name|address|postcode|phone|nhs_number|local_id|birth_date|_kin|visit_number|gp_")
# What the open part may say of that kind: the name of a source, of a state, of a status; never of a person.
HARMLESS = {
    "source_name",
    "number_state",
    "number_status",
    "fixed_address",
}  # the last says only whether there is one


def parts(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return a model and every model inside it."""
    found = [model]
    for field in model.model_fields.values():
        for inner in inside(field.annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found += parts(inner)
    return found


def inside(annotation: Any) -> list[Any]:
    if get_origin(annotation) in {UnionType, tuple} or get_args(annotation):
        return [one for argument in get_args(annotation) for one in inside(argument)]
    return [annotation]


def smallest(fact: type[Fact]) -> dict[str, object]:
    """Return the least that a fact of this type must say."""
    values: dict[str, object] = {}
    for name, field in fact.model_fields.items():
        if field.is_required():
            values[name] = value_of(field.annotation)
    return values


def value_of(annotation: Any) -> object:
    if get_args(annotation) and isinstance(get_args(annotation)[0], str):
        return get_args(annotation)[0]
    if annotation is Stamp:
        return {"recorded_ms": 5}
    return {str: "x", int: 7, bool: True}[annotation]


@pytest.mark.parametrize("name,fact", EVERY)
def test_every_fact_is_known_by_its_name_and_says_what_it_means(name: str, fact: type[Fact]) -> None:
    assert fact_name(fact) == name
    assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9]", name)
    assert name.split(".", maxsplit=1)[0] == fact.family
    assert fact.__doc__
    assert fact.__doc__ != Fact.__doc__


@pytest.mark.parametrize("name,fact", EVERY)
def test_every_fact_belongs_on_a_topic_that_there_is(name: str, fact: type[Fact]) -> None:
    assert fact.family in TOPICS


@pytest.mark.parametrize("name,fact", EVERY)
def test_no_open_part_has_a_field_that_names_anybody(name: str, fact: type[Fact]) -> None:
    fields = {field for part in parts(fact) for field in part.model_fields}
    assert {field for field in fields if NAMING.search(field)} <= HARMLESS


@pytest.mark.parametrize("name,fact", EVERY)
def test_what_a_restricted_person_withholds_is_a_field_that_can_be_left_out(
    name: str, fact: type[Fact]
) -> None:
    for field in fact.withheld:
        assert not fact.model_fields[field].is_required()
    if "ward" in fact.model_fields:
        assert "ward" in fact.withheld


@pytest.mark.parametrize("name,fact", EVERY)
def test_a_fact_reads_back_as_it_was_written(name: str, fact: type[Fact]) -> None:
    written = fact.model_validate(smallest(fact))
    assert read_fact(f"{PREFIX}.{name}", written.model_dump(mode="json")) == written
    assert read_fact(name, written.model_dump(mode="json")) == written


@pytest.mark.parametrize("name,fact", EVERY)
def test_a_reader_leaves_alone_what_it_does_not_know(name: str, fact: type[Fact]) -> None:
    told = smallest(fact)
    assert read_fact(name, told | {"sealed": "aGVsbG8=", "from_next_year": [1, {"a": 2}]}) == read_fact(
        name, told
    )


@pytest.mark.parametrize("name,fact", EVERY)
def test_a_fact_that_lacks_what_it_must_say_is_refused(name: str, fact: type[Fact]) -> None:
    for field in smallest(fact):
        with pytest.raises(ValidationError):
            read_fact(name, {key: value for key, value in smallest(fact).items() if key != field})


@pytest.mark.parametrize(
    "wrong", ["", "discharge", "discharge.patient-vanished.v1", f"{PREFIX}.discharge.patient-discharged.v2"]
)
def test_an_unknown_event_type_is_told_apart(wrong: str) -> None:
    with pytest.raises(UnknownEventType):
        read_fact(wrong, {})


def test_a_code_that_nobody_mapped_keeps_what_the_source_said() -> None:
    told = smallest(PatientDischarged) | {"discharge_destination": {"source_code": "4", "code": None}}
    fact = read_fact("discharge.patient-discharged.v1", told)
    assert isinstance(fact, PatientDischarged)
    assert fact.discharge_destination is not None
    assert (fact.discharge_destination.source_code, fact.discharge_destination.code) == ("4", None)


def test_the_four_dates_are_four_fields() -> None:
    four = {"expected_discharge", "planned_discharge", "ready_on", "discharged_ms"}
    assert four <= set(PatientDischarged.model_fields)
    assert four <= set(TaskFact.model_fields)
    assert four - {"discharged_ms"} <= set(StayFact.model_fields)


def test_facts_cannot_be_altered() -> None:
    fact = PatientRestricted(level="local")
    with pytest.raises(ValidationError):
        fact.level = "national"  # type: ignore[misc]  # that it is forbidden is what is tested


def test_a_restricted_person_seals_nothing_of_where_they_are() -> None:
    assert SealedPatient.withheld <= set(SealedPatient.model_fields)
    told = SealedPatient.model_fields.keys() - SealedPatient.withheld
    assert told == {"nhs_number", "local_id", "family_name", "given_names", "prefix", "birth_date"}

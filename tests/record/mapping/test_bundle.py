"""Whole people: the approved resources, what is withdrawn, what is shared, and that nothing invalid is ever made."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from ascbridge.record.checks import check
from ascbridge.record.mapping.bundle import name_of, resources, shared, transaction
from tests.record.care_samples import EVERYBODY
from tests.record.mapping.approve import approved, made
from tests.record.samples import (
    COUNCIL,
    ERASED,
    HELD,
    LEFT,
    MERGED,
    PEOPLE,
    PERSON,
    PRESENT,
    RESTRICTED,
    people,
    person,
)

CANARIES = ("Canary", "Canaryville", "CV1 1ZZ", "024 7600", "M86001", "07700")


@pytest.mark.parametrize("name", EVERYBODY)
def test_people_become_the_resources_that_were_approved(name: str) -> None:
    assert made(name) == json.loads(approved(name).read_text("utf-8"))


@given(people)
def test_whatever_a_view_holds_its_resources_pass_both_checks(view) -> None:
    for resource in [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]:
        check(resource)


@given(people)
def test_every_reference_leads_to_a_resource_that_was_sent_before(view) -> None:
    known = {name for name in view.published if name not in view.elsewhere}
    for resource in [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]:
        known.add(name_of(resource))
        assert set(_references(resource)) <= known


def _references(node):
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for each in node.values():
            yield from _references(each)
    elif isinstance(node, list):
        for each in node:
            yield from _references(each)


def test_nothing_that_could_lead_to_a_restricted_person_is_in_any_resource() -> None:
    view = person(RESTRICTED, stays=(LEFT, PEOPLE["not understood"].stays[0]))
    said = json.dumps([*shared([view], COUNCIL).values(), *resources(view, COUNCIL)])
    assert [canary for canary in CANARIES if canary in said] == []
    open_view = json.dumps([*shared([person()], COUNCIL).values(), *resources(person(), COUNCIL)])
    assert [canary for canary in CANARIES if canary not in open_view] == []


def test_everything_of_a_restricted_person_is_marked_restricted() -> None:
    for resource in resources(person(RESTRICTED), COUNCIL):
        assert [label["code"] for label in resource["meta"]["security"]] == ["R"]
    assert all("security" not in each["meta"] for each in resources(person(), COUNCIL))


def test_an_erased_person_is_withdrawn_and_nothing_else_is_left() -> None:
    view = person(ERASED, (), (), published=HELD)
    made_now = {name_of(each): each for each in resources(view, COUNCIL)}
    assert made_now.keys() == set(HELD)
    assert made_now[f"Patient/{PERSON}"] == {
        "resourceType": "Patient",
        "id": PERSON,
        "meta": {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient|2.6.1"]},
        "active": False,
    }
    others = [each for name, each in made_now.items() if not name.startswith("Patient/")]
    assert {each["status"] for each in others} == {"entered-in-error"}
    assert all("identifier" not in each and "period" not in each for each in others)


def test_someone_merged_away_points_to_who_they_are_now_and_what_moved_is_left_alone() -> None:
    view = person(MERGED, (), (), published=HELD, elsewhere=frozenset(HELD) - {f"Patient/{PERSON}"})
    (only,) = resources(view, COUNCIL)
    assert only["active"] is False
    assert only["link"] == [{"other": {"reference": f"Patient/{MERGED.successor}"}, "type": "replaced-by"}]
    assert "name" not in only
    assert "identifier" not in only


def test_someone_who_is_not_there_and_was_never_published_gives_nothing() -> None:
    assert resources(person(ERASED, (), ()), COUNCIL) == []
    assert resources(person(MERGED, (), ()), COUNCIL) == []


def test_a_stay_that_is_no_longer_this_persons_and_nobody_elses_is_withdrawn() -> None:
    view = person(PRESENT, (), (), published=("Encounter/s9",))
    withdrawn = resources(view, COUNCIL)[-1]
    assert (name_of(withdrawn), withdrawn["status"]) == ("Encounter/s9", "entered-in-error")
    moved = replace(view, elsewhere=frozenset({"Encounter/s9"}))
    assert [name_of(each) for each in resources(moved, COUNCIL)] == [
        f"Patient/{PERSON}",
        f"RelatedPerson/{PERSON}.kin",
    ]


def test_what_is_shared_comes_once_however_many_people_refer_to_it() -> None:
    both = shared([person(), person(stays=(LEFT,))], COUNCIL)
    assert sorted(each["resourceType"] for each in both.values()) == [
        "Location",
        "Organization",
        "Organization",
        "Organization",
    ]


def test_a_bundle_puts_by_id_and_only_over_the_version_last_seen() -> None:
    one, other = resources(person(), COUNCIL)[:2]
    bundle = transaction([(one, ""), (other, "7")])
    assert bundle["type"] == "transaction"
    assert [entry["request"] for entry in bundle["entry"]] == [
        {"method": "PUT", "url": name_of(one)},
        {"method": "PUT", "url": name_of(other), "ifMatch": 'W/"7"'},
    ]

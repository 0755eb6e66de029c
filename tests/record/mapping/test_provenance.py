"""Where a resource came from, as FHIR: down to the message and the rule, and naming nobody."""

import pytest
from fhir.resources.R4B import get_fhir_model_class

from ascbridge.record.mapping.bundle import by_rule, name_of
from ascbridge.record.mapping.provenance import (
    Origin,
    Told,
    provenance,
    provenance_id,
    provenance_of_all,
    target_of,
)
from tests.record.care_samples import EVERYBODY
from tests.record.samples import COUNCIL, MESSAGE

AT = "2026-11-22T10:00:00.000Z"


@pytest.mark.parametrize("who", ["with care", "restricted with care", "erased"])
def test_every_resource_has_one_that_is_valid_and_as_restricted(who: str) -> None:
    for rule, resource in by_rule(EVERYBODY[who], COUNCIL):
        made = provenance(name_of(resource), resource, rule, AT, Origin("uhcw-adt", "MSG1"))
        get_fhir_model_class("Provenance").model_validate(made)
        assert made["target"] == [{"reference": name_of(resource)}]
        assert made["policy"] == [f"urn:ascbridge:mapping-rule:{rule.replace('/', ':')}"]
        assert made["meta"].get("security") == resource["meta"].get("security")
        assert target_of(made["id"]) == name_of(resource)
        assert len(made["id"]) <= 64


def test_it_names_the_feed_the_senders_number_and_the_message() -> None:
    rule, resource = by_rule(EVERYBODY["with care"], COUNCIL)[0]
    made = provenance(name_of(resource), resource, rule, AT, Origin("uhcw-adt", "MSG1"))
    (entity,) = made["entity"]
    assert entity["what"]["identifier"]["value"] == f"urn:uuid:{MESSAGE}"
    assert entity["what"]["display"] == "feed uhcw-adt, message MSG1"


def test_what_follows_from_no_message_says_so_by_saying_nothing() -> None:
    made = provenance("Patient/p1", {}, "", AT, None)
    get_fhir_model_class("Provenance").model_validate(made)
    assert "entity" not in made
    assert "policy" not in made


def test_an_id_leads_back_to_its_target() -> None:
    assert target_of(provenance_id("Flag/c1.braille")) == "Flag/c1.braille"
    assert target_of("nothing") == ""


@pytest.mark.parametrize("who", ["with care", "restricted with care"])
def test_what_is_told_at_one_time_has_one_that_names_every_message_and_rule(who: str) -> None:
    told = [Told(name_of(each), "d", each, rule) for rule, each in by_rule(EVERYBODY[who], COUNCIL)]
    sources = {each.source for each in told}
    made = provenance_of_all("p1", told, AT, dict.fromkeys(sources, Origin("uhcw-adt", "MSG1")))
    get_fhir_model_class("Provenance").model_validate(made)
    assert [each["reference"] for each in made["target"]] == [each.name for each in told]
    assert {each["what"]["identifier"]["value"] for each in made["entity"]} == sources
    assert len(made["policy"]) == len({each.rule for each in told})
    assert ("security" in made["meta"]) == ("restricted" in who)
    assert made["id"] == provenance_of_all("p1", told[::-1], AT, {})["id"]
    assert made["id"] != provenance_of_all("p1", told[1:], AT, {})["id"]


def test_what_stands_for_something_withdrawn_has_none() -> None:
    assert provenance_of_all("p1", [Told("Task/t1", "d", {"meta": {}}, "withdrawn/1")], AT, {}) == {}

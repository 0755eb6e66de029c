"""Where a resource came from, as FHIR: down to the message and the rule, and naming nobody."""

import pytest
from fhir.resources.R4B import get_fhir_model_class

from ascbridge.record.mapping.bundle import by_rule, name_of
from ascbridge.record.mapping.provenance import Origin, provenance, provenance_id, target_of
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

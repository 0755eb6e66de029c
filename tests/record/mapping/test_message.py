"""A person as a FHIR message: whole, valid, and with an id that follows from what it says and since when."""

from urllib.parse import urljoin

import pytest
from fhir.resources.R4B import get_fhir_model_class

from ascbridge.record.mapping.bundle import resources, shared
from ascbridge.record.mapping.message import Letterhead, message, message_id
from tests.record.care_samples import EVERYBODY
from tests.record.message_receiver import references
from tests.record.samples import COUNCIL, PERSON

HEAD = Letterhead(COUNCIL, "https://bridge.example/fhir/", "https://icr.example/fhir", "urn:a:b#told")
AT_US = 1_793_600_000_123_456


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_every_sample_person_is_a_valid_message_that_is_followed_within_itself(who: str) -> None:
    view = EVERYBODY[who]
    parts = [*shared([view], COUNCIL).values(), *resources(view, COUNCIL)]
    made = message(HEAD, message_id(PERSON, AT_US, []), AT_US, f"Patient/{PERSON}", parts)
    get_fhir_model_class("Bundle").model_validate(made)
    get_fhir_model_class("MessageHeader").model_validate(made["entry"][0]["resource"])
    here = {entry["fullUrl"] for entry in made["entry"]}
    for entry in made["entry"][1:]:
        for each in references(entry["resource"]):
            assert urljoin("https://bridge.example/fhir/", each) in here, each
    assert made["timestamp"] == "2026-11-02T06:13:20.123456Z"


def test_the_id_is_the_same_only_for_the_same_state_known_since_the_same_moment() -> None:
    one = message_id("p1", AT_US, ["a", "b"])
    assert one == message_id("p1", AT_US, ["b", "a"])
    assert (
        len(
            {
                one,
                message_id("p1", AT_US + 1, ["a", "b"]),
                message_id("p1", AT_US, ["a"]),
                message_id("p2", AT_US, ["a", "b"]),
            }
        )
        == 4
    )

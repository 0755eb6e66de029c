"""The table of types: what is left of each that is withdrawn is valid FHIR, and names nobody."""

import pytest

from ascbridge.record.checks import check
from ascbridge.record.mapping.bundle import resources
from ascbridge.record.mapping.resource_types import RESOURCE_TYPES
from tests.record.samples import COUNCIL, ERASED, person

OWN = sorted(RESOURCE_TYPES.keys() - {"Organization", "Location"})


@pytest.mark.parametrize("resource_type", OWN)
def test_what_is_left_of_one_withdrawn_can_be_sent(resource_type: str) -> None:
    name = f"{resource_type}/{ERASED.person_id}"
    (left,) = resources(person(ERASED, (), (), published=(name,)), COUNCIL)
    check(left)
    assert left["id"] == ERASED.person_id
    subject = RESOURCE_TYPES[resource_type].subject
    if subject:
        assert left[subject]["reference"] == f"Patient/{ERASED.person_id}"

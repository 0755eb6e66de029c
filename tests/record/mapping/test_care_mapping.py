"""How a resource of care declares itself: its number, where there is one."""

from ascbridge.record.mapping.care_mapping import identifiers
from tests.record.care_samples import care
from tests.record.samples import COUNCIL


def test_the_councils_number_stands_under_a_system_of_its_own() -> None:
    (number,) = identifiers(care("package"), COUNCIL, "package")
    assert number == {"system": "https://fhir.coventry.gov.uk/Id/package", "value": "P-1"}


def test_what_has_no_number_has_no_identifier() -> None:
    assert identifiers(care("worker"), COUNCIL, "worker") == []
    assert identifiers(care("package", package=" "), COUNCIL, "package") == []

"""What the views themselves say."""

from dataclasses import replace

from tests.record.samples import COUNCIL


def test_identifier_systems_begin_with_what_is_configured() -> None:
    assert COUNCIL.system("spell") == "https://fhir.coventry.gov.uk/Id/spell"
    assert replace(COUNCIL, identifier_base="https://x.example/").system("task") == "https://x.example/task"

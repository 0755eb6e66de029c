"""The CapabilityStatement is made of the tables that the interface works by. What it says is tried in test_fhir_api."""

from ascbridge.record.search import PARAMETERS
from ascbridge.web.fhir_statement import capability_statement, revincludes


def test_it_names_every_type_once_and_no_modifier() -> None:
    (rest,) = capability_statement("http://bridge/fhir")["rest"]
    types = [each["type"] for each in rest["resource"]]
    assert sorted(types) == sorted([*PARAMETERS, "Provenance"])
    assert not any(":" in one["name"] for each in rest["resource"] for one in each["searchParam"])


def test_only_a_patient_brings_what_refers_to_it_by_patient() -> None:
    assert revincludes("Task") == ["Provenance:target"]
    assert {"Encounter:patient", "Provenance:target"} <= set(revincludes("Patient"))

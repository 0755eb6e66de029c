"""What is said of an assessment made in hospital names nobody, and seals what a document is called."""

from ascbridge.events.facts.catalogue import fact_name, read_fact
from ascbridge.events.facts.hospital_assessment import HospitalAssessmentAttached, SealedDocument


def test_it_is_read_back_as_it_was_said_and_a_restriction_withholds_what_it_seals() -> None:
    assert fact_name(HospitalAssessmentAttached) == "task.hospital-assessment-attached.v1"
    assert HospitalAssessmentAttached.seals is SealedDocument
    assert SealedDocument.withheld == set(SealedDocument.model_fields)
    said = {
        "assessment": "a1", "task": "t1", "spell": "s1", "revision": 1, "kind": "trusted", "assessor_team": "REACT",
        "assessed_on": "2026-03-05", "needs": [{"domain": "hygiene", "level": "needs-help"}], "unknown": "later",
    }  # fmt: skip
    read = read_fact("task.hospital-assessment-attached.v1", said)
    assert isinstance(read, HospitalAssessmentAttached)
    assert (read.needs[0].level, read.reassess, read.withdrawn, read.document) == (
        "needs-help",
        "",
        False,
        None,
    )

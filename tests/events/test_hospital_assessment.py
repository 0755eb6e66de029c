"""What is said of an assessment made in hospital names neither its maker nor a document."""

from ascbridge.events.catalogue import fact_name, read_fact
from ascbridge.events.hospital_assessment import HospitalAssessmentAttached


def test_it_is_read_back_as_it_was_said_and_seals_nothing() -> None:
    assert fact_name(HospitalAssessmentAttached) == "task.hospital-assessment-attached.v1"
    assert HospitalAssessmentAttached.seals is None
    said = {
        "assessment": "a1", "task": "t1", "spell": "s1", "revision": 1, "kind": "trusted", "assessor_team": "REACT",
        "assessed_on": "2026-03-05", "needs": [{"domain": "hygiene", "level": "needs-help"}], "unknown": "later",
    }  # fmt: skip
    read = read_fact("task.hospital-assessment-attached.v1", said)
    assert isinstance(read, HospitalAssessmentAttached)
    assert (read.needs[0].level, read.reassess, read.withdrawn) == ("needs-help", "", False)

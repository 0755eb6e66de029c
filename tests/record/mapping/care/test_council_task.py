"""Assessments and reviews as FHIR."""

import pytest

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.council_task import MAPPING
from tests.record.care_samples import care, made


def test_an_assessment_says_where_it_stands_since_when_and_what_came_of_it() -> None:
    (task,) = made(MAPPING, care("assessment", request_id="c9"))
    check(task)
    assert (task["status"], task["authoredOn"]) == ("completed", "2026-03-03")
    assert task["executionPeriod"] == {"start": "2026-03-10", "end": "2026-03-12"}
    assert task["output"][0]["valueCodeableConcept"] == {"text": "support"}
    assert task["input"][0]["valueDate"] == "2026-03-09"
    assert task["basedOn"] == [{"reference": "ServiceRequest/c9"}]


def test_a_review_says_until_when_it_is_due_and_whose_it_is() -> None:
    (task,) = made(MAPPING, care("review"))
    check(task)
    assert (task["status"], task["restriction"]) == ("requested", {"period": {"end": "2027-03-13"}})
    assert task["code"]["text"] == "Review of care and support of the carer"


@pytest.mark.parametrize(
    "slot, said, status",
    [
        ("assessment", "requested", "requested"),
        ("assessment", "allocated", "accepted"),
        ("assessment", "in-progress", "in-progress"),
        ("assessment", "cancelled", "cancelled"),
        ("review", "done", "completed"),
        ("review", "cancelled", "cancelled"),
    ],
)
def test_each_state_has_its_status(slot: str, said: str, status: str) -> None:
    (task,) = made(
        MAPPING,
        care(slot, status=said, done_on="2027-03-12") if slot == "review" else care(slot, status=said),
    )
    check(task)
    assert task["status"] == status


def test_a_death_cancels_what_is_not_done() -> None:
    (review,) = made(MAPPING, care("review", died=True))
    (assessment,) = made(MAPPING, care("assessment", died=True))
    assert (review["status"], assessment["status"]) == ("cancelled", "completed")

"""An assessment made in hospital as FHIR: by which team, what it found, and whether another is needed."""

from dataclasses import replace
from typing import Any

from ascbridge.events.facts.hospital_assessment import AssessedNeed, HospitalAssessmentAttached
from ascbridge.record.checks import check
from ascbridge.record.mapping.assessment_response import hospital_assessment
from ascbridge.record.mapping.bundle import resources, shared
from ascbridge.record.views import AssessmentView
from tests.record.samples import COUNCIL, PERSON, person

MADE = HospitalAssessmentAttached(
    assessment="a" + "1" * 32, task="t" + "7" * 32, spell="s" + "2" * 32, revision=2, kind="trusted",
    assessor_team="Integrated Discharge Team", assessed_on="2026-03-05",
    needs=(AssessedNeed(domain="hygiene", level="needs-help"),),
)  # fmt: skip
VIEW = AssessmentView(PERSON, MADE, has_parent=True, has_stay=True, source="m1")


def with_fact(**values: Any) -> AssessmentView:
    return replace(VIEW, fact=MADE.model_copy(update=values))


def test_it_says_by_whom_when_what_and_that_no_other_is_needed() -> None:
    made = hospital_assessment(VIEW, COUNCIL)
    check(made)
    assert (made["status"], made["authored"], made["author"]["display"]) == (
        "completed", "2026-03-05", "Integrated Discharge Team",
    )  # fmt: skip
    assert made["basedOn"] == [{"reference": f"ServiceRequest/{MADE.task}"}]
    hygiene, again = made["item"]
    assert hygiene["answer"][0]["valueCoding"]["code"] == "needs-help"
    assert (again["linkId"], again["answer"]) == ("re-assessment-needed", [{"valueBoolean": False}])


def test_why_another_is_needed_is_said() -> None:
    made = hospital_assessment(with_fact(reassess="needs-changed"), COUNCIL)
    check(made)
    (answer,) = made["item"][-1]["answer"]
    assert answer["valueBoolean"] is True
    assert answer["item"][0]["answer"] == [{"valueString": "needs-changed"}]


def test_the_smallest_and_what_was_attached_in_error() -> None:
    made = hospital_assessment(
        replace(with_fact(needs=(), assessor_team="", withdrawn=True), has_parent=False, has_stay=False),
        COUNCIL,
    )
    check(made)
    assert made["status"] == "entered-in-error"
    assert not {"basedOn", "encounter", "author"} & made.keys()


def test_its_team_goes_with_it_and_a_restricted_persons_is_marked() -> None:
    one = person(stays=(), tasks=(), assessments=(VIEW,), published=("QuestionnaireResponse/a9",))
    made = {f"{each['resourceType']}/{each['id']}": each for each in resources(one, COUNCIL)}
    assert made[f"QuestionnaireResponse/{MADE.assessment}"]["status"] == "completed"
    assert made["QuestionnaireResponse/a9"]["status"] == "entered-in-error"
    assert any(each.get("name") == "Integrated Discharge Team" for each in shared([one], COUNCIL).values())
    assert hospital_assessment(replace(VIEW, restricted=True), COUNCIL)["meta"]["security"][0]["code"] == "R"

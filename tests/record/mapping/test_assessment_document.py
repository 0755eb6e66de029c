"""An assessment that is a document, as FHIR: a pointer by its assessor, and whether another assessment is needed."""

from dataclasses import replace
from typing import Any

from ascbridge.events.facts.hospital_assessment import AssessmentDocument, SealedDocument
from ascbridge.record.checks import check
from ascbridge.record.mapping.assessment_document import assessment_document
from ascbridge.record.mapping.bundle import resources
from tests.record.mapping.test_assessment_response import MADE, VIEW
from tests.record.samples import COUNCIL, person

DOCUMENT = AssessmentDocument(
    content_type="application/pdf",
    attached_ms=1_772_712_000_000,
    size=44_301,
    sha1="2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
)
SAID = SealedDocument(title="Trusted assessment, J Example", url="https://records.trust.example/d/1")
PAPER = replace(VIEW, fact=MADE.model_copy(update={"document": DOCUMENT}), sealed=SAID)


def with_fact(**values: Any) -> Any:
    return replace(PAPER, fact=PAPER.fact.model_copy(update=values))


def test_it_points_to_the_document_and_says_by_whom_and_that_no_other_is_needed() -> None:
    made = assessment_document(PAPER, COUNCIL)
    check(made)
    assert made["meta"]["profile"] == [
        "https://fhir.hl7.org.uk/StructureDefinition/UKCore-DocumentReference|2.2.0"
    ]
    assert (made["status"], made["date"], made["author"][0]["display"], made["description"]) == (
        "current", "2026-03-05T12:00:00Z", "Integrated Discharge Team", "No re-assessment needed",
    )  # fmt: skip
    assert made["type"]["coding"][0]["code"] == "trusted"
    assert made["content"] == [
        {
            "attachment": {
                "contentType": "application/pdf", "url": SAID.url, "title": SAID.title, "size": 44_301,
                "hash": DOCUMENT.sha1, "creation": "2026-03-05",
            }
        }
    ]  # fmt: skip
    assert made["context"]["encounter"] == [{"reference": f"Encounter/{MADE.spell}"}]
    assert [one["reference"] for one in made["context"]["related"]] == [
        f"ServiceRequest/{MADE.task}",
        f"QuestionnaireResponse/{MADE.assessment}",
    ]


def test_why_another_is_needed_is_said_and_what_was_attached_in_error_is_none() -> None:
    again = assessment_document(with_fact(reassess="needs-changed"), COUNCIL)
    assert (again["status"], again["description"]) == ("current", "Re-assessment needed: needs-changed")
    assert assessment_document(with_fact(withdrawn=True), COUNCIL)["status"] == "entered-in-error"


def test_of_a_restricted_or_erased_person_neither_title_nor_place_is_said() -> None:
    for view in (replace(PAPER, restricted=True), replace(PAPER, sealed=None)):
        made = assessment_document(view, COUNCIL)
        check(made)
        assert {"title", "url"}.isdisjoint(made["content"][0]["attachment"])
    assert assessment_document(replace(PAPER, restricted=True), COUNCIL)["meta"]["security"][0]["code"] == "R"


def test_the_smallest_can_be_sent() -> None:
    small = with_fact(document=AssessmentDocument(content_type="text/plain", attached_ms=0), assessor_team="")
    made = assessment_document(replace(small, sealed=None, has_parent=False, has_stay=False), COUNCIL)
    check(made)
    assert "author" not in made


def test_it_goes_beside_the_answers_where_there_is_one_and_is_withdrawn_where_there_is_none() -> None:
    def names(*views: Any, published: tuple[str, ...] = ()) -> dict[str, str]:
        one = person(stays=(), tasks=(), assessments=views, published=published)
        return {
            f"{each['resourceType']}/{each['id']}": each.get("status", "") for each in resources(one, COUNCIL)
        }

    name = f"DocumentReference/{MADE.assessment}"
    assert names(PAPER)[name] == "current"
    assert f"QuestionnaireResponse/{MADE.assessment}" in names(PAPER)
    assert name not in names(VIEW)
    assert names(VIEW, published=(name,))[name] == "entered-in-error"

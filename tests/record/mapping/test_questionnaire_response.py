"""A self-assessment as QuestionnaireResponse: chosen answers by outcome, attached to its request; nothing typed."""

from ascbridge.events.facts.fact import Stamp
from ascbridge.events.facts.referral import Answer, SelfAssessmentAnswered
from ascbridge.record.checks import check
from ascbridge.record.mapping.questionnaire_response import questionnaire_response
from ascbridge.record.views import AnswersView
from tests.record.samples import COUNCIL, PERSON

ANSWERED = SelfAssessmentAnswered(
    stamp=Stamp(recorded_ms=1),
    self_assessment="SA-1",
    completed_on="2026-03-02",
    answers=(Answer(domain="hygiene", level="needs-help"), Answer(domain="new word", level="newer word")),
)


def test_each_outcome_is_an_item_with_what_was_chosen() -> None:
    made = questionnaire_response(AnswersView(PERSON, "a1", ANSWERED, request_id="c1"), COUNCIL)
    check(made)
    assert made["basedOn"] == [{"reference": "ServiceRequest/c1"}]
    assert made["source"] == made["subject"] == {"reference": f"Patient/{PERSON}"}
    known, unknown = made["item"]
    assert (known["linkId"], known["text"]) == ("hygiene", "Maintaining personal hygiene")
    assert known["answer"][0]["valueCoding"]["code"] == "needs-help"
    assert unknown["answer"] == [{"valueString": "newer word"}]


def test_a_carers_answers_are_not_said_to_be_the_persons_own() -> None:
    carers = ANSWERED.model_copy(update={"client": "carer"})
    made = questionnaire_response(AnswersView(PERSON, "a1", carers), COUNCIL)
    assert "source" not in made
    assert "basedOn" not in made

"""What somebody answered about themselves as UKCore-QuestionnaireResponse: one item for each outcome of the Care Act.

Only what was chosen from a list is published; what people wrote beside it stays sealed in the bridge. Source:
standards.md e.2. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.own_codes import CARE_ACT_OUTCOME, SELF_ASSESSMENT_LEVEL
from ascbridge.record.mapping.heads import item_of, response_with
from ascbridge.uk_core import (
    DISPLAYS,
    Json,
    coding,
    fhir_id,
    identifier,
    partial_date,
    reference,
    words,
)

if TYPE_CHECKING:
    from ascbridge.events.facts.referral import Answer
    from ascbridge.record.views import AnswersView, Council


def questionnaire_response(view: AnswersView, council: Council) -> Json:
    """Return the QuestionnaireResponse."""
    fact = view.fact
    return response_with(
        view,
        view.answers_id,
        identifier(council.system("self-assessment"), fact.self_assessment),
        basedOn=[reference("ServiceRequest", fhir_id(view.request_id))] if view.request_id else [],
        status="completed",
        authored=partial_date(fact.completed_on),
        source=reference("Patient", fhir_id(view.person_id)) if fact.client == "person" else {},
        item=[_item(answer) for answer in fact.answers],
    )


def _item(answer: Answer) -> Json:
    """An outcome or a level that no list here has keeps the word that was sent."""
    known = answer.level in DISPLAYS[SELF_ASSESSMENT_LEVEL]
    level = (
        {"valueCoding": coding(SELF_ASSESSMENT_LEVEL, answer.level)}
        if known
        else {"valueString": words(answer.level)}
    )
    return item_of(CARE_ACT_OUTCOME, answer.domain, level)

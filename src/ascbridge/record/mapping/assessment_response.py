"""An assessment made in hospital as UKCore-QuestionnaireResponse, authored by its team, and whether another is needed.

It says what was chosen from lists, and neither who made it by name nor any word that somebody typed. Source:
standards.md e.2. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.own_codes import CARE_ACT_OUTCOME, SELF_ASSESSMENT_LEVEL
from ascbridge.record.mapping.heads import item_of, response_with
from ascbridge.record.mapping.organization import of_team
from ascbridge.uk_core import (
    Json,
    coding,
    fhir_id,
    identifier,
    partial_date,
    reference,
    words,
)

if TYPE_CHECKING:
    from ascbridge.events.facts.hospital_assessment import AssessedNeed
    from ascbridge.record.views import AssessmentView, Council

REASSESS = "re-assessment-needed"


def hospital_assessment(view: AssessmentView, council: Council) -> Json:
    """Return the QuestionnaireResponse."""
    fact = view.fact
    return response_with(
        view,
        fact.assessment,
        identifier(council.system("hospital-assessment"), fact.assessment),
        basedOn=[reference("ServiceRequest", fhir_id(fact.task))] if view.has_parent else [],
        status="entered-in-error" if fact.withdrawn else "completed",
        encounter=reference("Encounter", fhir_id(fact.spell)) if view.has_stay else {},
        authored=partial_date(fact.assessed_on),
        author=of_team(fact.assessor_team),
        item=[*map(_item, fact.needs), _reassess(fact.reassess)],
    )


def _item(need: AssessedNeed) -> Json:
    return item_of(CARE_ACT_OUTCOME, need.domain, {"valueCoding": coding(SELF_ASSESSMENT_LEVEL, need.level)})


def _reassess(why: str) -> Json:
    answer: Json = {"valueBoolean": bool(why)}
    if why:
        answer["item"] = [{"linkId": "why", "answer": [{"valueString": words(why)}]}]
    return {"linkId": REASSESS, "text": "Whether another assessment is needed", "answer": [answer]}

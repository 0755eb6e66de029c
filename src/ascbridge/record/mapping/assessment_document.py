"""An assessment made in hospital that is a document, as UKCore-DocumentReference: a pointer, by its assessor's team.

It says what the document is called, where it is kept and what kind of file it is, and whether another assessment is
needed. The document itself is never fetched. Of a restricted person it says neither title nor place. This module
thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.hospital_assessment import SealedDocument
from ascbridge.own_codes import HOSPITAL_ASSESSMENT
from ascbridge.record.mapping.organization import of_team
from ascbridge.uk_core import (
    Json,
    coding,
    fhir_id,
    filled,
    identifier,
    instant,
    meta,
    partial_date,
    reference,
    words,
)

if TYPE_CHECKING:
    from ascbridge.record.views import AssessmentView, Council


def assessment_document(view: AssessmentView, council: Council) -> Json:
    """Return the DocumentReference of an assessment that is a document."""
    fact, document = view.fact, view.fact.document
    assert document is not None
    said = view.sealed if view.sealed is not None and not view.restricted else SealedDocument()
    answers = reference("QuestionnaireResponse", fhir_id(fact.assessment))
    asked_for = [reference("ServiceRequest", fhir_id(fact.task))] if view.has_parent else []
    return filled(
        resourceType="DocumentReference",
        id=fhir_id(fact.assessment),
        meta=meta("DocumentReference", source=view.source, restricted=view.restricted),
        identifier=[identifier(council.system("hospital-assessment"), fact.assessment)],
        status="entered-in-error" if fact.withdrawn else "current",
        type={"coding": [coding(HOSPITAL_ASSESSMENT, fact.kind)]},
        subject=reference("Patient", fhir_id(view.person_id)),
        date=instant(document.attached_ms),
        author=[of_team(fact.assessor_team)] if words(fact.assessor_team) else [],
        description=f"Re-assessment needed: {words(fact.reassess)}"
        if fact.reassess
        else "No re-assessment needed",
        content=[
            {
                "attachment": filled(
                    contentType=document.content_type,
                    url=said.url,
                    title=words(said.title),
                    size=document.size,
                    hash=document.sha1,
                    creation=partial_date(fact.assessed_on),
                )
            }
        ],
        context=filled(
            encounter=[reference("Encounter", fhir_id(fact.spell))] if view.has_stay else [],
            related=[*asked_for, answers],
        ),
    )

"""What every Task, and every QuestionnaireResponse, of ours says alike, whatever it is about.

This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ascbridge.record.mapping.organization import of_team
from ascbridge.uk_core import (
    DISPLAYS,
    Json,
    coding,
    concept,
    fhir_id,
    filled,
    identifier,
    instant,
    meta,
    reference,
    words,
)

if TYPE_CHECKING:
    from ascbridge.record.views import (
        AnswersView,
        AssessmentView,
        Council,
        DoorTaskView,
        SubTaskView,
        TaskView,
    )


def task_with(view: TaskView | SubTaskView | DoorTaskView, council: Council, **own: Any) -> Json:
    """Return a Task: whose it is, how it stands, since when and until when; `own` are the elements of its kind."""
    fact = view.fact
    return filled(
        resourceType="Task",
        id=fhir_id(fact.task),
        meta=meta("Task", source=view.source, restricted=view.restricted),
        identifier=[identifier(council.system("task"), fact.task)],
        status=fact.status,
        intent="order",
        authoredOn=instant(fact.opened_ms),
        owner=of_team(fact.owner_team),
        restriction={"period": {"end": instant(fact.due_ms)}} if fact.due_ms is not None else {},
        **{"for": reference("Patient", fhir_id(view.person_id))},
        **own,
    )


def response_with(view: AssessmentView | AnswersView, id: str, number: Json, **own: Any) -> Json:
    """Return a QuestionnaireResponse about a person under an id of ours; `own` are the elements of its kind."""
    return filled(
        resourceType="QuestionnaireResponse",
        id=fhir_id(id),
        meta=meta("QuestionnaireResponse", source=view.source, restricted=view.restricted),
        identifier=number,
        subject=reference("Patient", fhir_id(view.person_id)),
        **own,
    )


def item_of(system: str, domain: str, answer: Json) -> Json:
    """Return an answered question about one domain of a code system; a domain that it lacks is said as it came."""
    return {"linkId": words(domain), "text": DISPLAYS[system].get(domain, words(domain)), "answer": [answer]}


def typed(system: str, code: str, **value: Any) -> Json:
    """Return an input or output of a Task: what it is, and its value."""
    return {"type": {"coding": [coding(system, code)]}, **value}


def outcome_of(system: str, said: str) -> list[Json]:
    """Return the outputs of a Task that says no more than its outcome; none while there is none."""
    outcome = concept([], None, said)
    return [typed(system, "outcome", valueCodeableConcept=outcome)] if outcome else []

"""A Care Act assessment, or a review, as the case system has it, as UKCore-Task: where it stands, and what came of it.

Source: standards.md e.1. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ascbridge.events.facts.care import CareActAssessmentStated, ReviewStated
from ascbridge.own_codes import COUNCIL_TASK, COUNCIL_TASK_DETAIL
from ascbridge.record.mapping.care_mapping import CareMapping, identifiers, resource_of
from ascbridge.record.mapping.heads import outcome_of, typed
from ascbridge.record.mapping.periods import period
from ascbridge.uk_core import (
    DISPLAYS,
    Json,
    coding,
    fhir_id,
    filled,
    partial_date,
    reference,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.views import CareView, Council

STATUS = {
    "requested": "requested", "allocated": "accepted", "in-progress": "in-progress", "completed": "completed",
    "due": "requested", "done": "completed", "cancelled": "cancelled",
}  # fmt: skip


def council_task(view: CareView, council: Council) -> Iterator[Json]:
    """Give the Task."""
    fact = view.fact
    assert isinstance(fact, CareActAssessmentStated | ReviewStated)
    kind: Literal["assessment", "review"] = "review" if isinstance(fact, ReviewStated) else "assessment"
    yield resource_of(
        view,
        "Task",
        identifier=identifiers(view, council, kind),
        basedOn=[reference("ServiceRequest", fhir_id(view.request_id))] if view.request_id else [],
        status="cancelled" if view.died and fact.status not in ("completed", "done") else STATUS[fact.status],
        intent="order",
        code={"coding": [coding(COUNCIL_TASK, kind)], "text": _title(fact, DISPLAYS[COUNCIL_TASK][kind])},
        owner=reference("Organization", fhir_id(council.ods_code)),
        **_when(fact),
        **_details(fact),
        **{"for": reference("Patient", fhir_id(view.person_id))},
    )


def _title(fact: CareActAssessmentStated | ReviewStated, display: str) -> str:
    return f"{display} of the carer" if fact.client == "carer" else display


def _when(fact: CareActAssessmentStated | ReviewStated) -> Json:
    if isinstance(fact, ReviewStated):
        due = partial_date(fact.due_on)
        return filled(
            executionPeriod=period("", fact.done_on),
            restriction={"period": {"end": due}} if due else {},
        )
    return filled(
        authoredOn=partial_date(fact.requested_on),
        executionPeriod=period(fact.started_on, fact.completed_on),
    )


def _details(fact: CareActAssessmentStated | ReviewStated) -> Json:
    spoken = partial_date(fact.last_contact_on) if isinstance(fact, CareActAssessmentStated) else ""
    return filled(
        input=[typed(COUNCIL_TASK_DETAIL, "last-contact", valueDate=spoken)] if spoken else [],
        output=outcome_of(COUNCIL_TASK_DETAIL, fact.outcome.replace("-", " ")),
    )


MAPPING = CareMapping("council-task", 1, "Task", (CareActAssessmentStated, ReviewStated), council_task)

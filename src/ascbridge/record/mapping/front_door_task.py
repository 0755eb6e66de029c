"""A task of the front door as UKCore-Task: looking into what came in, or a review that is due.

It says since when the person waits and until when the work is due, and no word that anybody typed. Source: standards.md
e.2. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.record.mapping.organization import team_id
from ascbridge.uk_core import (
    DOOR_TASK_CODE,
    DOOR_TASK_DETAIL,
    TASK_STAGE,
    Json,
    coding,
    concept,
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
    from ascbridge.events.front_door import FrontDoorTask
    from ascbridge.record.views import Council, DoorTaskView


def front_door_task(view: DoorTaskView, council: Council) -> Json:
    """Return the Task."""
    fact = view.fact
    return filled(
        resourceType="Task",
        id=fhir_id(fact.task),
        meta=meta("Task", source=view.source, restricted=view.restricted),
        identifier=[identifier(council.system("task"), fact.task)],
        status=fact.status,
        statusReason=concept([], None, fact.signal),
        businessStatus=concept([TASK_STAGE], fact.stage, fact.stage),
        intent="order",
        code=concept([DOOR_TASK_CODE], fact.kind, fact.kind),
        focus=reference("ServiceRequest", fhir_id(view.request_id)) if view.request_id else {},
        authoredOn=instant(fact.opened_ms),
        owner=reference("Organization", team_id(fact.owner_team), fact.owner_team)
        if words(fact.owner_team)
        else {},
        restriction={"period": {"end": instant(fact.due_ms)}} if fact.due_ms is not None else {},
        input=_inputs(fact),
        output=_outputs(fact),
        **{"for": reference("Patient", fhir_id(view.person_id))},
    )


def _inputs(fact: FrontDoorTask) -> list[Json]:
    days = (("since", fact.since_on), ("last-contact", fact.last_contact_on))
    return [
        {"type": _detail(code), "valueDate": partial_date(text)} for code, text in days if partial_date(text)
    ]


def _outputs(fact: FrontDoorTask) -> list[Json]:
    outcome = concept([], None, fact.outcome or fact.stated_outcome)
    return [{"type": _detail("outcome"), "valueCodeableConcept": outcome}] if outcome else []


def _detail(code: str) -> Json:
    return {"coding": [coding(DOOR_TASK_DETAIL, code)]}

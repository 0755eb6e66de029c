"""A task of the front door as UKCore-Task: looking into what came in, or a review that is due.

It says since when the person waits and until when the work is due, and no word that anybody typed. Source: standards.md
e.2. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.own_codes import DOOR_TASK_CODE, DOOR_TASK_DETAIL
from ascbridge.record.mapping.heads import outcome_of, task_with, typed
from ascbridge.uk_core import (
    TASK_STAGE,
    Json,
    concept,
    fhir_id,
    partial_date,
    reference,
)

if TYPE_CHECKING:
    from ascbridge.events.facts.front_door import FrontDoorTask
    from ascbridge.record.views import Council, DoorTaskView


def front_door_task(view: DoorTaskView, council: Council) -> Json:
    """Return the Task."""
    fact = view.fact
    return task_with(
        view,
        council,
        statusReason=concept([], None, fact.signal),
        businessStatus=concept([TASK_STAGE], fact.stage, fact.stage),
        code=concept([DOOR_TASK_CODE], fact.kind, fact.kind),
        focus=reference("ServiceRequest", fhir_id(view.request_id)) if view.request_id else {},
        input=_inputs(fact),
        output=outcome_of(DOOR_TASK_DETAIL, fact.outcome or fact.stated_outcome),
    )


def _inputs(fact: FrontDoorTask) -> list[Json]:
    days = (("since", fact.since_on), ("last-contact", fact.last_contact_on))
    return [
        typed(DOOR_TASK_DETAIL, code, valueDate=day) for code, text in days if (day := partial_date(text))
    ]

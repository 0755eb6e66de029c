"""A Discharge to Assess task as UKCore-Task.

The four dates are four inputs, pathway and setting two more; its reason is why somebody who is ready stays. A Task says
no ward, no room and no words that anybody typed, so there is nothing in it to leave out for a restricted person but
what they are marked by. Source: standards.md e.2.
This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.record.mapping.organization import team_id
from ascbridge.uk_core import (
    TASK_CODE,
    TASK_DETAIL,
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
    from ascbridge.events.catalogue import TaskFact
    from ascbridge.record.views import Council, TaskView


def task(view: TaskView, council: Council) -> Json:
    """Return the Task."""
    fact = view.fact
    return filled(
        resourceType="Task",
        id=fhir_id(fact.task),
        meta=meta("Task", source=view.source, restricted=view.restricted),
        identifier=[identifier(council.system("task"), fact.task)],
        status=fact.status,
        statusReason=concept([], None, fact.reason),
        businessStatus=concept([TASK_STAGE], fact.stage, fact.stage),
        reasonCode=concept([], None, _delayed_by(fact)),
        intent="order",
        code=concept([TASK_CODE], fact.kind, fact.kind),
        focus=reference("ServiceRequest", fhir_id(fact.task)),
        encounter=reference("Encounter", fhir_id(fact.spell)) if view.has_stay else {},
        authoredOn=instant(fact.opened_ms),
        owner=reference("Organization", team_id(fact.owner_team), fact.owner_team)
        if words(fact.owner_team)
        else {},
        restriction={"period": {"end": instant(fact.due_ms)}} if fact.due_ms is not None else {},
        input=_inputs(fact),
        output=_outputs(fact),
        **{"for": reference("Patient", fhir_id(view.person_id))},
    )


def _detail(code: str) -> Json:
    return {"coding": [coding(TASK_DETAIL, code)]}


def _delayed_by(fact: TaskFact) -> str:
    """Return why somebody who is ready stays, in the words of its list; empty where nobody says."""
    return next((one.words or one.reason for one in reversed(fact.delays) if one.to_ms is None), "")


def _inputs(fact: TaskFact) -> list[Json]:
    dates = (
        ("estimated-discharge-date", fact.expected_discharge),
        ("planned-discharge-date", fact.planned_discharge),
        ("ready-date", fact.ready_on),
    )
    found: list[Json] = [
        {"type": _detail(code), "valueDate": partial_date(text)} for code, text in dates if partial_date(text)
    ]
    if fact.pathway is not None:
        found.append({"type": _detail("pathway"), "valueInteger": fact.pathway})
    if words(fact.setting):
        found.append({"type": _detail("setting"), "valueString": fact.setting})
    if fact.discharged_ms is not None:
        found.append({"type": _detail("actual-discharge"), "valueDateTime": instant(fact.discharged_ms)})
    return found


def _outputs(fact: TaskFact) -> list[Json]:
    outcome = concept([], None, fact.outcome)
    return [{"type": _detail("outcome"), "valueCodeableConcept": outcome}] if outcome else []

"""Work split off a discharge task as UKCore-Task, part of that task.

It says how far the work is and what blocks, and neither who offers a place nor any word that somebody typed: both would
say where the person will be. Source: standards.md e.2. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.record.mapping.organization import team_id
from ascbridge.uk_core import (
    SUB_TASK_CODE,
    SUB_TASK_DETAIL,
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
    from ascbridge.events.split_work import SubTaskFact
    from ascbridge.record.views import Council, SubTaskView


def sub_task(view: SubTaskView, council: Council) -> Json:
    """Return the Task."""
    fact = view.fact
    return filled(
        resourceType="Task",
        id=fhir_id(fact.task),
        meta=meta("Task", source=view.source, restricted=view.restricted),
        identifier=[identifier(council.system("task"), fact.task)],
        partOf=[reference("Task", fhir_id(fact.parent))] if view.has_parent else [],
        status=fact.status,
        statusReason=concept([], None, fact.reason),
        businessStatus=concept([], None, fact.state_words),
        intent="order",
        code=concept([SUB_TASK_CODE], fact.kind, fact.title),
        focus=reference("ServiceRequest", fhir_id(fact.parent)) if view.has_parent else {},
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


def _inputs(fact: SubTaskFact) -> list[Json]:
    return (
        [{"type": _detail("needed-before-discharge"), "valueBoolean": True}] if fact.before_discharge else []
    )


def _outputs(fact: SubTaskFact) -> list[Json]:
    found: list[Json] = []
    if fact.offers:
        found.append({"type": _detail("offers"), "valueInteger": fact.offers})
    if fact.offers_lost:
        found.append({"type": _detail("offers-lost"), "valueInteger": fact.offers_lost})
    if fact.finished_ms is not None:
        found.append({"type": _detail("finished"), "valueDateTime": instant(fact.finished_ms)})
    return found


def _detail(code: str) -> Json:
    return {"coding": [coding(SUB_TASK_DETAIL, code)]}

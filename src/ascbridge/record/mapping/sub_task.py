"""Work split off a discharge task as UKCore-Task, part of that task.

It says how far the work is and what blocks, and neither who offers a place nor any word that somebody typed: both would
say where the person will be. Source: standards.md e.2. This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.own_codes import SUB_TASK_CODE, SUB_TASK_DETAIL
from ascbridge.record.mapping.heads import task_with, typed
from ascbridge.uk_core import (
    Json,
    concept,
    fhir_id,
    instant,
    reference,
)

if TYPE_CHECKING:
    from ascbridge.events.facts.split_work import SubTaskFact
    from ascbridge.record.views import Council, SubTaskView


def sub_task(view: SubTaskView, council: Council) -> Json:
    """Return the Task."""
    fact = view.fact
    return task_with(
        view,
        council,
        partOf=[reference("Task", fhir_id(fact.parent))] if view.has_parent else [],
        statusReason=concept([], None, fact.reason),
        businessStatus=concept([], None, fact.state_words),
        code=concept([SUB_TASK_CODE], fact.kind, fact.title),
        focus=reference("ServiceRequest", fhir_id(fact.parent)) if view.has_parent else {},
        encounter=reference("Encounter", fhir_id(fact.spell)) if view.has_stay else {},
        input=_inputs(fact),
        output=_outputs(fact),
    )


def _inputs(fact: SubTaskFact) -> list[Json]:
    return (
        [typed(SUB_TASK_DETAIL, "needed-before-discharge", valueBoolean=True)]
        if fact.before_discharge
        else []
    )


def _outputs(fact: SubTaskFact) -> list[Json]:
    found: list[Json] = []
    if fact.offers:
        found.append(typed(SUB_TASK_DETAIL, "offers", valueInteger=fact.offers))
    if fact.offers_lost:
        found.append(typed(SUB_TASK_DETAIL, "offers-lost", valueInteger=fact.offers_lost))
    if fact.finished_ms is not None:
        found.append(typed(SUB_TASK_DETAIL, "finished", valueDateTime=instant(fact.finished_ms)))
    return found

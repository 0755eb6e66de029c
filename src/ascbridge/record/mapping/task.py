"""A Discharge to Assess task as UKCore-Task.

The four dates are four inputs, pathway and setting two more; outputs are its outcome, when each stage was entered, and
what of the information that goes with the person is there. Its reason is why somebody who is ready stays. A Task says
no ward, no room and no words that anybody typed, so there is nothing in it to leave out for a restricted person but
what they are marked by. Its business status says the stage, and how the work stands as a hospital is told it.
Source: standards.md e.2.
This module thinks; it does no input or output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.task_progress import progress_of
from ascbridge.own_codes import TASK_PROGRESS
from ascbridge.record.mapping.heads import outcome_of, task_with, typed
from ascbridge.uk_core import (
    DISPLAYS,
    TASK_CODE,
    TASK_DETAIL,
    TASK_STAGE,
    Json,
    coding,
    concept,
    fhir_id,
    instant,
    partial_date,
    reference,
    words,
)

if TYPE_CHECKING:
    from ascbridge.events.facts.catalogue import TaskFact
    from ascbridge.record.views import Council, TaskView


def task(view: TaskView, council: Council) -> Json:
    """Return the Task."""
    fact = view.fact
    return task_with(
        view,
        council,
        statusReason=concept([], None, fact.reason),
        businessStatus=_standing(fact),
        reasonCode=concept([], None, _delayed_by(fact)),
        code=concept([TASK_CODE], fact.kind, fact.kind),
        focus=reference("ServiceRequest", fhir_id(fact.task)),
        encounter=reference("Encounter", fhir_id(fact.spell)) if view.has_stay else {},
        input=_inputs(fact),
        output=[*outcome_of(TASK_DETAIL, fact.outcome), *_milestones(fact), *_pack(view)],
    )


def _standing(fact: TaskFact) -> Json:
    """Return the desk's stage, and how the work stands in the words that a hospital is told."""
    stage = concept([TASK_STAGE], fact.stage, fact.stage)
    return {**stage, "coding": [*stage.get("coding", []), coding(TASK_PROGRESS, progress_of(fact))]}


def _milestones(fact: TaskFact) -> list[Json]:
    """Return when each stage on the way to this one was entered; its type is the stage."""
    known = DISPLAYS[TASK_STAGE]
    return [
        typed(TASK_STAGE, stage, valueDateTime=instant(at_ms))
        for stage, at_ms in sorted(fact.milestones.items(), key=lambda one: (one[1], one[0]))
        if stage in known
    ]


def _pack(view: TaskView) -> list[Json]:
    """Return what of the information that goes with the person is there, waived or missing, and its receipt."""
    pack = view.pack
    if pack is None:
        return []
    items = [
        *(("information-present", item) for item in pack.present),
        *(("information-waived", item) for item in pack.waived),
        *(("information-missing", item) for item in pack.missing),
    ]
    receipts = (("receipt-asked", pack.receipt_asked_ms), ("receipt-given", pack.receipt_ms))
    return [
        *(typed(TASK_DETAIL, code, valueString=item) for code, item in items if words(item)),
        *(typed(TASK_DETAIL, code, valueDateTime=instant(ms)) for code, ms in receipts if ms is not None),
    ]


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
        typed(TASK_DETAIL, code, valueDate=day) for code, text in dates if (day := partial_date(text))
    ]
    if fact.pathway is not None:
        found.append(typed(TASK_DETAIL, "pathway", valueInteger=fact.pathway))
    if words(fact.setting):
        found.append(typed(TASK_DETAIL, "setting", valueString=fact.setting))
    if fact.hand_over:
        found.append(
            typed(
                TASK_DETAIL, "responsible-council", valueString=words(fact.hand_over_to) or "Not known which"
            )
        )
    if fact.discharged_ms is not None:
        found.append(typed(TASK_DETAIL, "actual-discharge", valueDateTime=instant(fact.discharged_ms)))
    return found

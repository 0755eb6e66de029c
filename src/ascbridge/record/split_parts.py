"""Reads back what the record shows of work that was split off a discharge task, and of assessments that go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.events.facts.hospital_assessment import HospitalAssessmentAttached, SealedDocument
from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.record.views import AssessmentView, SubTaskView

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    from ascbridge.events.facts.fact import Part
    from ascbridge.record.views import PatientView

    class Named(Protocol):
        """A part of a person's record."""

        @property
        def kind(self) -> str: ...
        @property
        def part_id(self) -> str: ...


def sub_task_view(data: bytes, source: str, about: PatientView, mine: Iterable[Named]) -> SubTaskView:
    """Return a sub-task; `mine` are all parts of its person, among which its task and stay may be."""
    fact = SubTaskFact.model_validate_json(data)
    there = {(each.kind, each.part_id) for each in mine}
    return SubTaskView(
        person_id=about.person_id,
        fact=fact,
        restricted=about.restricted,
        has_parent=("task", fact.parent) in there,
        has_stay=("stay", fact.spell) in there,
        source=source,
    )


def assessment_view(
    data: bytes, source: str, about: PatientView, mine: Iterable[Named], sealed: Part | None = None
) -> AssessmentView:
    """Return an assessment made in hospital, with what it sealed of a document; `mine` as in `sub_task_view`."""
    fact = HospitalAssessmentAttached.model_validate_json(data)
    there = {(each.kind, each.part_id) for each in mine}
    return AssessmentView(
        person_id=about.person_id,
        fact=fact,
        restricted=about.restricted,
        has_parent=("task", fact.task) in there,
        has_stay=("stay", fact.spell) in there,
        source=source,
        sealed=sealed if isinstance(sealed, SealedDocument) else None,
    )

"""What people do with assessments made in hospital: attach one, say why another is needed, take one back.

The acts stand with those on the information pack, under its versions. Who made the assessment by name, and where its
paper is, is sealed. Call each function inside one write transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from ascbridge.calendars import iso_day
from ascbridge.discharge.assessment_state import HospitalAssessment, hospital_assessments
from ascbridge.discharge.desk import NotAChoice, NotNow, check_choice
from ascbridge.discharge.pack_desk import record_paper
from ascbridge.events.envelope import following_id
from ascbridge.events.hospital_assessment import AssessedNeed, HospitalAssessmentAttached
from ascbridge.own_codes import CARE_ACT_OUTCOME, SELF_ASSESSMENT_LEVEL
from ascbridge.uk_core import DISPLAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.discharge.desk import Sitting
    from ascbridge.discharge.desk_state import Act
    from ascbridge.events.catalogue import Fact, TaskFact
    from ascbridge.reference.pack_items import Packs

AssessmentActName = Literal["attach", "reassess", "withdraw"]
ASSESSMENT_ACTS: tuple[AssessmentActName, ...] = get_args(AssessmentActName)
_STORED: dict[AssessmentActName, str] = {
    "attach": "assess", "reassess": "reassess", "withdraw": "assess_withdrawn",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssessmentWish:
    """One act. *attach* names the `assessor` (a code of the list) and the day; the others the `number` of one."""

    act: AssessmentActName
    assessor: str = ""
    on: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    reason: str = ""
    text: str = ""


def assessment_change(connection: Connection, sitting: Sitting, task_id: str, wish: AssessmentWish) -> int:
    """Do one act and return the papers' new version. Raises as `pack_desk.pack_change` does."""

    def detail(packs: Packs, acts: Sequence[Act]) -> dict[str, Any]:
        return _detail(packs, hospital_assessments(acts), sitting, wish)

    def said(parent: TaskFact, acts: Sequence[Act], packs: Packs) -> Fact:
        changed = max(hospital_assessments(acts), key=lambda one: one.revision)
        return assessment_fact(parent, changed, packs)

    return record_paper(connection, sitting, task_id, _STORED[wish.act], detail, said, wish.text)


def assessment_id(task_id: str, number: int) -> str:
    """Return the id of a task's assessment."""
    return following_id("a", task_id, f"{task_id}/assessment/{number}")


def assessment_fact(parent: TaskFact, one: HospitalAssessment, packs: Packs) -> HospitalAssessmentAttached:
    """Return an assessment as an event."""
    return HospitalAssessmentAttached(
        assessment=assessment_id(parent.task, one.number),
        task=parent.task,
        spell=parent.spell,
        revision=one.revision,
        kind=one.kind,
        assessor_team=packs.assessors[one.assessor].words
        if one.assessor in packs.assessors
        else one.assessor,
        assessed_on=one.on,
        needs=tuple(AssessedNeed(domain=domain, level=level) for domain, level in one.needs.items()),
        reassess=one.reassess,
        list_version=one.list_version,
        withdrawn=one.withdrawn,
    )


def _detail(
    packs: Packs, there: Sequence[HospitalAssessment], sitting: Sitting, wish: AssessmentWish
) -> dict[str, Any]:
    if wish.act == "attach":
        check_choice(packs.assessors, wish.assessor)
        if len(wish.on) != 10 or not "2000" < wish.on <= iso_day(sitting.now_ms):
            raise NotAChoice("say on which day it was made; that day has been")
        for domain, level in wish.needs.items():
            check_choice(DISPLAYS[CARE_ACT_OUTCOME], domain)
            check_choice(DISPLAYS[SELF_ASSESSMENT_LEVEL], level)
        return {
            "assessor": wish.assessor, "kind": packs.assessors[wish.assessor].kind, "on": wish.on,
            "needs": dict(wish.needs), "list": packs.ident,
        }  # fmt: skip
    one = next((each for each in there if each.number == wish.number), None)
    if one is None:
        raise NotAChoice("there is no such assessment")
    if one.withdrawn:
        raise NotNow("This assessment was taken back.")
    if wish.act == "withdraw":
        return {"assessment": one.number}
    check_choice(packs.reassess_reasons, wish.reason)
    return {"assessment": one.number, "reason": wish.reason, "list": packs.ident}

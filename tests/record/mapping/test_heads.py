"""What every Task and every QuestionnaireResponse says alike, whatever made it."""

from dataclasses import replace
from typing import Any

import pytest

from ascbridge.own_codes import CARE_ACT_OUTCOME
from ascbridge.record.checks import check
from ascbridge.record.mapping.assessment_response import hospital_assessment
from ascbridge.record.mapping.front_door_task import front_door_task
from ascbridge.record.mapping.heads import item_of, outcome_of
from ascbridge.record.mapping.questionnaire_response import questionnaire_response
from ascbridge.record.mapping.sub_task import sub_task
from ascbridge.record.mapping.task import task
from ascbridge.record.views import AnswersView
from ascbridge.uk_core import TASK_DETAIL
from tests.record.mapping import test_assessment_response, test_front_door_task, test_sub_task
from tests.record.mapping.test_questionnaire_response import ANSWERED
from tests.record.samples import COUNCIL, OPENED, PERSON

TASKS: list[tuple[Any, Any]] = [
    (task, OPENED), (sub_task, test_sub_task.VIEW), (front_door_task, test_front_door_task.VIEW),
]  # fmt: skip
RESPONSES: list[tuple[Any, Any]] = [
    (hospital_assessment, test_assessment_response.VIEW), (questionnaire_response, AnswersView(PERSON, "a1", ANSWERED)),
]  # fmt: skip


@pytest.mark.parametrize("mapped, view", TASKS)
def test_every_task_says_whose_it_is_and_until_when(mapped: Any, view: Any) -> None:
    made = mapped(
        replace(view, fact=view.fact.model_copy(update={"owner_team": "A team", "due_ms": 0})), COUNCIL
    )
    check(made)
    assert (made["for"]["reference"], made["owner"]["display"]) == (f"Patient/{PERSON}", "A team")
    assert made["restriction"] == {"period": {"end": "1970-01-01T00:00:00Z"}}
    least = mapped(
        replace(view, fact=view.fact.model_copy(update={"owner_team": "", "due_ms": None})), COUNCIL
    )
    check(least)
    assert not {"owner", "restriction"} & least.keys()


@pytest.mark.parametrize("mapped, view", [*TASKS, *RESPONSES])
def test_a_restricted_persons_is_marked_and_nobody_elses(mapped: Any, view: Any) -> None:
    marked = mapped(replace(view, restricted=True), COUNCIL)["meta"]["security"]
    assert [one["code"] for one in marked] == ["R"]
    assert "security" not in mapped(replace(view, restricted=False), COUNCIL)["meta"]


def test_a_domain_that_the_code_system_lacks_is_said_as_it_came() -> None:
    assert item_of(CARE_ACT_OUTCOME, "new word", {"valueBoolean": True})["text"] == "new word"


def test_there_is_no_output_before_there_is_an_outcome() -> None:
    assert outcome_of(TASK_DETAIL, "") == []

"""Goals as FHIR: each in the person's own words, and none of somebody whose whereabouts are withheld."""

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.goal import MAPPING
from tests.record.care_samples import care, made


def test_each_goal_is_a_resource_of_its_own_and_empty_ones_are_none() -> None:
    goals = made(MAPPING, care("support_plan"))
    for each in goals:
        check(each)
    assert [each["description"]["text"] for each in goals] == ["Go to chapel again", "See my sister"]
    assert {each["lifecycleStatus"] for each in goals} == {"active"}
    assert {each["startDate"] for each in goals} == {"2026-03-13"}


def test_goals_of_support_that_ended_are_completed_and_a_short_date_is_left_out() -> None:
    (goal,) = made(MAPPING, care("short_term", started_on="2026-03"))
    check(goal)
    assert goal["lifecycleStatus"] == "completed"
    assert "startDate" not in goal


def test_a_restricted_person_and_one_whose_goals_cannot_be_opened_have_none() -> None:
    assert made(MAPPING, care("support_plan", restricted=True)) == []
    view = care("support_plan")
    assert made(MAPPING, type(view)(view.person_id, view.part_id, view.fact)) == []

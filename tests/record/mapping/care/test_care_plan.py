"""A support plan as FHIR: its state, how its support is bought, and the goals it leads to."""

import pytest

from ascbridge.record.checks import check
from ascbridge.record.mapping.care.care_plan import MAPPING
from tests.record.care_samples import care, made


def test_an_agreed_plan_says_how_it_is_bought_and_what_it_is_to_reach() -> None:
    (plan,) = made(MAPPING, care("support_plan"))
    check(plan)
    assert (plan["status"], plan["period"]) == ("active", {"start": "2026-03-13"})
    assert plan["description"] == "Support is bought as: direct payment"
    assert [each["reference"].rpartition(".")[2] for each in plan["goal"]] == ["1", "3"]
    assert plan["identifier"][0]["value"] == "SP-1"


@pytest.mark.parametrize(
    "fields, status",
    [({"status": "draft"}, "draft"), ({"status": "ended"}, "completed"), ({"died": True}, "completed")],
)
def test_its_state_follows_the_case_systems_and_a_death(fields: dict, status: str) -> None:
    (plan,) = made(MAPPING, care("support_plan", **fields))
    check(plan)
    assert plan["status"] == status


def test_a_carers_plan_says_so_and_a_restricted_persons_has_no_goals() -> None:
    (plan,) = made(MAPPING, care("support_plan", client="carer", restricted=True))
    check(plan)
    assert plan["title"] == "Support plan of the carer"
    assert "goal" not in plan
    assert plan["meta"]["security"][0]["code"] == "R"

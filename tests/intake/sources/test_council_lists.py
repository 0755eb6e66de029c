"""The contract's lists are those of the national return and of the Care Act, word for value."""

from typing import get_args

from ascbridge.intake.sources import council_lists as lists
from ascbridge.own_codes import CARE_ACT_OUTCOME
from ascbridge.uk_core import DISPLAYS


def test_a_self_assessment_asks_by_the_outcomes_that_the_record_can_show() -> None:
    assert set(get_args(lists.Domain)) == set(DISPLAYS[CARE_ACT_OUTCOME])


def test_every_outcome_and_service_of_the_return_has_its_word() -> None:
    assert len(set(get_args(lists.Outcome))) == 17  # sixteen outcomes of release 2, and none yet
    assert len(set(get_args(lists.Service))) == 10  # nine services, and none stated


def test_what_may_be_left_out_may_be_empty() -> None:
    for one in (lists.Outcome, lists.Decision, lists.Service, lists.Delivery, lists.Method, lists.YesNo):
        assert "" in get_args(one)

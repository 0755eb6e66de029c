"""Each fault of a change of systems is there when it is switched on, is about what it says, and nothing else changes."""

import json
from datetime import date

import pytest

from ascbridge.intake.agreed.profiles import parse, read
from ascbridge.intake.sources.sender_objects import contract_form
from ascbridge.simulator.case_faults import (
    MAPPING_FAULTS,
    STATE_DIFFERENCES,
    faulty_profile,
    with_differences,
)
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.new_case_system import PROFILE, NewCaseSystem

DAY = date(2026, 6, 15)
SAID = [one for case in Caseload(1, City(1, DAY)).on(DAY) for one in case]
POSTS = NewCaseSystem(1).posts(SAID)
RIGHT = read(str(PROFILE))


def facts_by(profile):
    return [json.loads(contract_form(post.body, profile.objects)) for post in POSTS]


@pytest.mark.parametrize("name", MAPPING_FAULTS)
def test_a_mapping_fault_changes_its_member_and_nothing_else(name):
    fault, profile = MAPPING_FAULTS[name], parse(faulty_profile([name]), name)
    assert not profile.shadow
    changed = [(a, b) for a, b in zip(facts_by(RIGHT), facts_by(profile), strict=True) if a != b]
    assert changed
    for right, wrong in changed:
        assert right["fact"] == fault.fact
        members = right[fault.fact].keys() | wrong[fault.fact].keys()
        assert {one for one in members if right[fault.fact].get(one) != wrong[fault.fact].get(one)} == {
            fault.member
        }


def test_faults_can_be_switched_on_together_or_not_at_all():
    assert faulty_profile(MAPPING_FAULTS).count('package.provider"') == 0
    assert parse(faulty_profile([]), "none").objects == RIGHT.objects


def test_the_wrong_clock_gives_the_day_before():
    name = "a date by the wrong clock"
    for right, wrong in zip(facts_by(RIGHT), facts_by(parse(faulty_profile([name]), name)), strict=True):
        if right != wrong:
            days = [date.fromisoformat(one["package"]["started_on"]) for one in (right, wrong)]
            assert (days[0] - days[1]).days == 1


def test_state_differences_are_about_two_people_and_touch_nobody_else():
    told, differences = with_differences(SAID, STATE_DIFFERENCES)
    assert len({one.council_id for one in differences}) == 2
    left_behind, reallocated = differences

    def of(said, difference):
        return [
            one
            for one in said
            if (one.citizen.council_id, one.fact) == (difference.council_id, difference.fact)
        ]

    assert of(SAID, left_behind)[-1].value["status"] == "live"
    assert of(told, left_behind) == []
    before, after = of(SAID, reallocated)[-1], of(told, reallocated)[-1]
    assert {name for name in before.value if before.value[name] != after.value[name]} == {"name"}
    about = {(one.council_id, one.fact) for one in differences}
    assert [one for one in told if (one.citizen.council_id, one.fact) not in about] == [
        one for one in SAID if (one.citizen.council_id, one.fact) not in about
    ]


def test_where_nobody_has_it_nothing_is_made_up():
    with pytest.raises(LookupError, match="package"):
        with_differences([one for one in SAID if one.fact != "package"], STATE_DIFFERENCES)

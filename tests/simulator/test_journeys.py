"""The people who need the council: as many as a day has, each story once at least, each over by the evening."""

from collections import Counter
from datetime import date

from ascbridge.simulator.journeys import SCRIPTS
from ascbridge.simulator.schedule import Schedule
from ascbridge.simulator.wards import at

DAY = date(2026, 3, 3)
TRAPS = {script.name for script in SCRIPTS if script.trap}


def test_ten_wait_when_the_day_begins_and_twelve_to_sixteen_come(whole_day: Schedule):
    needing = [one for one in whole_day.journeys if one.story not in TRAPS]
    waiting = [one for one in needing if 0 < one.opens_ms < whole_day.start_ms]
    assert len(waiting) == 10
    assert 12 <= len(needing) - len(waiting) <= 16


def test_every_story_is_told(whole_day: Schedule, small_day: Schedule):
    assert {one.story for one in whole_day.journeys} == {script.name for script in SCRIPTS}
    assert Counter(one.story for one in small_day.journeys) == Counter(script.name for script in SCRIPTS)


def test_every_way_a_task_can_end_is_there(whole_day: Schedule):
    assert {one.ending for one in whole_day.journeys} == {
        "completed",
        "cancelled",
        "entered-in-error",
        "none",
    }


def test_all_is_said_by_the_evening_so_that_the_list_can_empty(whole_day: Schedule):
    assert max(said.at_ms for one in whole_day.journeys for said in one.said) < at(DAY, 19)


def test_each_stay_is_told_in_order_of_time(whole_day: Schedule):
    for one in whole_day.journeys:
        by_story = [said.at_ms for said in one.said if said.trigger not in {"A40", "A31"}]
        assert by_story == sorted(by_story), one.story


def test_nobody_is_in_two_stories(whole_day: Schedule):
    assert len({one.citizen.nhs_number for one in whole_day.journeys}) == len(whole_day.journeys)
    assert len({one.visit for one in whole_day.journeys}) == len(whole_day.journeys)


def test_the_other_trusts_patient_is_said_to_be_that_trusts(whole_day: Schedule):
    other = next(one for one in whole_day.journeys if one.story == "other trust")
    assert all(
        "^RJC" in segment for said in other.said for segment in said.segments if segment.startswith("PV1")
    )

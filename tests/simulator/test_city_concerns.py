"""Concerns of a day: taken by the wall's own reader, the same from the same seed, about people of the day, each once."""

import orjson

from ascbridge.safeguarding.case_lines import wrong_fields
from ascbridge.safeguarding.practice_rules import load
from ascbridge.simulator.city_concerns import HIDDEN, concerns_on, mark_of
from ascbridge.simulator.day import FIRST_DAY, a_day
from ascbridge.simulator.schedule import Schedule


def lines(day: Schedule) -> list[bytes]:
    return [line for file in day.concerns for line in file.lines]


def test_every_line_is_one_that_the_folder_takes(small_day: Schedule):
    rules = load()
    assert [wrong for line in lines(small_day) if (wrong := wrong_fields(rules, line))] == []
    raised = [number for file in small_day.concerns for number in file.raised]
    assert len(raised) == len(set(raised)) >= 3
    for number in raised:
        assert sum(mark_of(number).encode() in line for line in lines(small_day)) == 1


def test_they_come_through_the_day_and_a_decision_after_its_concern(small_day: Schedule):
    times = [file.at_ms for file in small_day.concerns]
    assert times == sorted(times)
    assert small_day.start_ms < times[0]
    assert times[-1] < small_day.end_ms
    (decided,) = (n for n, file in enumerate(small_day.concerns) if not file.raised)
    about = orjson.loads(small_day.concerns[decided].lines[0])["about"]
    assert about in [number for file in small_day.concerns[:decided] for number in file.raised]


def test_they_are_about_people_whom_the_council_knows_and_nobody_hidden(small_day: Schedule):
    may = {one.citizen.council_id for one in small_day.journeys if one.known and one.story != HIDDEN}
    told = [orjson.loads(line) for line in lines(small_day)]
    assert {one["concern"]["adult"]["council_id"] for one in told if "concern" in one} <= may
    assert concerns_on(FIRST_DAY, []) == []


def test_another_day_has_numbers_of_its_own(small_day: Schedule):
    again = a_day(1, 1, scale=0.1)
    mine = {number for file in small_day.concerns for number in file.raised}
    assert mine.isdisjoint(number for file in again.concerns for number in file.raised)

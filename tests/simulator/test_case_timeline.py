"""A case as it unfolds: whole statements, in order, with the person's own numbers."""

from datetime import UTC, date, datetime
from random import Random

from ascbridge.simulator.case_timeline import CaseTimeline
from ascbridge.simulator.city import City

FIRST = date(2026, 3, 27)


def a_case() -> CaseTimeline:
    return CaseTimeline(City(1, FIRST).citizen(), FIRST, Random(1))


def test_each_statement_is_whole_and_the_earlier_one_stays_as_it_was():
    case = a_case()
    case.say(0, "package", status="live", started_on=case.day(0))
    case.say(10, "package", status="ended", ended_on=case.day(10))
    before, after = (one.value for one in case.said)
    assert before == {"id": case.number("package"), "status": "live", "started_on": "2026-03-27"}
    assert after == {**before, "status": "ended", "ended_on": "2026-04-06"}


def test_two_things_of_a_kind_have_two_numbers_and_what_there_is_one_of_has_none():
    case = a_case()
    case.say(0, "review", status="done")
    case.say(0, "review", 2, status="due")
    case.say(0, "worker", team="A")
    first, second, worker = (one.value for one in case.said)
    assert first["id"] != second["id"]
    assert worker == {"team": "A"}


def test_what_is_said_on_a_day_is_said_in_office_hours_and_one_after_the_other():
    case = a_case()
    for _ in range(40):
        case.known(3)  # summer time began the day before
    times = [one.at_ms for one in case.said]
    assert times == sorted(set(times))
    hours = {datetime.fromtimestamp(at_ms / 1000, UTC).hour for at_ms in times}
    assert hours <= set(range(7, 18))
    assert {datetime.fromtimestamp(at_ms / 1000, UTC).date() for at_ms in times} == {date(2026, 3, 30)}

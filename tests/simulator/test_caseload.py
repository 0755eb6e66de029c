"""The caseload: every family on any day, a year at the documents' rates, the same for the same seed."""

from datetime import date, timedelta

from ascbridge.intake.sources.council_statements import FACT_NAMES
from ascbridge.simulator.caseload import LONGEST_CASE_DAYS, Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.wards import at

DAY = date(2026, 3, 3)


def on(seed: int = 1, day: date = DAY, scale: float = 1.0):
    return Caseload(seed, City(seed, day)).on(day, scale)


def test_a_day_tells_of_every_family_something_new():
    for scale in (1.0, 0.1):
        today = {one.fact for case in on(scale=scale) for one in case if one.at_ms >= at(DAY, 0)}
        assert today == set(FACT_NAMES)


def test_a_case_of_a_day_is_told_from_its_beginning_and_goes_no_further_than_today():
    for case in on():
        assert at(DAY, 0) <= case[-1].at_ms < at(DAY + timedelta(days=1), 0)
        assert len({one.citizen for one in case}) == 1
        assert case == sorted(case, key=lambda one: one.at_ms)


def test_everybody_has_a_case_of_their_own():
    people = [case[0].citizen.nhs_number for case in on()]
    assert len(people) == len(set(people))


def test_a_day_begins_as_many_requests_as_the_documents_say():
    today = {
        one.citizen.council_id
        for case in on()
        for one in case
        if one.fact == "contact" and one.value["received_on"] == DAY.isoformat()
    }
    assert 28 <= len(today) <= 34


def test_the_same_seed_tells_the_same_and_another_tells_something_else():
    assert on(seed=2) == on(seed=2)
    assert on(seed=2) != on(seed=3)


def test_days_when_the_clocks_change_are_days_like_others():
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        assert {one.fact for case in on(day=day, scale=0.1) for one in case} == set(FACT_NAMES)


def test_a_month_is_in_order_and_holds_what_was_open_when_it_began():
    said = Caseload(1, City(1, DAY)).through(DAY, 30, scale=0.3)
    times = [one.at_ms for one in said]
    assert times == sorted(times)
    assert times[0] >= at(DAY - timedelta(days=LONGEST_CASE_DAYS), 0)
    assert times[-1] < at(DAY + timedelta(days=30), 0)
    began = [one for one in said if one.fact == "contact" and one.value["received_on"] >= DAY.isoformat()]
    requests = {one.citizen.council_id for one in began}
    assert 0.8 * 0.3 * 30 * 31 < len(requests) < 1.2 * 0.3 * 30 * 31

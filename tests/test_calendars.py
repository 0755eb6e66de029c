from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.calendars import (
    LONDON,
    Calendar,
    ServiceHours,
    Span,
    bank_holidays,
    day_bounds,
    end_of_iso,
    iso_day,
    london_day,
    moment,
)

HOUR = 3_600_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)


def hours(*spans: str, weekend: bool = True, bank_holiday: tuple[str, ...] | None = None) -> ServiceHours:
    day = tuple(Span.parse(span) for span in spans)
    closed = None if bank_holiday is None else tuple(Span.parse(span) for span in bank_holiday)
    return ServiceHours((day,) * 5 + ((day,) * 2 if weekend else ((), ())), closed)


DAILY = hours("08:00-20:00")
OFFICE = hours("09:00-17:00", weekend=False, bank_holiday=())
NIGHTS = hours("00:00-08:00", "20:00-24:00")


def test_a_span_is_read_and_a_wrong_one_is_refused() -> None:
    assert Span.parse("16:30-24:00") == Span(16 * 60 + 30, 24 * 60)
    for wrong in ("8-20", "20:00-08:00", "08:00-08:00", "08:00-24:30", "08:60-09:00", ""):
        with pytest.raises(ValueError, match=r"is not HH:MM-HH:MM|does not end"):
            Span.parse(wrong)


def test_england_keeps_its_own_bank_holidays_moved_ones_too() -> None:
    assert date(2026, 4, 6) in bank_holidays(2026)
    assert date(2026, 12, 28) in bank_holidays(2026)
    assert date(2026, 1, 2) not in bank_holidays(2026)


def test_an_extra_day_closes_an_office_that_keeps_bank_holidays() -> None:
    plain, extra = Calendar(), Calendar([date(2026, 3, 4)])
    assert plain.is_open(at("2026-03-04T10:00"), OFFICE)
    assert not extra.is_open(at("2026-03-04T10:00"), OFFICE)
    assert extra.is_open(at("2026-03-04T10:00"), DAILY)


@pytest.mark.parametrize(
    "start, minutes, team, expected",
    [
        ("2026-03-06T11:30", 120, DAILY, "2026-03-06T13:30"),
        ("2026-03-06T19:00", 120, DAILY, "2026-03-07T09:00"),
        ("2026-03-06T22:00", 60, DAILY, "2026-03-07T09:00"),
        ("2026-03-06T03:00", 0, DAILY, "2026-03-06T08:00"),
        ("2026-03-06T18:00", 120, DAILY, "2026-03-06T20:00"),
        ("2026-03-06T16:00", 120, OFFICE, "2026-03-09T10:00"),
        ("2026-04-02T16:30", 60, OFFICE, "2026-04-07T09:30"),
        ("2026-03-06T07:00", 120, NIGHTS, "2026-03-06T21:00"),
    ],
)
def test_working_time_is_added_within_service_hours(
    start: str, minutes: int, team: ServiceHours, expected: str
) -> None:
    assert Calendar().add_working_time(at(start), minutes, team) == at(expected)


def test_the_nights_of_the_clock_changes_are_an_hour_shorter_and_longer() -> None:
    calendar = Calendar()
    assert calendar.add_working_time(at("2026-03-28T23:00"), 240, NIGHTS) == at("2026-03-29T04:00")
    assert calendar.add_working_time(at("2026-10-24T23:00"), 240, NIGHTS) == at("2026-10-25T02:00")
    spring, autumn = day_bounds(at("2026-03-29T12:00")), day_bounds(at("2026-10-25T12:00"))
    assert spring[1] - spring[0] == 23 * HOUR
    assert autumn[1] - autumn[0] == 25 * HOUR


def test_a_team_that_never_works_is_told_so_at_once() -> None:
    never = ServiceHours(((),) * 7)
    assert not never.ever_open
    with pytest.raises(ValueError, match="never give"):
        Calendar().add_working_time(at("2026-03-06T11:30"), 1, never)


@given(st.integers(1_577_836_800_000, 1_893_456_000_000), st.integers(0, 5_000), st.integers(0, 5_000))
def test_time_added_in_two_parts_is_time_added_at_once(start: int, first: int, second: int) -> None:
    calendar = Calendar()
    halfway = calendar.add_working_time(start, first, OFFICE)
    assert calendar.add_working_time(halfway, second, OFFICE) == calendar.add_working_time(
        start, first + second, OFFICE
    )


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(0, 1439))
def test_a_minute_of_a_london_day_is_on_that_day(day: date, minute: int) -> None:
    assert london_day(moment(day, minute)) == day
    assert iso_day(moment(day, minute)) == day.isoformat()


def test_the_end_of_what_an_iso_text_names() -> None:
    assert end_of_iso("2026-03-14") == at("2026-03-15T00:00")
    assert end_of_iso("2026-02") == at("2026-03-01T00:00")
    assert end_of_iso("2026-12") == at("2027-01-01T00:00")
    assert end_of_iso("2026") == at("2027-01-01T00:00")
    assert end_of_iso("2026-07-14T04:30") == at("2026-07-14T04:30")
    assert end_of_iso("2026-07-14T04:30+00:00") == at("2026-07-14T05:30")
    assert end_of_iso("") is None
    assert end_of_iso("soon") is None

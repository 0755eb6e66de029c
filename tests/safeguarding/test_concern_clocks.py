"""By when: against a calendar that counts day by day, over weekends, bank holidays and both changes of the clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ascbridge.calendars import LONDON, Calendar, bank_holidays
from ascbridge.events.facts.concerns import Concern, Enquiry
from ascbridge.safeguarding import practice_rules
from ascbridge.safeguarding.concern_clocks import (
    alerts,
    audit_from,
    conclude_by,
    decide_by,
    due_ms,
    months_after,
    repeated,
)

RULES = practice_rules.load()
WORKING = RULES.model_copy(update={"decision": RULES.decision.model_copy(update={"counts": "working"})})
CALENDAR = Calendar()


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)


FIRST, LAST = datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2031-12-31")
moments = st.datetimes(FIRST, LAST).map(lambda at: at.replace(tzinfo=LONDON, second=0, microsecond=0))


def shown(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, LONDON)


def felt(wall: datetime) -> int:
    """The moment at which London's clocks show this; in the hour left out, what they show an hour on."""
    return round(wall.replace(tzinfo=LONDON, fold=0).timestamp() * 1000)


@given(moments)
@example(datetime(2026, 3, 27, 1, 30, tzinfo=LONDON))  # two days on, that hour is left out
@example(datetime(2026, 10, 23, 1, 30, tzinfo=LONDON))  # two days on, it comes twice
@example(datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1))
def test_two_calendar_days_end_at_the_same_time_of_day(at: datetime) -> None:
    wall = at.replace(tzinfo=None) + timedelta(days=2)
    assert decide_by(RULES, CALENDAR, round(at.timestamp() * 1000)) == felt(wall)


def plain_working_days(at: datetime, days: int) -> datetime:
    """Count on paper: cross off each day that is worked, beginning after the day of receipt."""

    def worked(day: date) -> bool:
        return day.weekday() not in {5, 6} and day not in bank_holidays(day.year)

    wall = at.replace(tzinfo=None)
    if not worked(at.date()):
        wall = datetime.combine(at.date(), datetime.min.time())
        while not worked(wall.date()):
            wall += timedelta(days=1)
    crossed = 0
    while crossed < days:
        wall += timedelta(days=1)
        crossed += worked(wall.date())
    return wall


@given(moments)
@example(datetime(2026, 3, 26, 1, 30, tzinfo=LONDON))
@example(datetime(2026, 4, 2, 16, 0, tzinfo=LONDON))  # before Easter
@example(datetime(2026, 12, 24, 23, 59, tzinfo=LONDON))
@example(datetime(2027, 1, 2, 0, 1, tzinfo=LONDON))
def test_two_working_days_are_those_that_are_crossed_off_on_paper(at: datetime) -> None:
    assert decide_by(WORKING, CALENDAR, round(at.timestamp() * 1000)) == felt(plain_working_days(at, 2))


@pytest.mark.parametrize(
    "raised, calendar, working",
    [
        ("2026-10-20T11:00", "2026-10-22T11:00", "2026-10-22T11:00"),
        (
            "2026-10-23T16:00",
            "2026-10-25T16:00",
            "2026-10-27T16:00",
        ),  # Friday; the clocks go back on the Sunday
        ("2026-10-24T13:00", "2026-10-26T13:00", "2026-10-28T00:00"),  # Saturday
        ("2026-12-24T09:00", "2026-12-26T09:00", "2026-12-30T09:00"),  # Christmas, Boxing Day moved to Monday
        ("2026-03-27T10:00", "2026-03-29T10:00", "2026-03-31T10:00"),  # the clocks go forward on the Sunday
    ],
)
def test_examples_that_somebody_counted_by_hand(raised: str, calendar: str, working: str) -> None:
    assert decide_by(RULES, CALENDAR, ms(raised)) == ms(calendar)
    assert decide_by(WORKING, CALENDAR, ms(raised)) == ms(working)


@given(moments, st.integers(-24, 24))
def test_months_keep_the_day_or_take_the_months_last(at: datetime, months: int) -> None:
    found = shown(months_after(round(at.timestamp() * 1000), months))
    assert (found.year * 12 + found.month) - (at.year * 12 + at.month) == months
    next_month = date(found.year + found.month // 12, found.month % 12 + 1, 1)
    last = (next_month - timedelta(days=1)).day
    assert found.day == min(at.day, last)
    hour_left_out = timedelta(hours=1)
    assert abs(found.replace(tzinfo=None) - datetime.combine(found.date(), at.time())) <= hour_left_out


@pytest.mark.parametrize(
    "opened, concluded, audited",
    [
        ("2026-11-30T09:00", "2027-02-28T09:00", "2027-05-30T09:00"),
        ("2026-08-31T09:00", "2026-11-30T09:00", "2027-02-28T09:00"),
        ("2027-11-30T09:00", "2028-02-29T09:00", "2028-05-30T09:00"),
    ],
)
def test_three_months_to_conclude_and_six_to_the_audit(opened: str, concluded: str, audited: str) -> None:
    assert conclude_by(RULES, ms(opened)) == ms(concluded)
    assert audit_from(RULES, ms(opened)) == ms(audited)


def test_the_fourth_concern_within_twelve_months_is_a_repeat_and_the_thirteenth_month_does_not_count() -> (
    None
):
    now = ms("2026-10-20T11:00")
    three = [ms("2025-12-01T09:00"), ms("2026-03-01T09:00"), now]
    assert not repeated(RULES, three, now)
    assert repeated(RULES, [*three, ms("2025-10-20T11:01")], now)
    assert not repeated(RULES, [*three, ms("2025-10-20T11:00")], now)


def concern(**more: object) -> Concern:
    values = {"concern": "c1", "reference": "SG-1", "raised_ms": ms("2026-10-20T11:00")}
    return Concern(**(values | more))  # type: ignore[arg-type]  # read by pydantic


def test_a_decision_is_late_from_its_moment_on_and_never_once_it_is_made() -> None:
    by = ms("2026-10-22T11:00")
    waiting = concern(decide_by_ms=by)
    assert alerts(RULES, waiting, [], by - 1) == ()
    assert alerts(RULES, waiting, [], by) == ("decision-late",)
    assert alerts(RULES, waiting.model_copy(update={"status": "closed"}), [], by) == ()
    assert due_ms(waiting) == by


def test_an_enquiry_is_late_at_three_months_and_to_be_audited_at_six() -> None:
    open_since = ms("2026-10-20T11:00")
    enquiry = concern(
        status="enquiry", enquiry=Enquiry(kind="s42-enquiry", opened_ms=open_since),
        conclude_by_ms=conclude_by(RULES, open_since), audit_from_ms=audit_from(RULES, open_since),
    )  # fmt: skip
    assert due_ms(enquiry) == ms("2027-01-20T11:00")
    assert alerts(RULES, enquiry, [], ms("2027-01-20T10:59")) == ()
    assert alerts(RULES, enquiry, [], ms("2027-01-20T11:00")) == ("conclusion-late",)
    assert alerts(RULES, enquiry, [], ms("2027-04-20T11:00")) == ("conclusion-late", "audit-due")


@pytest.mark.parametrize(
    "capacity, advocate, told",
    [
        ("no", "unknown", True),
        ("no", "no", True),
        ("no", "yes", False),
        ("unknown", "no", False),
        ("yes", "no", False),
    ],
)
def test_whoever_lacks_capacity_has_an_advocate_or_it_is_told(
    capacity: str, advocate: str, *, told: bool
) -> None:
    found = alerts(RULES, concern(capacity=capacity, advocate=advocate), [], 0)
    assert found == (("no-advocate",) if told else ())

"""Service hours as they are written, said and reckoned with."""

import pytest

from ascbridge.calendars import Span
from ascbridge.reference.list_files import BadList
from tests.reference.lists import HOURS, made

WEEK = """
[[hours]]
team = "Duty Team"
monday = ["09:00-12:00", "13:00-17:00"]
bank_holiday = []
"""


def test_hours_day_by_day_and_on_bank_holidays() -> None:
    hours = made("service-hours", WEEK)
    week = hours.by_team["Duty Team"]
    assert week.week[0] == (Span(540, 720), Span(780, 1020))
    assert week.week[1:] == ((),) * 6
    assert week.bank_holiday == ()
    said = hours.things()[0].said
    assert said["monday"] == "09:00 to 12:00, 13:00 to 17:00"
    assert said["sunday"] == said["bank holiday"] == "closed"


def test_the_same_hours_each_day() -> None:
    hours = made("service-hours", HOURS)
    assert hours.by_team["Community Discharge Team"].week == ((Span(480, 1080),),) * 7
    assert dict(hours.things()[0].said) == {"daily": "08:00 to 18:00"}


@pytest.mark.parametrize(
    "old, new, fault",
    [
        (
            '"09:00-12:00"',
            '"12:00-09:00"',
            r"hours 1 \(Duty Team\), monday: '12:00-09:00' does not end after",
        ),
        ('monday = ["09:00-12:00", "13:00-17:00"]', "monday = []", "Duty Team is never at work"),
        ("bank_holiday = []", 'daily = ["09:00-17:00"]', "daily hours and hours of single days"),
        (WEEK, WEEK + WEEK, "team Duty Team stands there twice"),
    ],
)
def test_hours_that_are_no_hours_are_told(old: str, new: str, fault: str) -> None:
    with pytest.raises(BadList, match=fault):
        made("service-hours", WEEK.replace(old, new))

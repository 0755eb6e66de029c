"""Days beside England's bank holidays."""

from datetime import date

import pytest

from ascbridge.reference.list_files import BadList
from tests.reference.lists import made

DAY = '\n[[day]]\ndate = 2026-06-01\nname = "Proclaimed"\n'


def test_a_day_is_kept_beside_englands() -> None:
    days = made("bank-holidays", DAY)
    assert days.calendar.is_bank_holiday(date(2026, 6, 1))
    assert days.calendar.is_bank_holiday(date(2026, 12, 25))
    assert not days.calendar.is_bank_holiday(date(2026, 6, 2))
    assert [(one.name, dict(one.said)) for one in days.things()] == [("2026-06-01", {"name": "Proclaimed"})]


def test_a_day_stands_there_once() -> None:
    with pytest.raises(BadList, match="day 2026-06-01 stands there twice"):
        made("bank-holidays", DAY + DAY)

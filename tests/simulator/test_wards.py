"""The hospital's clock and its hours."""

from datetime import UTC, date, datetime
from random import Random

import pytest

from ascbridge.simulator import wards


@pytest.mark.parametrize(
    "day, hour, utc",
    [
        (date(2026, 3, 3), 6, datetime(2026, 3, 3, 6, tzinfo=UTC)),
        (date(2026, 7, 1), 6.5, datetime(2026, 7, 1, 5, 30, tzinfo=UTC)),
        (date(2026, 3, 3), 30, datetime(2026, 3, 4, 6, tzinfo=UTC)),
        (date(2026, 3, 28), 30, datetime(2026, 3, 29, 5, tzinfo=UTC)),
    ],
)
def test_an_hour_is_read_on_the_clock_of_the_hospital(day, hour, utc):
    assert wards.at(day, hour) == int(utc.timestamp() * 1000)


def test_people_come_all_day_and_go_between_eight_and_ten_at_night():
    random = Random(1)
    going = [wards.hour_of(random, wards.GOING) for _ in range(2000)]
    assert 8 <= min(going) < max(going) < 22
    assert {int(wards.hour_of(random, wards.COMING)) for _ in range(3000)} == set(range(24))


def test_wards_are_named_neutrally():
    assert [
        ward for ward in (*wards.WARDS, *wards.ASSESSMENT, *wards.OLDER_PEOPLE) if not ward[1:].isdigit()
    ] == []

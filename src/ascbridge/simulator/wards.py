"""The wards of the invented hospital, and at which hours of the day people come and go."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_time import LONDON

if TYPE_CHECKING:
    from random import Random

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
EMERGENCY = "ED"
ASSESSMENT = ("W01", "W02", "W03")
WARDS = tuple(f"W{number}" for number in range(11, 35))
OLDER_PEOPLE = ("W20", "W21", "W22", "W23")

COMING = (3, 2, 2, 2, 2, 2, 2, 3, 5, 7, 8, 8, 8, 8, 8, 8, 8, 8, 7, 6, 6, 5, 5, 4)
"""How admissions are spread over the 24 hours of a day (an assumption: domain.md 4b gives no hours)."""
GOING = (0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 8, 11, 12, 12, 13, 14, 12, 9, 6, 4, 2, 1, 0, 0)
"""How discharges are spread: ward rounds in the morning, transport and medicines in the afternoon."""


def at(day: date, hour: float) -> int:
    """The UTC milliseconds of an hour of a day on the hospital's clock (Europe/London); 24 and more is the
    next day.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=LONDON)
    moment = midnight + timedelta(hours=hour)
    return round(moment.astimezone(UTC).timestamp() * 1000)


def hour_of(random: Random, weights: tuple[int, ...]) -> float:
    """Draw an hour of the day, with its minutes, by the weights of the 24 hours."""
    return random.choices(range(24), weights)[0] + random.random()


def bed(random: Random) -> tuple[str, str]:
    """A bay and a bed."""
    return f"BAY {random.choice('ABCDE')}", f"BED {random.randint(1, 6)}"

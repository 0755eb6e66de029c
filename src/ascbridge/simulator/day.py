"""One day of the city, from six in the morning to the next: about 1,900 messages and 185 discharges.

Twelve to sixteen of those who leave need the council, ten of them are waiting when the day begins, and
traps lie between them. The same seed and day number give the same bytes.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ascbridge.simulator import feed_faults
from ascbridge.simulator.city import City
from ascbridge.simulator.city_concerns import concerns_on
from ascbridge.simulator.council import Council
from ascbridge.simulator.hospital import OrdinaryHospital
from ascbridge.simulator.journeys import Referrals
from ascbridge.simulator.schedule import Feed, Schedule
from ascbridge.simulator.timeline import MINUTE_MS
from ascbridge.simulator.wards import DAY_MS, at

FIRST_DAY = date(2026, 3, 3)
"""The Tuesday on which every simulation begins."""
OPENS, CLOSES = 8, 20
"""The hours of the Community Discharge Team (domain.md 3.5)."""
ROUND_MINUTES, SMALL_ROUND_MINUTES = 10, 40
REPEATED = 0.006
"""How many messages are sent twice because their answer was slow."""


def a_day(seed: int, number: int = 0, *, scale: float = 1.0) -> Schedule:
    """The `number`-th day of a simulation; `scale` below 1 gives that share of the ordinary patients."""
    day = FIRST_DAY + timedelta(days=number)
    window = at(day, 6), at(day, 6) + DAY_MS
    city = City(seed, day, number=number)
    hospital = OrdinaryHospital(seed, city, day, window, scale=scale, number=number)
    journeys = Referrals(seed, city, day, hospital.visit, number=number).journeys(scale)
    random = Random(f"feed {seed} {number}")
    said = hospital.said()
    for journey in journeys:
        said += journey.said
    moments = [at(day, random.uniform(9, 18)) for _ in range(12)]
    said += feed_faults.faulty(city, hospital.visit, moments)
    feed = Feed(random, number=number, start_ms=window[0], restart_ms=at(day, 14))
    council = Council(seed, city, day, number=number)
    files = council.files(journeys, scale)
    return Schedule(
        start_ms=window[0],
        end_ms=window[1],
        sends=feed.sends(said, repeat_share=REPEATED if scale >= 1 else 0.05),
        files=tuple(files),
        rounds=rounds(day, ROUND_MINUTES if scale >= 1 else SMALL_ROUND_MINUTES),
        journeys=tuple(journeys),
        told=tuple(council.said),
        concerns=tuple(concerns_on(day, journeys)),
    )


def rounds(day: date, every_minutes: int) -> tuple[int, ...]:
    """The moments at which the team looks at its list."""
    within = range(every_minutes, (CLOSES - OPENS) * 60, every_minutes)
    return tuple(at(day, OPENS) + minutes * MINUTE_MS for minutes in within)

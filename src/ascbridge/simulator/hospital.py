"""The hospital's ordinary day: people who come, move, wait and go home by themselves, and need no council.

A thousand beds, about 160 such admissions and discharges a day and about ten messages a stay. That is an
assumption from the number of beds: no document says what the hospital sends (domain.md 4b).
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from ascbridge.intake.hl7v2.hl7_time import format_ts
from ascbridge.simulator import wards
from ascbridge.simulator.adt_writer import StayView
from ascbridge.simulator.timeline import MINUTE_MS, Said, Timeline
from ascbridge.simulator.wards import DAY_MS, HOUR_MS, at

if TYPE_CHECKING:
    from datetime import date

    from ascbridge.simulator.city import City

ADMISSIONS_A_DAY = 158
PLANNED_A_DAY = 24
LONGEST_STAY_DAYS = 18
UPDATES_A_DAY = 1.6


class OrdinaryHospital:
    """Everything an ordinary day makes the hospital say between `since_ms` and `until_ms` (UTC
    milliseconds).
    """

    def __init__(
        self, seed: int, city: City, day: date, window: tuple[int, int], *, scale: float, number: int
    ) -> None:
        self._random = Random(f"hospital {seed} {number}")
        self._city = city
        self._day = day
        self._since_ms, self._until_ms = window
        self._scale = scale
        self._visits = 100_000 * number

    def visit(self) -> str:
        """The next visit number."""
        self._visits += 1
        return f"V{self._visits:08d}"

    def said(self) -> list[Said]:
        """All messages of the ordinary day, in no order."""
        found: list[Said] = []
        for days_ago in range(LONGEST_STAY_DAYS, -2, -1):
            for _ in range(round(ADMISSIONS_A_DAY * self._scale)):
                found += self._stay(self._day - timedelta(days=days_ago))
        for _ in range(round(PLANNED_A_DAY * self._scale)):
            found += self._planned()
        return found

    def _stay(self, day: date) -> list[Said]:
        """One stay that began on a day; nothing where it ended before the window opened."""
        random = self._random
        admitted = at(day, wards.hour_of(random, wards.COMING))
        leaves = self._leaves(day, admitted)
        if leaves < self._since_ms or admitted > self._until_ms:
            return []
        emergency = random.random() < 0.75
        bay, bed = wards.bed(random)
        view = StayView(
            self.visit(), admitted, wards.EMERGENCY if emergency else random.choice(wards.WARDS), bay, bed,
            method="21" if emergency else "11",
        )  # fmt: skip
        one = Timeline(self._city.citizen(), view, since_ms=self._since_ms, until_ms=self._until_ms)
        if random.random() < 0.35:
            one.register(admitted - random.randint(2, 20) * MINUTE_MS)
        one.admit(admitted + random.randint(1, 12) * MINUTE_MS)
        self._moves(one, admitted, leaves, emergency=emergency)
        self._updates(one, admitted, leaves)
        self._goes(one, leaves)
        return one.said

    def _leaves(self, day: date, admitted: int) -> int:
        """When the stay ends: a third within a day, the rest after some nights, at the hours of discharge."""
        random = self._random
        nights = (
            0 if random.random() < 0.3 else min(LONGEST_STAY_DAYS, round(random.lognormvariate(1.35, 0.85)))
        )
        leaves = at(day + timedelta(days=nights), wards.hour_of(random, wards.GOING))
        return leaves if leaves > admitted + 3 * HOUR_MS else admitted + random.randint(3, 9) * HOUR_MS

    def _moves(self, one: Timeline, admitted: int, leaves: int, *, emergency: bool) -> None:
        random = self._random
        moment = admitted
        stops = [random.choice(wards.ASSESSMENT), random.choice(wards.WARDS)] if emergency else []
        if random.random() < 0.3:
            stops.append(random.choice(wards.WARDS))
        for ward in stops:
            moment += random.randint(70, 600) * MINUTE_MS
            if moment >= leaves:
                return
            one.move(moment, ward, wards.bed(random)[1])

    def _updates(self, one: Timeline, admitted: int, leaves: int) -> None:
        """An estimated discharge date soon after admission, then a snapshot now and then."""
        random = self._random
        expected = leaves + random.choice((-1, 0, 0, 0, 1)) * DAY_MS
        moment = admitted + random.randint(60, 360) * MINUTE_MS
        while moment < leaves:
            one.update(moment, expected=format_ts(max(expected, moment))[:8])
            moment += round(random.expovariate(UPDATES_A_DAY) * DAY_MS) + 20 * MINUTE_MS
        if leaves - admitted > 4 * DAY_MS and random.random() < 0.04:
            out = admitted + 2 * DAY_MS + random.randint(0, 600) * MINUTE_MS
            one.leave(out)
            one.back(out + random.randint(2, 7) * HOUR_MS)

    def _goes(self, one: Timeline, leaves: int) -> None:
        random = self._random
        fate = random.random()
        if fate < 0.02:
            one.discharge(leaves, method="4", destination="79")
        elif fate < 0.05:
            one.discharge(leaves, destination="51")
        else:
            one.discharge(
                leaves, method="2" if fate > 0.985 else "1", late_ms=random.randint(0, 50) * MINUTE_MS
            )
        if random.random() < 0.25:
            one.update_person(leaves + random.randint(30, 200) * MINUTE_MS)

    def _planned(self) -> list[Said]:
        """Somebody who is to come in one of the next weeks; a few of them are taken off the list again."""
        random = self._random
        day = self._day + timedelta(days=random.randint(3, 25))
        bay, bed = wards.bed(random)
        view = StayView(self.visit(), at(day, 8), random.choice(wards.WARDS), bay, bed, method="11")
        one = Timeline(self._city.citizen(), view, since_ms=self._since_ms, until_ms=self._until_ms)
        moment = at(self._day, random.uniform(8.5, 17))
        one.register(moment)
        one.plan(moment + MINUTE_MS, trigger=random.choice(("A05", "A14")))
        return one.said

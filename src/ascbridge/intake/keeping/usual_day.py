"""Whether a feed has been quiet for longer than it ever is at this time of the week, by the weeks before.

What it usually sends by now is the mean of the same hours of the same weekday, a bank holiday's those of Sundays. How
many missing messages are too many follows from how many false alarms a week are borne: where messages come one by one,
a gap in which `x` were to be expected comes by chance once in `e` to the power of `x` gaps. Hours of one weekday differ
from week to week by more than that chance, so more must be missing. It thinks only. All times are UTC epoch
milliseconds, days are London's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ascbridge.calendars import LONDON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SLOT_MS = 300_000
"""Messages are counted by five minutes."""
WEEKS = 8
FEWEST_WEEKS = 2
"""From how many earlier weeks on a feed is known."""
LONGEST_MS = 86_400_000
"""A silence is compared by its last day; a longer one is told by the feed's own bound (`late_after_minutes`)."""
BORNE_WHOLE, BORNE_KINDS, BORNE_WARDS = 3.0, 0.25, 0.25
"""How many false alarms a week would be borne for a whole feed, for its kinds together, for its wards together, if
`soonest` held nothing back. With it there is one in one week of eight (tests/intake/test_eight_weeks.py).
"""
FEWEST_MISSING = 4.0
UNEVEN = 0.06
"""How uneven hours are at the least from one week to another: the square of a quarter."""
_WEEK_HOURS = 168
_DAYS = 7


@dataclass(frozen=True, slots=True)
class Hours:
    """Some time, from a moment up to another."""

    begins_ms: int
    ends_ms: int

    def slots(self) -> Iterator[tuple[int, float]]:
        """Give each slot that lies in it by its beginning, with which part of the slot does."""
        for slot in range(self.begins_ms // SLOT_MS * SLOT_MS, self.ends_ms, SLOT_MS):
            yield slot, (min(slot + SLOT_MS, self.ends_ms) - max(slot, self.begins_ms)) / SLOT_MS


def like(hours: Hours, is_holiday: Callable[[date], bool]) -> tuple[Hours, ...]:
    """Return the same hours by London's clock of up to eight weeks before, the latest first; of no bank holiday."""
    begins, ends = (datetime.fromtimestamp(ms / 1000, LONDON) for ms in (hours.begins_ms, hours.ends_ms))
    back = (ends.weekday() + 1) % _DAYS if is_holiday(ends.date()) else 0
    found = []
    for week in range(1, WEEKS + 1):
        days = timedelta(days=back + _DAYS * (week - (back > 0)))
        if not is_holiday((ends - days).date()):
            found.append(Hours(_ms(begins - days), _ms(ends - days)))
    return tuple(found)


def sent(hours: Sequence[Hours], counts: Mapping[int, int]) -> list[float]:
    """Return how many messages came in each of these times, by the counts of slots, of which each came evenly."""
    return [sum(counts.get(slot, 0) * part for slot, part in one.slots()) for one in hours]


def missed(before: Sequence[float], hours: float, borne: float) -> float:
    """Return how many messages are missing where none came for so many hours, or 0 where that may be chance.

    `before`: how many came in the same hours of earlier weeks. `borne`: how many false alarms a week are.
    """
    weeks, total = len(before), sum(before)
    if weeks < FEWEST_WEEKS or hours <= 0 or total <= 0:
        return 0.0
    mean = total / weeks
    if hours < soonest(mean / hours):
        return 0.0
    varied = sum((one - mean) ** 2 for one in before) / (weeks - 1) / mean
    # So uneven do a few weeks look by chance that are no more uneven than is allowed for anyhow.
    by_chance = (1 + UNEVEN * mean) * (1 + 2 * math.sqrt(2 / (weeks - 1)))
    uneven = max(UNEVEN, (varied - 1) / mean if varied > by_chance else 0.0)
    # How far the rate of this hour may be from the mean: hours differ, and a mean of few weeks and messages is a guess.
    doubt = uneven * (1 + 1 / weeks) + 1 / total
    surprise = math.log1p(mean * doubt) / doubt
    too_many = max(FEWEST_MISSING, math.log(mean / hours / (borne / _WEEK_HOURS)))
    return mean if surprise >= too_many else 0.0


def soonest(an_hour: float) -> float:
    """Return after how many hours silence is told at the soonest where so many messages usually come in an hour.

    Where many come, chance is ruled out long before anybody could ring: ten minutes at noon, 50 at night.
    """
    return min(50.0, 5.0 + 700.0 / an_hour) / 60


def _ms(local: datetime) -> int:
    return int(local.astimezone(UTC).timestamp() * 1000)

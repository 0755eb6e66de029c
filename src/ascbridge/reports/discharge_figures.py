"""Figures of discharges from how each task went: times, delays, the day's counts. Pure; small numbers are withheld."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from ascbridge.calendars import iso_day, moment
from ascbridge.reports.small_numbers import Counted, alone, counted
from ascbridge.reports.spread import Spread, spread_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ascbridge.reports.task_journeys import Journey

Until = Literal["accepted", "triaged", "discharged", "first-visit"]
"""What is timed from the moment at which somebody is ready to leave."""
UNTIL: tuple[Until, ...] = get_args(Until)
MINUTE_MS, DAY_MS = 60_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Times:
    """How long it took those of a group, in minutes. `many` None: withheld, and the times with it."""

    many: int | None
    taken: Spread | None = None


@dataclass(frozen=True, slots=True)
class DelayDays:
    """Days for which people stayed though they were ready; withheld where the people are few."""

    people: int | None
    days: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day's counts of those with work here: ready to leave at any time of it, left on it, remaining at its end."""

    day: str
    facility: str
    ready: int | None
    left: int | None
    remaining: int | None


def times_by_month(journeys: Sequence[Journey], months: Sequence[str]) -> dict[Until, dict[str, Times]]:
    """Return how long it took from ready, by the month in which the task was opened."""
    by_month: dict[str, list[Journey]] = defaultdict(list)
    for one in journeys:
        by_month[iso_day(one.opened_ms)[:7]].append(one)
    return {until: {month: times(by_month[month], until) for month in months} for until in UNTIL}


def times(journeys: Iterable[Journey], until: Until) -> Times:
    """Return how long it took these from ready; what came before they were ready is left out."""
    minutes = [one for journey in journeys if (one := _minutes(journey, until)) is not None]
    many = alone(len(minutes))
    return Times(many, spread_of(Counter(minutes)) if many else None)


def _minutes(journey: Journey, until: Until) -> int | None:
    at = journey.left_ms if until == "discharged" else journey.reached.get(until)
    if at is None or journey.ready_ms is None or at < journey.ready_ms:
        return None
    return (at - journey.ready_ms) // MINUTE_MS


def delays_by_reason(
    journeys: Iterable[Journey], now_ms: int, told: Callable[[str], str]
) -> dict[str, DelayDays]:
    """Return the days of delay by reason, as `told` names it; one person may have several reasons."""
    people: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for one in journeys:
        own: Counter[str] = Counter()
        for delay in one.delays:
            end_ms = delay.to_ms if delay.to_ms is not None else one.ended_ms or now_ms
            own[told(delay.reason)] += max(0, end_ms - delay.from_ms)
        for reason, ms in own.items():
            people[reason] += 1
            spent[reason] += ms
    return {reason: _days(alone(many), spent[reason]) for reason, many in sorted(people.items())}


def delays_by_pathway(journeys: Iterable[Journey], now_ms: int) -> dict[str, DelayDays]:
    """Return the days from ready to leaving by pathway; empty: none is confirmed or proposed yet."""
    people: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for one in journeys:
        if one.ready_ms is None:
            continue
        people[one.pathway] += 1
        spent[one.pathway] += max(0, (one.ended_ms or now_ms) - one.ready_ms)
    shown = counted(people).groups
    return {pathway: _days(shown[pathway], spent[pathway]) for pathway in sorted(people)}


def _days(people: int | None, ms: int) -> DelayDays:
    return DelayDays(people, None if people is None else round(ms / DAY_MS, 1))


def daily(journeys: Sequence[Journey], facility_of: Mapping[str, str], now_ms: int, days: int) -> list[Day]:
    """Return the counts of each of the last `days` whole days and hospitals, the last day first."""
    today, found = date.fromisoformat(iso_day(now_ms)), []
    facilities = sorted({facility_of.get(one.spell, "") for one in journeys})
    for back in range(1, days + 1):
        day = today - timedelta(days=back)
        begins, ends = moment(day), moment(day + timedelta(days=1))
        for facility in facilities:
            mine = [one for one in journeys if facility_of.get(one.spell, "") == facility]
            found.append(_day(mine, day.isoformat(), facility, begins, ends))
    return found


def _day(journeys: Iterable[Journey], day: str, facility: str, begins_ms: int, ends_ms: int) -> Day:
    left = remaining = 0
    for one in journeys:
        if one.ready_ms is None or one.ready_ms >= ends_ms:
            continue
        if one.ended_ms is None or one.ended_ms >= ends_ms:
            remaining += 1
        elif one.left_ms is not None and one.left_ms >= begins_ms:
            left += 1
    shown: Counted[str] = counted({"left": left, "remaining": remaining})
    return Day(day, facility, shown.total, shown.groups["left"], shown.groups["remaining"])


@dataclass(frozen=True, slots=True)
class Equal:
    """A group of people, how many they are, and how long they waited from ready to leaving."""

    name: str
    many: int | None
    taken: Spread | None


def by_group(journeys: Iterable[Journey], group_of: Callable[[Journey], str]) -> list[Equal]:
    """Return how groups of people fared, the largest first; the numbers of the small ones cannot be worked out."""
    groups: dict[str, list[Journey]] = defaultdict(list)
    for one in journeys:
        groups[group_of(one)].append(one)
    shown = counted({name: len(some) for name, some in groups.items()}).groups
    rows = [
        Equal(name, shown[name], times(some, "discharged").taken if shown[name] is not None else None)
        for name, some in groups.items()
    ]
    return sorted(rows, key=lambda one: (one.many is None, -(one.many or 0), one.name))

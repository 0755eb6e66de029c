"""How long a feed may be quiet, by what it sent at the same hours of weeks before."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from ascbridge.calendars import LONDON, Calendar
from ascbridge.intake.keeping.usual_day import BORNE_WHOLE, SLOT_MS, Hours, like, missed, sent, soonest

HOLIDAY = Calendar().is_bank_holiday
MINUTE, HOUR = 60_000, 3_600_000
BEGINS, WEEKS = date(2026, 2, 16), 10  # the clocks go forward on 29 March; 3 and 6 April are bank holidays
AN_HOUR = (
    18,
    14,
    11,
    10,
    10,
    14,
    26,
    48,
    84,
    122,
    138,
    140,
    132,
    134,
    136,
    130,
    120,
    104,
    84,
    66,
    52,
    40,
    32,
    24,
)
"""Messages of a large hospital an hour, Monday to Friday, from midnight on."""


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)


def said(hours: Hours) -> list[str]:
    return [
        f"{datetime.fromtimestamp(ms / 1000, LONDON):%a %d %b %H:%M}"
        for ms in (hours.begins_ms, hours.ends_ms)
    ]


def test_hours_are_compared_with_those_of_the_same_weekday_by_londons_clock() -> None:
    found = like(Hours(at("2026-04-01T11:40"), at("2026-04-01T12:10")), HOLIDAY)
    assert said(found[0]) == ["Wed 25 Mar 11:40", "Wed 25 Mar 12:10"]
    assert (
        found[0].begins_ms == at("2026-04-01T11:40") - 7 * 24 * HOUR + HOUR
    )  # the clocks went forward between
    assert len(found) == 8


def test_a_bank_holiday_is_compared_with_sundays_and_compared_with_nothing_itself() -> None:
    monday = like(Hours(at("2026-04-06T09:00"), at("2026-04-06T10:00")), HOLIDAY)
    assert [said(one)[0] for one in monday[:2]] == ["Sun 05 Apr 09:00", "Sun 29 Mar 09:00"]
    after = like(Hours(at("2026-04-10T09:00"), at("2026-04-10T10:00")), HOLIDAY)
    assert said(after[0])[0] == "Fri 27 Mar 09:00"
    assert len(after) == 7


def test_of_a_slot_that_lies_within_in_part_that_part_is_counted() -> None:
    counts = dict.fromkeys(range(0, 6 * SLOT_MS, SLOT_MS), 10)
    half = SLOT_MS // 2
    assert sent([Hours(0, 3 * SLOT_MS), Hours(half, 2 * SLOT_MS), Hours(half, half)], counts) == [30, 15, 0]


@pytest.mark.parametrize(
    "before, hours, missing",
    [
        ([40, 40, 40], 0.25, 40.0),
        ([6, 6, 6], 0.25, 0.0),  # may be chance
        ([99], 0.25, 0.0),  # one week says nothing
        ([0, 36, 0], 0.25, 0.0),  # some weeks it is so quiet
        ([0, 0, 0], 24, 0.0),
    ],
)
def test_how_many_must_be_missing(before: list[int], hours: float, missing: float) -> None:
    assert missed(before, hours, BORNE_WHOLE) == missing


def test_where_many_come_nobody_is_told_at_once() -> None:
    assert missed([600] * 8, 0.05, BORNE_WHOLE) == 0
    assert 9 < soonest(130) * 60 < 12
    assert soonest(10) * 60 == 50


def test_the_more_messages_come_the_more_must_be_missing() -> None:
    bounds = [next(n for n in range(1, 99) if missed([n, n], hours, BORNE_WHOLE)) for hours in (8, 4, 1)]
    assert bounds == sorted(set(bounds))


def hospital(seed: int) -> list[int]:
    """Some weeks of a hospital's messages, each by chance: fewer at weekends and on bank holidays. Their times."""
    rng, times = random.Random(seed), []
    for day in (BEGINS + timedelta(days=n) for n in range(7 * WEEKS)):
        share = 0.7 if day.weekday() > 4 or HOLIDAY(day) else 1.0
        for hour, usual in enumerate(AN_HOUR):
            begins = (
                datetime(day.year, day.month, day.day, hour, tzinfo=LONDON).astimezone(UTC).timestamp() * 1000
            )
            moment = rng.expovariate(usual * share / HOUR)
            while moment < HOUR:
                times.append(int(begins + moment))
                moment += rng.expovariate(usual * share / HOUR)
    return sorted(times)


def counted(times: list[int]) -> Counter[int]:
    return Counter(one // SLOT_MS * SLOT_MS for one in times)


def missing_at(times: list[int], counts: Counter[int], since_ms: int, now_ms: int) -> float:
    before = [one for one in like(Hours(since_ms, now_ms), HOLIDAY) if one.begins_ms >= times[0]]
    return missed(sent(before, counts), (now_ms - since_ms) / HOUR, BORNE_WHOLE)


@pytest.mark.parametrize("seed", [1, 2])
def test_over_eight_weeks_with_bank_holidays_and_a_clock_change_no_week_has_two_false_alarms(
    seed: int,
) -> None:
    times = hospital(seed)
    counts, first = counted(times), times[0] + 14 * 24 * HOUR
    false = [
        before
        for before, after in pairwise(times)
        if before > first and after - before > 3 * MINUTE and missing_at(times, counts, before, after)
    ]
    weeks = Counter((one - times[0]) // (7 * 24 * HOUR) for one in false)
    assert len(times) > 100_000
    assert max(weeks.values(), default=0) <= 1


@pytest.mark.parametrize(
    "stops, within", [("2026-04-22T12:00", 15), ("2026-04-22T03:00", 60), ("2026-04-06T12:00", 15)]
)
def test_silence_is_noticed_within_minutes_at_noon_and_within_an_hour_at_night(
    stops: str, within: int
) -> None:
    times = hospital(3)
    last = max(one for one in times if one <= at(stops))
    until = [one for one in times if one <= at(stops)]
    found = next(
        minutes
        for minutes in range(1, 600)
        if missing_at(until, counted(until), last, last + minutes * MINUTE)
    )
    assert found <= within

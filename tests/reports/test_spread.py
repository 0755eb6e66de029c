"""The middle, the average and the slowest tenth of lengths that are counted."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.reports.spread import Spread, days_between, spread_of


def test_of_ten_people_the_ninth_is_the_ninetieth_percentile() -> None:
    assert spread_of(dict.fromkeys(range(1, 11), 1)) == Spread(10, 5.5, 5.5, 9, 10)


def test_of_nobody_there_is_none_and_of_one_all_is_theirs() -> None:
    assert spread_of({}) is None
    assert spread_of({4: 0}) is None
    assert spread_of({4: 1}) == Spread(1, 4, 4, 4, 4)


@given(st.lists(st.integers(0, 60), min_size=1))
def test_it_is_what_counting_one_by_one_gives(lengths: list[int]) -> None:
    found = spread_of({one: lengths.count(one) for one in lengths})
    assert found is not None
    assert found.median == statistics.median(lengths)
    assert found.mean == pytest.approx(statistics.fmean(lengths), abs=0.051)
    assert sum(one <= found.ninetieth for one in lengths) >= 0.9 * len(lengths)
    assert sum(one < found.ninetieth for one in lengths) < 0.9 * len(lengths)


@pytest.mark.parametrize(
    "start, end, days",
    [
        ("2026-10-24", "2026-10-26", 2),  # over the change of the clocks
        ("2026-10-26", "2026-10-24", -2),
        ("2026-10-24T09:00", "2026-10-24", 0),
        ("2026-10", "2026-10-24", None),
        ("", "2026-10-24", None),
    ],
)
def test_days_between(start: str, end: str, days: int | None) -> None:
    assert days_between(start, end) == days

"""How long something took for many people: the middle, the average and the slowest tenth, from counts of days. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `many` people: half had `median` or less, nine of ten `ninetieth` or less, the last one `longest`.

    In whatever unit the lengths were given in: days, or minutes.
    """

    many: int
    median: float
    mean: float
    ninetieth: int
    longest: int


def spread_of(lengths: Mapping[int, int]) -> Spread | None:
    """Return the spread of lengths, each with how many people had it; None where there is nobody.

    The median of an even number is the mean of the middle two; the 90th percentile is by nearest rank.
    """
    many = sum(lengths.values())
    if not many:
        return None
    middle = (_at(lengths, (many + 1) // 2) + _at(lengths, many // 2 + 1)) / 2
    mean = sum(length * people for length, people in lengths.items()) / many
    longest = max(length for length, people in lengths.items() if people)
    return Spread(many, middle, round(mean, 1), _at(lengths, -(-many * 9 // 10)), longest)


def days_between(start_on: str, end_on: str) -> int | None:
    """Return the days from one ISO day to another, fewer than none where it came before; None where one is no day."""
    try:
        return (date.fromisoformat(end_on[:10]) - date.fromisoformat(start_on[:10])).days
    except ValueError:
        return None


def _at(lengths: Mapping[int, int], rank: int) -> int:
    """Return the length of whoever is at a rank, the shortest first, counted from one."""
    for length in sorted(lengths):
        rank -= lengths[length]
        if rank <= 0:
            return length
    raise ValueError("there are fewer people than that")

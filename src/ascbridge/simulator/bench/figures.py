"""A measured figure, its ceiling, and how many of them are shown."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `ceiling` is what this machine did without a bridge in the same run, None where
    there is nothing to compare with.
    """

    scenario: str
    what: str
    value: float
    unit: str
    ceiling: float | None = None
    ceiling_of: str = ""


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed, by nearest rank. Raises `ValueError`
    when empty.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(share * len(ordered), 6)) - 1)]


def latencies(scenario: str, what: str, seconds: Sequence[float]) -> list[Figure]:
    """The middle and the slowest hundredth, in milliseconds."""
    return [
        Figure(scenario, f"{what}, p50", percentile(seconds, 0.50) * 1000, "ms"),
        Figure(scenario, f"{what}, p99", percentile(seconds, 0.99) * 1000, "ms"),
    ]


def table(figures: Sequence[Figure]) -> Table:
    """Figures as a table for a terminal."""
    shown = Table("scenario", "what", "measured", "ceiling in the same run", title="ascbridge bench")
    for one in figures:
        ceiling = "" if one.ceiling is None else f"{number(one.ceiling)} {one.unit} ({one.ceiling_of})"
        shown.add_row(one.scenario, one.what, f"{number(one.value)} {one.unit}", ceiling)
    return shown


def as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """Figures as plain values."""
    return [asdict(one) for one in figures]


def number(value: float) -> str:
    """A number with as many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:,.2f}"

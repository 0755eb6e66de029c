"""Which rows a reading of the whole table has seen: one bit for each row that was ever kept.

So a sweep writes nothing for a row that is as it was, and takes an eighth of a byte for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.intake import polled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.intake.database_queries import After


class Sweep:
    """One sweep on its way. `after`: the row that it has got to."""

    FEW = 20
    """So many rows may vanish between two sweeps of a table of any size."""

    def __init__(self, last_position: int) -> None:
        self.after: After | None = None
        self.read_through = False
        self._last = last_position
        self._seen = bytearray(last_position // 8 + 1)

    def saw(self, positions: Iterable[int]) -> None:
        """Note rows that are there. What was kept after the sweep began is none of its business."""
        for position in positions:
            if position <= self._last:
                self._seen[position >> 3] |= 1 << (position & 7)

    def compare(self, connection: Connection, feed: str, name: str) -> tuple[int, list[tuple[int, str]]]:
        """Return how many rows were known, and position and message of those that are there no longer."""
        known, missing, after = 0, [], 0
        while rows := polled.there(connection, feed, name, after):
            after = rows[-1][0]
            before = [row for row in rows if row[0] <= self._last]
            known += len(before)
            missing += [row for row in before if not self._seen[row[0] >> 3] & 1 << (row[0] & 7)]
        return known, missing

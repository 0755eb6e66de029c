"""How fast people go to a sink that has just come back: at most so many a second, until nobody waits any more.

A server that was away and is met with everything at once is soon away again. While all is well nothing is held back.
"""

from __future__ import annotations


class CatchingUp:
    """The pace of one publisher. Times are seconds of one steady clock."""

    def __init__(self, people_per_second: float) -> None:
        self.behind = False
        """Whether the sink failed and not everybody who waited since was sent."""
        self._people_per_second = people_per_second
        self._free_at = 0.0

    def failed(self) -> None:
        """Note that the sink takes nothing."""
        self.behind = True

    def rest_until(self, taken: int, now: float, *, more: bool) -> float:
        """Return until when to rest after sending `taken` people; without `more` who wait we have caught up."""
        if not self.behind:
            return now
        if not more:
            self.behind = False
            return now
        self._free_at = max(now, self._free_at) + taken / self._people_per_second
        return self._free_at

"""How many events a reader takes into its next transaction, and how long it rests before: few while it keeps up, more
while it is behind.

What a batch costs whatever it holds (its statements, its commit, waking who reads on) is a quarter of a batch of 200.
But a long transaction keeps everybody else from the writer, so it is the time of the last one that decides how far a
portion grows. A reader that keeps up rests for longer the longer its last one took, so that more come together in the
next (decision 157). It thinks only.
"""

from __future__ import annotations

QUICK_S = 0.2
"""A portion that took less may be twice as large the next time."""
SLOW_S = 0.4
"""A portion that took longer is too large: a person's act at the desk waits behind it."""

RESTS = 2
"""How many times as long as its last portion took a reader that keeps up rests."""
LONGEST_REST_S = 0.1


class Portions:
    """The size of one reader's portions: `usual` while it keeps up, up to `most` while it is behind."""

    def __init__(self, usual: int, most: int) -> None:
        self._usual, self._most = usual, max(usual, most)
        self.size = usual
        """How many events to ask for next."""
        self.full = False
        """Whether the last portion was as large as was asked for, so that more wait."""

    def handled(self, count: int, seconds: float) -> None:
        """Take in that a portion of `count` events was handled in so many seconds; of none where none was there."""
        self.full = count >= self.size
        if not self.full:
            self.size = self._usual  # there were no more
        elif seconds < QUICK_S:
            self.size = min(self._most, self.size * 2)
        elif seconds > SLOW_S:
            self.size = max(self._usual, self.size // 2)

    def rest_s(self, least_s: float, took_s: float) -> float:
        """Return how many seconds to rest after a portion that took so many, waiting for the writer counted."""
        if self.full or not least_s:
            return least_s
        return max(least_s, min(RESTS * took_s, LONGEST_REST_S))

    def failed(self) -> None:
        """Take in that a portion could not be handled as it was: fewer have to be taken one by one."""
        self.size = self._usual

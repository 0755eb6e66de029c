"""When history may have its next lines kept, and how many: never so many that somebody at the desk would notice.

The next portion is kept only when nearly all before it has come through, so that no live message ever finds more than
two of them before it. Beside live messages how long a portion took says how large the next one is: what comes through
quickly is followed by a little more, and what does not by half. It thinks only; times are seconds of any clock that
does not go back.
"""

from __future__ import annotations

from collections.abc import Mapping

BESIDE_LIVE, MOST_BESIDE, ALONE = 25, 60, 100
"""Lines in a portion: while other feeds' messages wait, at first and at the most, and while none does."""
MORE = 5
QUICK_S, SLOW_S = 0.2, 0.3
"""A portion that has come through within `QUICK_S` may be followed by `MORE` lines, one that takes `SLOW_S` by half."""
AT_LEAST_S = 0.1
"""From one portion to the next while other feeds' messages wait."""
STUCK_S = 2.0
"""What has not moved for so long waits for something else, such as a record that is away: it holds up nothing."""


class Pace:
    """The pace of one feed of history. `waiting` gives how many messages of each feed have not come through yet."""

    def __init__(self, feed: str) -> None:
        self._feed = feed
        self._last_s = float("-inf")
        self._beside = BESIDE_LIVE
        self._stuck = 0
        self._seen, self._since_s = 0, float("-inf")

    def portion(self, waiting: Mapping[str, int], now_s: float) -> int:
        """Return how many lines may be kept now; 0: not yet."""
        mine = waiting.get(self._feed, 0)
        if mine != self._seen:
            self._seen, self._since_s = mine, now_s
        elif now_s - self._since_s >= STUCK_S:
            self._stuck = mine
        self._stuck = min(self._stuck, mine)
        live = any(n for feed, n in waiting.items() if feed != self._feed)
        if mine - self._stuck > BESIDE_LIVE or (live and now_s - self._last_s < AT_LEAST_S):
            return 0
        self._adapt(now_s - self._last_s)
        return self._beside if live else ALONE

    def _adapt(self, took_s: float) -> None:
        if took_s < QUICK_S:
            self._beside = min(MOST_BESIDE, self._beside + MORE)
        elif took_s > SLOW_S:
            self._beside = max(BESIDE_LIVE, self._beside // 2)

    def kept(self, now_s: float) -> None:
        """Take in that a portion was kept."""
        self._last_s = now_s

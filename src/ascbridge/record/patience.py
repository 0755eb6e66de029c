"""How long somebody waits to be sent, so that what is said of them next goes along.

People are sent as they are, so that to wait for the next message about somebody is to send them once instead of twice.
While nobody is behind that is a moment. While what was said is still being read, as in a replay or after a burst, most
of what waits is about somebody who is to be sent already: then it is seconds, and never more, however long the reading
takes. It thinks only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

GATHER_S = 0.03
"""How long somebody's next messages may join the one that woke the publisher: what comes of one message comes in
several steps.
"""
WHILE_BEHIND_MS = 10_000
"""How long somebody waits at most while there is more to read."""


class Patience:
    """Who is sent now. `behind` says whether whoever reads what is said has more before them."""

    def __init__(self, behind: Callable[[], bool]) -> None:
        self._behind = behind

    def due_by(self, now_ms: int) -> int:
        """Return since when (UTC ms) somebody must have had their turn, to have it at `now_ms`."""
        return now_ms - WHILE_BEHIND_MS if self._behind() else now_ms

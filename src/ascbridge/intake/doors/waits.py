"""Notices what waits for too long: a file that never becomes whole is told, and not waited for in silence."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Waits:
    """Since when each thing waits, and for what. `clock` gives seconds that only go forward."""

    def __init__(self, too_long_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._too_long_s, self._clock = too_long_s, clock
        self._since: dict[str, tuple[float, str]] = {}

    def see(self, waiting: Mapping[str, str]) -> None:
        """Say what waits now, and for what; all else waits no more."""
        now = self._clock()
        self._since = {name: (self._since.get(name, (now, ""))[0], what) for name, what in waiting.items()}

    def told(self) -> dict[str, str]:
        """Return what has waited for too long, with words for an IT desk."""
        late = self._clock() - self._too_long_s
        hours = self._too_long_s / 3600
        return {
            name: f"has waited for more than {hours:g} hours {what}"
            for name, (since, what) in self._since.items()
            if since <= late
        }

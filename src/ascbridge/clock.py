"""The clock: the system's own, or a simulated one that a demonstration moves faster, which due times then follow."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Clock:
    """Tells the time in UTC epoch milliseconds. `speed` shown seconds pass in one real second."""

    def __init__(self, *, real_ms: int = 0, shown_ms: int = 0, speed: float = 1.0) -> None:
        self._real_ms, self._shown_ms, self._speed = real_ms, shown_ms, speed

    @classmethod
    def system(cls) -> Clock:
        """The machine's own clock."""
        return cls()

    @classmethod
    def from_file(cls, path: Path) -> Clock:
        """A clock that several processes share through a file; it follows when the file changes."""
        return _FileClock(path)

    def now_ms(self) -> int:
        """Now, in UTC epoch milliseconds."""
        real = time.time_ns() // 1_000_000
        return self._shown_ms + round((real - self._real_ms) * self._speed)

    def pace(self) -> float:
        """How many shown seconds pass in a real one just now: 1 but for a demonstration."""
        return self._speed


class _FileClock(Clock):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._read_at = -1

    def now_ms(self) -> int:
        self._follow()
        return super().now_ms()

    def pace(self) -> float:
        self._follow()
        return super().pace()

    def _follow(self) -> None:
        changed = self._path.stat().st_mtime_ns
        if changed != self._read_at:
            values = json.loads(self._path.read_text("utf-8"))
            self._real_ms, self._shown_ms = int(values["real_ms"]), int(values["shown_ms"])
            self._speed = float(values["speed"])
            self._read_at = changed


def write_clock(path: Path, *, shown_ms: int, speed: float) -> None:
    """Let the clock file say `shown_ms` now, and pass `speed` shown seconds in each real one from now on."""
    real_ns = time.time_ns()
    values = {"real_ms": real_ns // 1_000_000, "shown_ms": shown_ms, "speed": speed}
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(values), "utf-8")
    os.utime(beside, ns=(real_ns, real_ns))  # file systems count in steps of milliseconds: too coarse here
    beside.replace(path)

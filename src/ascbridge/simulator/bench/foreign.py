"""How much of the machine other programs took while something was measured: without it no figure can be judged."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

STAT = Path("/proc/stat")
_BUSY = (0, 1, 2, 5, 6, 7)
"""Columns of /proc/stat that are work: user, nice, system, irq, softirq, steal (proc(5))."""


class Foreign:
    """Counts from its making on. Processes of ours count once they have ended."""

    def __init__(self, stat: Path = STAT) -> None:
        self._stat = stat
        self._began = time.perf_counter()
        self._busy, self._ours = busy_seconds(stat), our_seconds()

    def cores(self) -> float:
        """How many cores others kept busy, on average since then."""
        seconds = time.perf_counter() - self._began
        others = (busy_seconds(self._stat) - self._busy) - (our_seconds() - self._ours)
        return max(0.0, others / seconds)


def busy_seconds(stat: Path) -> float:
    """Seconds of work that all cores have done since the machine started."""
    columns = stat.read_text("ascii").partition("\n")[0].split()[1:]
    return sum(int(columns[n]) for n in _BUSY) / os.sysconf("SC_CLK_TCK")


def our_seconds() -> float:
    """Seconds of work of this process and of those it started that have ended."""
    ours = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in ours)

"""The simulated clock passes as its file says, for every process that reads it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from ascbridge.clock import Clock, write_clock

if TYPE_CHECKING:
    from pathlib import Path


def test_the_systems_own_clock_is_the_machines() -> None:
    before = time.time_ns() // 1_000_000
    assert before <= Clock.system().now_ms() <= time.time_ns() // 1_000_000 + 1


def test_shown_time_passes_at_its_speed(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    write_clock(path, shown_ms=5_000_000, speed=1000)
    clock = Clock.from_file(path)
    first, real = clock.now_ms(), time.monotonic()
    while time.monotonic() - real < 0.05:
        pass
    assert first >= 5_000_000
    assert clock.now_ms() - first >= 50_000 * 0.9


def test_it_follows_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    write_clock(path, shown_ms=5_000_000, speed=0)
    clock = Clock.from_file(path)
    assert clock.now_ms() == 5_000_000
    write_clock(path, shown_ms=9_000_000, speed=0)
    os.utime(path, ns=(1, 1))  # another moment, however coarse the file system's clock
    assert clock.now_ms() == 9_000_000

"""Shown time: how fast the simulation's clock goes, and that it never runs ahead of what has been sent.

The clock file stands still between two steps. So a message is never late only because this machine is slow,
and the bridge's due times follow the story and not the computer.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ascbridge.clock import write_clock
from ascbridge.intake.hl7v2.hl7_time import LONDON

if TYPE_CHECKING:
    from pathlib import Path

TICK_S = 0.1
NIGHT = 4.0
"""How many times faster the hours from nine in the evening to six go by: little happens then."""


class Pace(Protocol):
    """Moves shown time on. `window_ms`: how much of the schedule may be played in one step."""

    shown_ms: int
    window_ms: int

    async def until(self, due_ms: int) -> None:
        """Return when shown time has reached `due_ms` (UTC milliseconds); it then stands still."""


class _Shown:
    """The clock file, and what it says now."""

    def __init__(self, clock_file: Path, start_ms: int) -> None:
        self._clock_file = clock_file
        self.shown_ms = start_ms
        write_clock(clock_file, shown_ms=start_ms, speed=0)

    def show(self, shown_ms: int) -> None:
        """Let the clock say `shown_ms`; it is never put back."""
        if shown_ms > self.shown_ms:
            self.shown_ms = shown_ms
            write_clock(self._clock_file, shown_ms=shown_ms, speed=0)

    def let_go(self) -> None:
        """Let the clock go on by itself, as fast as real time."""
        write_clock(self._clock_file, shown_ms=self.shown_ms, speed=1)


class Running(_Shown):
    """`speed` shown seconds pass in each real one, and four times as many at night."""

    def __init__(self, clock_file: Path, start_ms: int, speed: float) -> None:
        super().__init__(clock_file, start_ms)
        self._speed = speed
        self._at = time.monotonic()
        self.window_ms = max(1, round(TICK_S * speed * 1000))

    async def until(self, due_ms: int) -> None:
        """Return when shown time has reached `due_ms`."""
        while True:
            now = time.monotonic()
            speed = self._speed * (NIGHT if _at_night(self.shown_ms) else 1)
            self.show(min(due_ms, self.shown_ms + round((now - self._at) * speed * 1000)))
            self._at = now
            if self.shown_ms >= due_ms:
                return
            await asyncio.sleep(min(TICK_S, (due_ms - self.shown_ms) / speed / 1000))


class AtOnce(_Shown):
    """As fast as it goes: shown time jumps from one thing to the next."""

    window_ms = 120 * 60_000

    async def until(self, due_ms: int) -> None:
        """Let shown time be `due_ms`, at once."""
        self.show(due_ms)


class StepByStep(_Shown):
    """For watching: `seconds` real seconds before each thing that happens, whatever the days between them."""

    window_ms = 0

    def __init__(self, clock_file: Path, start_ms: int, seconds: float) -> None:
        super().__init__(clock_file, start_ms)
        self._seconds = seconds

    async def until(self, due_ms: int) -> None:
        """Wait, then let shown time be `due_ms`."""
        if due_ms > self.shown_ms:
            await asyncio.sleep(self._seconds)
        self.show(due_ms)


def _at_night(shown_ms: int) -> bool:
    hour = datetime.fromtimestamp(shown_ms / 1000, LONDON).hour
    return hour >= 21 or hour < 6

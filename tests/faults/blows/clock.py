"""A clock that is set: hours forward or back, in the middle of the traffic, and once more, and right at the end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene

HOUR_MS = 3_600_000
FURTHEST_HOURS = 6
"""Less than the 72 hours for which a message that comes again is known."""


async def step(scene: Scene, rng: random.Random) -> str:
    """Set the clock, by seconds as NTP does or by hours as people do."""
    far = HOUR_MS * FURTHEST_HOURS if rng.random() < 0.7 else 5_000
    ahead_ms = rng.randrange(-far, far)
    scene.set_clock(ahead_ms)
    await asyncio.sleep(rng.uniform(0.1, 1.0))
    return f"the clock is {ahead_ms / 1000:+.0f} s from true"


async def back(scene: Scene, rng: random.Random) -> str:
    """Set the clock an hour or two behind, in the midst of work, and leave it so."""
    ahead_ms = -rng.randrange(HOUR_MS, 2 * HOUR_MS)
    scene.set_clock(ahead_ms)
    return f"the clock is {ahead_ms / 1000:+.0f} s from true"

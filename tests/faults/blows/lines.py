"""Bad lines: connections that hang up, break, stand half open, trickle, or never read what they are told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.faults.senders import MANNERS

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene

LONGEST_S = 2


async def bad(scene: Scene, rng: random.Random) -> str:
    """Let each connection misbehave in a way of its own, for a while."""
    seconds = rng.uniform(0.5, LONGEST_S)
    for sender in scene.senders:
        sender.manner = rng.choice(MANNERS)
    manners = sorted({sender.manner for sender in scene.senders})
    await asyncio.sleep(seconds)
    for sender in scene.senders:
        sender.manner = "plain"
    return f"lines that are {', '.join(manners)} for {seconds:.1f} s"

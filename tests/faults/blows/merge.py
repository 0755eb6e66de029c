"""Two people become one (A40) and a process dies at that moment, while messages still come under both keys."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from tests.faults.blows import kill

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene

PATIENCE_S = 3


async def in_the_middle(scene: Scene, rng: random.Random) -> str:
    """Wait until a merge has been written to the line, let a few milliseconds pass, and kill."""
    told = asyncio.Event()
    for sender in scene.senders:
        sender.on_merge = told.set
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(told.wait(), PATIENCE_S)
    after_s = rng.choice((0, 0.002, 0.01, 0.03, 0.1))
    await asyncio.sleep(after_s)
    how = await rng.choice((kill.one, kill.everything))(scene, rng)
    return f"{after_s * 1000:.0f} ms after a merge {how}"

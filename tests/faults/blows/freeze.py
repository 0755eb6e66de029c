"""SIGSTOP and SIGCONT: a process that stands still for a while, as on a machine that swaps or a paused container."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene

LONGEST_S = 5


async def one(scene: Scene, rng: random.Random) -> str:
    """Stop a process, let senders lose patience, let it go on."""
    pids = await scene.alive()
    chosen, seconds = rng.choice(pids), rng.uniform(0.5, LONGEST_S)
    with contextlib.suppress(ProcessLookupError):
        os.kill(chosen, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chosen, signal.SIGCONT)
    return f"SIGSTOP of process {pids.index(chosen) + 1} of {len(pids)} for {seconds:.1f} s"

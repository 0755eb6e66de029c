"""kill -9: of one process of the group, whichever it is, or of all of them at once, as in a power cut."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene


async def one(scene: Scene, rng: random.Random) -> str:
    """Kill one process: the supervisor, a service, a deployable."""
    pids = await scene.alive()
    chosen = rng.choice(pids)
    with contextlib.suppress(ProcessLookupError):
        os.kill(chosen, signal.SIGKILL)
    return f"kill -9 of process {pids.index(chosen) + 1} of {len(pids)}"


async def some(scene: Scene, rng: random.Random) -> str:
    """Kill one process or the whole group."""
    return await rng.choice((one, one, everything))(scene, rng)


async def everything(scene: Scene, rng: random.Random) -> str:
    """Kill the whole group."""
    scene.kill_all()
    return "kill -9 of all"

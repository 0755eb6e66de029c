"""A network that is cut between one service and Kafka, or PostgreSQL, or both, while all others reach them.

Now and then a second worker is there, to which Kafka gives the partitions of the one that was cut off: when it comes
back it is a zombie, and must notice by the position's epoch.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.faults.blows.servers import one_more

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene

LONGEST_S = 15
"""Longer than Kafka waits for a member: 10 seconds."""


async def one(scene: Scene, rng: random.Random) -> str:
    """Cut one service off for a while."""
    name = rng.choice(("intake", "discharge", "record"))
    stretches = rng.choice((["kafka"], ["postgres"], ["kafka", "postgres"]))
    seconds, broken, helped = rng.uniform(1, LONGEST_S), rng.random() < 0.5, rng.random() < 0.4
    process = scene.bridge.processes[list(scene.bridge.services).index(name)]
    for stretch in stretches:
        scene.between[stretch].cut(frozenset({process.pid}))
    try:
        helper = one_more(scene, name) if helped else ""
        await asyncio.sleep(seconds)
    finally:
        for stretch in stretches:
            await scene.between[stretch].mend(broken=broken)
    if helper:
        await asyncio.sleep(rng.uniform(0, 3))
        second = scene.bridge.remove(helper)
        second.terminate()
        await asyncio.to_thread(second.wait, 240)
    how = "its lines broken off" if broken else "its lines going on"
    return f"{name} cut off from {' and '.join(stretches)} for {seconds:.1f} s, {how}{', a second there' * helped}"

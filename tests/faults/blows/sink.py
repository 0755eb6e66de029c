"""The shared record's server is away, or answers wrongly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene

LONGEST_S = 4
PATIENCE_S = 90


async def away(scene: Scene, rng: random.Random) -> str:
    """Let nobody listen there for a while."""
    assert scene.fhir is not None
    seconds = rng.uniform(0.5, LONGEST_S)
    await scene.fhir.down()
    await asyncio.sleep(seconds)
    await scene.fhir.up()
    return f"the FHIR server is away for {seconds:.1f} s"


async def broken(scene: Scene, rng: random.Random) -> str:
    """Let it answer wrongly, late, or not at all, whether it took what it was sent or not."""
    assert scene.fhir is not None
    bundles = rng.randrange(2, 10)
    scene.fhir.break_for(bundles, rng)
    ways = [one if isinstance(one, str) else "fault" for one in scene.fhir.acts]
    await asyncio.sleep(
        rng.uniform(1, 2 * LONGEST_S)
    )  # longer than the bridge waits for an answer, now and then
    scene.fhir.mend()
    return f"the FHIR server fails {bundles} times: {', '.join(ways)}"


async def killed(scene: Scene, rng: random.Random) -> str:
    """Kill a real HAPI server while people are on their way to it, and start it again on what it had stored."""
    assert scene.hapi is not None
    hapi, before = scene.hapi, (await scene.ledger())["delivered"]

    async def is_publishing() -> bool:
        return bool((await scene.ledger())["delivered"] > before)

    await scene.until(is_publishing, PATIENCE_S)
    await asyncio.sleep(rng.uniform(0, 1))
    waiting = (await scene.ledger())["waiting"]
    await asyncio.to_thread(hapi.kill)
    await asyncio.sleep(rng.uniform(0, 2))
    await asyncio.to_thread(hapi.start)
    return f"HAPI is killed while {waiting} wait, and started again"

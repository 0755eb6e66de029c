"""The shared record's server is away, or answers wrongly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.faults.blows.kill import everything

if TYPE_CHECKING:
    import random

    from tests.faults.scene import Scene

LONGEST_S = 4
PATIENCE_S = 90
GOES = 20


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
    waiting = await _in_mid_publish(scene, rng)
    await asyncio.to_thread(scene.hapi.kill)
    await asyncio.sleep(rng.uniform(0, 2))
    await asyncio.to_thread(scene.hapi.start)
    return f"HAPI is killed while {waiting} wait, and started again"


async def publisher_killed(scene: Scene, rng: random.Random) -> str:
    """Kill everything of ours while people are on their way to a real HAPI server."""
    waiting = await _in_mid_publish(scene, rng)
    return f"{await everything(scene, rng)} while {waiting} wait for HAPI"


async def _in_mid_publish(scene: Scene, rng: random.Random) -> int:
    """Return how many wait at a moment at which some were delivered since, and some are still to be.

    Raises `AssertionError` where that does not come: a blow that strikes nothing would prove nothing.
    """
    before = (await scene.ledger())["delivered"]

    async def is_publishing() -> bool:
        row = await scene.ledger()
        return bool(row["delivered"] > before and row["waiting"])

    for _ in range(GOES):
        assert await scene.until(is_publishing, PATIENCE_S), "nobody is on the way to HAPI"
        await asyncio.sleep(rng.uniform(0, 1))
        if waiting := int((await scene.ledger())["waiting"]):
            return waiting
    raise AssertionError("whoever was on the way to HAPI had arrived, each time")

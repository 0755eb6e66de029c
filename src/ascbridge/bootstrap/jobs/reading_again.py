"""Reads again, in the background and in portions, what was read before codes came to mean something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.job_loop import again_and_again

if TYPE_CHECKING:
    import asyncio

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.operations.mending.completing import Completing


async def read_again(ground: Ground, completing: Completing, stop: asyncio.Event) -> None:
    """Look until told to stop. Between two portions whoever else writes has their turn."""

    async def step() -> None:
        while not stop.is_set() and await completing.read_again(ground.clock.now_ms()):
            ground.woken()

    await again_and_again(step, stop, "reading again")

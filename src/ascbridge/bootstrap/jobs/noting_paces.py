"""Notes every ten seconds how far every reader and sink is, so that the flow map can say how fast they go."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.operations.flowing import paces

if TYPE_CHECKING:
    from ascbridge.bootstrap.parts.ground import Ground


async def note_paces(ground: Ground, stop: asyncio.Event) -> None:
    """Look until told to stop."""

    async def step() -> None:
        now_ms = ground.clock.now_ms()
        if ground.paces.due(now_ms):
            ground.paces.note(await ground.database.read(partial(paces.reached, now_ms=now_ms)))

    await again_and_again(step, stop, "what is noted of how fast it goes")

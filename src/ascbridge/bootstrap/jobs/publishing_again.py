"""Carries on what somebody asked for: people published again, some each second, wherever people are published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.record import republishing

if TYPE_CHECKING:
    import asyncio

    from ascbridge.bootstrap.parts.ground import Ground


async def publish_again(ground: Ground, stop: asyncio.Event) -> None:
    """Mark whom the run under way comes to next, until told to stop. Of several processes one goes on at a time."""
    sink, database = ground.settings.sink.name, ground.database

    async def step() -> None:
        run = await database.read(partial(republishing.under_way, sink=sink))
        if run is None:
            return
        now_ms = ground.clock.now_ms()
        people = await database.read(partial(republishing.next_people, run=run, now_ms=now_ms))
        if people is None:
            return
        if await database.write(lambda c: republishing.step(c, run, people, now_ms)):
            ground.woken()

    await again_and_again(step, stop, "publishing again")

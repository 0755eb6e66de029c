"""Counts, every minute, the records opened without a relationship that nobody has looked at in time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.relationship import openings

if TYPE_CHECKING:
    import asyncio

    from ascbridge.bootstrap.parts.ground import Ground

LOOK_EVERY_MS = 60_000


async def watch_openings(ground: Ground, stop: asyncio.Event) -> None:
    """Show the number to Prometheus until told to stop."""
    looked_ms = -LOOK_EVERY_MS

    async def step() -> None:
        nonlocal looked_ms
        now_ms = ground.clock.now_ms()
        if 0 <= now_ms - looked_ms < LOOK_EVERY_MS:
            return
        tally = await ground.database.read(partial(openings.tally, now_ms=now_ms))
        telemetry.openings_overdue.set(tally.overdue)
        looked_ms = now_ms

    await again_and_again(step, stop, "counts of openings to look at")

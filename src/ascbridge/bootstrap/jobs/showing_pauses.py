"""Shows to Prometheus what somebody stopped, so that an alert can say so or keep still."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.events.handlers import pauses
from ascbridge.operations.flowing import pausing

if TYPE_CHECKING:
    from ascbridge.bootstrap.parts.ground import Ground

VALUES = {"pause": 1, "drain": 2}


async def show_pauses(ground: Ground, stop: asyncio.Event) -> None:
    """Look every second until told to stop."""
    known = pausing.known(ground.settings, settled.profiles_of(ground.settings))

    async def step() -> None:
        standing = await ground.database.read(pauses.standing)
        now = {(one.kind, one.name): VALUES[one.mode] for one in standing}
        for kind, name in known:
            telemetry.paused.labels(kind, name).set(now.get((kind, name), 0))

    await again_and_again(step, stop, "what is shown of pauses")

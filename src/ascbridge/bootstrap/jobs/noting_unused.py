"""Writes down, every few seconds, what messages had that nothing used: until then it is counted in memory."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.job_loop import again_and_again

if TYPE_CHECKING:
    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.intake.reading.translator import Translator

WRITE_EVERY_S = 4.0


async def note_unused(ground: Ground, translator: Translator, stop: asyncio.Event) -> None:
    """Write until told to stop, and what is left then."""
    unread = translator.unread

    async def step() -> None:
        if unread.waits:
            await ground.database.write(unread.write)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), WRITE_EVERY_S)

    await again_and_again(step, stop, "what nothing uses")
    if unread.waits:
        await ground.database.write(unread.write)

"""Throws away the data keys of those whom two people agreed to erase: the part of it that `listen` does.

It reads bridge.db, which `work` alone writes, and writes keys.db, which `work` only reads (`bootstrap.erasing`).
Imports nothing that only work needs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.people import erase
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    import asyncio

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.people.data_keys import DataKeys


async def throw_keys_away(
    settings: Settings, keys: SqliteDatabase, data_keys: DataKeys, clock: Clock, stop: asyncio.Event
) -> None:
    """Look in bridge.db, which another process writes, for approved erasures, and throw their data keys away."""
    bridge = SqliteDatabase(settled.file_of(settings, "bridge"), writable=False)

    async def step() -> None:
        for one in await bridge.read(erase.approved):
            if not keys.read_now(partial(erase.keys_are_gone, data_keys=data_keys, request=one)):
                # In this thread, as every write of this process is: the file has one connection to write with.
                keys.write_now(
                    partial(erase.throw_keys_away, data_keys=data_keys, request=one, now_ms=clock.now_ms())
                )

    try:
        await again_and_again(step, stop, "erasures")
    finally:
        await bridge.close()

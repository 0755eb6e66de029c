"""Throws away the data keys of those whom two people agreed to erase: the part of it that `listen` does.

It reads bridge.db, which `work` alone writes, and writes keys.db, which `work` only reads (`bootstrap.erasing`).
Imports nothing that only work needs.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from ascbridge import telemetry
from ascbridge.bootstrap import settled
from ascbridge.events.faults import InfrastructureFault
from ascbridge.people import erase
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.people.data_keys import DataKeys

_log = telemetry.log("erasing")
LOOK_EVERY_S = 1.0


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
        await again_and_again(step, stop)
    finally:
        await bridge.close()


async def again_and_again(
    step: Callable[[], Awaitable[None]], stop: asyncio.Event, what: str = "erasures"
) -> None:
    """Do it every second until told to stop. A database, or Kafka, that cannot be used just now is told once, and tried
    again.
    """
    told = False
    while not stop.is_set():
        try:
            await step()
            told = False
        except (SQLAlchemyError, InfrastructureFault, OSError) as fault:
            if not told:
                _log.warning("a job waits for the database", reason=what, cause=type(fault).__name__)
            told = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)

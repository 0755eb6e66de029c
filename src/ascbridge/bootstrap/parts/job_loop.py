"""How a background job goes on: its step again and again, through every outage, until the service stops.

Imports nothing that only work needs.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from ascbridge import telemetry
from ascbridge.events.logs.faults import InfrastructureFault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_log = telemetry.log("jobs")
LOOK_EVERY_S = 1.0


async def again_and_again(step: Callable[[], Awaitable[None]], stop: asyncio.Event, what: str) -> None:
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

"""The gates of the feeds: shut where somebody drains one. Nothing new is taken there, and its sender keeps it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from ascbridge import telemetry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LOOK_S = 0.5
_log = telemetry.log("gates")


class Gates:
    """`drained` reads which feeds take nothing new. Where it cannot be read, gates stay as they were last."""

    def __init__(self, drained: Callable[[], Awaitable[frozenset[str]]]) -> None:
        self._drained = drained
        self._shut: frozenset[str] = frozenset()
        self._moved = asyncio.Event()

    def is_shut(self, feed: str) -> bool:
        """Whether nothing new of this feed is taken."""
        return feed in self._shut

    async def look(self) -> None:
        """See how they are to stand now."""
        try:
            found = await self._drained()
        except (SQLAlchemyError, OSError) as fault:
            _log.warning("gates stay as they are", exception=type(fault).__name__)
            return
        if found != self._shut:
            for feed in found - self._shut:
                _log.info("feed takes nothing new", feed=feed)
            for feed in self._shut - found:
                _log.info("feed is taken again", feed=feed)
            self._shut = found
            self._moved.set()
            self._moved = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)

    async def until(self, feed: str, stop: asyncio.Event, *, shut: bool) -> None:
        """Wait until the gate of a feed stands so, or until told to stop."""
        while self.is_shut(feed) is not shut and not stop.is_set():
            stopping = asyncio.create_task(stop.wait())
            moving = asyncio.create_task(self._moved.wait())
            await asyncio.wait({stopping, moving}, return_when=asyncio.FIRST_COMPLETED)
            for task in (stopping, moving):
                task.cancel()

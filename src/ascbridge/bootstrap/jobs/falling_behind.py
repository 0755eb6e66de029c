"""Says whether `record` has fallen behind: news that it has not read for too long, or people who are not sent.

That is no reason to take the service away or to start it anew, so it makes it *degraded* and leaves it ready.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.events.handlers import pauses
from ascbridge.operations.flowing import flow_map
from ascbridge.record.projection import RecordProjection
from ascbridge.storage.tables import dirty_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from ascbridge.bootstrap.parts.ground import Ground

EVERY_MS = 5_000


class Behind:
    """Looks every few seconds; `reader` and `sink` are checks, which answer at once by what was seen last."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._most_ms = round(ground.settings.health.behind_seconds * 1000)
        self._said = ("", "")

    def reader(self) -> str:
        """Say that events wait for too long to be read, or nothing."""
        return self._said[0]

    def sink(self) -> str:
        """Say that people wait for too long to be sent, or nothing."""
        return self._said[1]

    def publisher(self) -> str:
        """Say what is wrong with what sends to the sink, but for the sink's own: that makes nothing unready."""
        ground = self._ground
        return "" if ground.sink_away() or ground.publisher is None else ground.publisher.trouble

    def apart(self) -> dict[str, Callable[[], str]]:
        """What makes `record` degraded and leaves it ready, by name."""
        sink = f"sink {self._ground.settings.sink.name}"
        return {
            sink: self._ground.sink_away, f"{sink} is behind": self.sink, "record is behind": self.reader
        }  # fmt: skip

    async def run(self, stop: asyncio.Event) -> None:
        """Look until told to stop. While the database is away what was seen last stands: other checks say so."""
        looked_ms = -EVERY_MS

        async def step() -> None:
            nonlocal looked_ms
            now_ms = self._ground.clock.now_ms()
            if not 0 <= now_ms - looked_ms < EVERY_MS:
                await self.look(now_ms)
                looked_ms = now_ms

        await again_and_again(step, stop, "whether the record has fallen behind")

    async def look(self, now_ms: int) -> None:
        """See how long the oldest of both waits."""
        self._said = await self._ground.database.read(lambda connection: self._seen(connection, now_ms))

    def _seen(self, connection: Connection, now_ms: int) -> tuple[str, str]:
        """Nothing is too late that somebody stopped, nor whom the sink refuses: neither mends itself."""
        sink = self._ground.settings.sink.name
        families = any(pauses.is_paused(connection, "family", one) for one in RecordProjection.topics)
        unread = None if families else flow_map.owed(connection, RecordProjection.name).oldest_ms
        waits = select(func.min(dirty_person.c.since_ms)).where(
            dirty_person.c.sink == sink, dirty_person.c.fault == ""
        )
        unsent = None if pauses.is_paused(connection, "sink", sink) else connection.scalar(waits)
        return self._late(unread, now_ms, "the oldest event waits to be read for"), self._late(
            unsent, now_ms, "whoever waits longest waits to be sent for"
        )

    def _late(self, since_ms: int | None, now_ms: int, words: str) -> str:
        if since_ms is None or now_ms - since_ms <= self._most_ms:
            return ""
        return f"{words} {(now_ms - since_ms) // 1000:,} seconds"

"""The relay: carries the outbox of a PostgreSQL database to Kafka, in order, losing nothing.

One relay works at a time for each database: it holds an advisory lock on the connection that it reads and
deletes through, so a relay that lost its connection has lost its lock and cannot delete. Rows go lowest
first, and are deleted once every one of them is acknowledged; whatever fails, it starts again from the
lowest. A record may thus be on a topic twice, which readers allow for, but never before an earlier one of
its key.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from ascbridge import telemetry
from ascbridge.events.logs.faults import reason_of
from ascbridge.events.logs.log_table import as_record
from ascbridge.storage.tables import event_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from ascbridge.clock import Clock
    from ascbridge.events.logs.log import EventLog, Record
    from ascbridge.storage.database import PostgresDatabase

LOCK = 0x61736362  # "ascb"
POLL_S = 0.1
STANDBY_S = 1.0
LONGEST_WAIT_S = 30.0
PATIENCE = 3

log = telemetry.log(__name__)


class Relay:
    """Carries outbox rows to the log until it is stopped; in standby while another relay has the lock."""

    def __init__(
        self,
        database: PostgresDatabase,
        log: EventLog,
        *,
        clock: Clock,
        batch: int = 500,
        lock: int = LOCK,
        counted: bool = True,
    ) -> None:
        """Carry the outbox of `database`. Of two outboxes in one database each needs a `lock` of its own.

        What is not `counted` shows in no metric: of some outboxes even that something is in them must not be seen.
        """
        self.trouble = ""
        """Why nothing is carried, in words for an IT desk; empty while all is well, in standby too."""
        self.progress_ms = 0
        """When it last emptied the outbox or carried something, in UTC epoch milliseconds."""
        self._database, self._log, self._clock, self._limit = database, log, clock, batch
        self._stop = asyncio.Event()
        self._woken = asyncio.Event()
        self._failures = 0
        self._oldest_ms: int | None = None
        self._lowest: int | None = None
        self._lock = lock
        if counted:
            telemetry.backlog_age.labels("relay").set_function(self.backlog_age_s)

    @property
    def healthy(self) -> bool:
        """Whether it carries, or could; `trouble` says why not."""
        return not self.trouble

    def backlog_age_s(self) -> float:
        """Return how old the oldest row is that was read and not carried yet, in seconds."""
        return 0.0 if self._oldest_ms is None else max(0, self._clock.now_ms() - self._oldest_ms) / 1000

    def notify(self) -> None:
        """Say that there is something in the outbox. To be called in the event loop's thread."""
        self._woken.set()

    def stop(self) -> None:
        """Let `run` end after the batch that it is in."""
        self._stop.set()
        self._woken.set()

    async def run(self) -> None:
        """Carry until `stop`, waiting out every failure."""
        while not self._stop.is_set():
            try:
                async with self._database.connect() as connection:
                    try:
                        await self._carry(connection)
                    finally:
                        # Back in the pool it would keep the lock.
                        await connection.invalidate()
            except Exception as fault:  # noqa: BLE001 - a relay that died silently would look like a quiet city
                await self._wait_out(fault)

    async def _carry(self, connection: AsyncConnection) -> None:
        while not await _locked(connection, self._lock):
            await self._see_others_carry(connection)
            if await self._stopped_within(STANDBY_S):
                return
        while not self._stop.is_set():
            # A lost connection fails here, before anything is sent without the lock.
            rows = await connection.run_sync(_lowest, self._limit)
            # No snapshot is held while Kafka is waited for.
            await connection.commit()
            if rows:
                self._lowest, self._oldest_ms = rows[0][0], rows[0][1].time_ms
                await self._log.append([record for _, record in rows])
                await connection.run_sync(_carried, [position for position, _ in rows])
                await connection.commit()
            self._failures, self.trouble, self._oldest_ms = 0, "", None
            self.progress_ms = self._clock.now_ms()
            if len(rows) < self._limit:
                await self._rest()

    async def _see_others_carry(self, connection: AsyncConnection) -> None:
        """Forget past failures once the outbox is empty or has moved: whoever has the lock carries it."""
        lowest = await connection.scalar(select(func.min(event_log.c.position)))
        await connection.commit()
        if lowest is None or lowest != self._lowest:
            self._failures, self.trouble, self._oldest_ms = 0, "", None
        self._lowest = lowest

    async def _rest(self) -> None:
        """Wait until somebody says that there is more, or for a moment."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), POLL_S)
        self._woken.clear()

    async def _wait_out(self, fault: Exception) -> None:
        self._failures += 1
        if self._failures >= PATIENCE:
            self.trouble = reason_of(fault)
        log.error(
            "outbox waits", exception=type(fault).__name__, reason=reason_of(fault), tries=self._failures
        )
        await self._stopped_within(min(LONGEST_WAIT_S, 0.1 * 2**self._failures))

    async def _stopped_within(self, wait_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), wait_s)
        return self._stop.is_set()


async def _locked(connection: AsyncConnection, lock: int = LOCK) -> bool:
    """Try for the lock, which lives as long as this connection."""
    locked = await connection.scalar(select(func.pg_try_advisory_lock(lock)))
    await connection.commit()
    return bool(locked)


def _lowest(connection: Connection, limit: int) -> list[tuple[int, Record]]:
    rows = connection.execute(select(event_log).order_by(event_log.c.position).limit(limit))
    return [(row.position, as_record(row)) for row in rows]


def _carried(connection: Connection, positions: Sequence[int]) -> None:
    connection.execute(delete(event_log).where(event_log.c.position.in_(positions)))

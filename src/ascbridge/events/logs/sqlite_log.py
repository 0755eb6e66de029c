"""The log on one machine: tables of the bridge's own database, read by position.

Every topic is in `event_log`, except `inbound`, which is table `message` itself, so a kept message is in
the log the moment it is kept. SQLite has one writer, so positions appear in order and a reader can miss
none.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from ascbridge.events.logs.envelope import partition_of
from ascbridge.events.logs.log import Assignment, Fetched
from ascbridge.events.logs.log_table import LogTable, as_row
from ascbridge.events.logs.wake import WakeSocket
from ascbridge.storage.tables import event_log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ascbridge.clock import Clock
    from ascbridge.events.logs.log import Record
    from ascbridge.storage.database import SqliteDatabase


class SqliteEventLog:
    """An `EventLog` in SQLite. The members of a group are readers of this one process.

    `wake_socket` is the path of a Unix datagram socket by which another process says that it has kept
    something (`events.wake.Waker`); whoever is not told looks every `poll_s` seconds.
    """

    def __init__(
        self,
        database: SqliteDatabase,
        *,
        clock: Clock,
        prefix: str,
        partitions: int = 1,
        wake_socket: Path | None = None,
        poll_s: float = 0.25,
    ) -> None:
        self.poll_s = poll_s
        self._database, self._clock = database, clock
        self._table = LogTable(prefix, partitions)
        self._wake = WakeSocket(wake_socket, self.notify) if wake_socket else None
        self._groups: dict[str, dict[str, _Reader]] = {}

    def notify(self) -> None:
        """Let every waiting reader look at once. To be called in the event loop's thread."""
        for group in self._groups.values():
            for reader in group.values():
                reader.woken.set()

    async def append(self, records: Sequence[Record]) -> None:
        now_ms = self._clock.now_ms()
        count = self._table.partitions
        rows = [
            as_row(record, short=True) | {"partition": partition_of(record.key, count), "time_ms": now_ms}
            for record in records
        ]
        if rows:
            await self._database.write(lambda connection: connection.execute(event_log.insert(), rows))
            self.notify()

    async def subscribe(self, consumer: str, topics: Sequence[str], member: str) -> _Reader:
        if self._wake is not None:
            self._wake.open()
        reader = _Reader(self, consumer, tuple(topics), member)
        self._groups.setdefault(consumer, {})[member] = reader
        self._share_out(consumer)
        return reader

    async def bounds(self, topic: str) -> dict[int, tuple[int, int]]:
        return await self._database.read(lambda c: self._table.bounds(c, topic))

    async def offset_at(self, topic: str, time_ms: int) -> dict[int, int]:
        every = [Assignment(topic, partition) for partition in range(self._table.partitions)]
        return await self._database.read(
            lambda c: {one.partition: self._table.first_at(c, one, time_ms) for one in every}
        )

    async def behind(self, offsets: Mapping[Assignment, int]) -> dict[Assignment, int]:
        return await self._database.read(
            lambda c: {one: self._table.count(c, one, offset) for one, offset in offsets.items()}
        )

    async def close(self) -> None:
        if self._wake is not None:
            self._wake.close()

    async def read(self, wanted: Sequence[tuple[Assignment, int]], limit: int) -> Fetched:
        """Return up to `limit` records of these partitions, each from its offset; the first are served
        first.
        """
        return await self._database.read(lambda c: self._table.read(c, wanted, limit))

    async def check(self, assignment: Assignment, offset: int) -> None:
        """Raise `OffsetOutsideLog` where the log cannot serve this offset."""
        await self._database.read(lambda c: self._table.check(c, assignment, offset))

    def leave(self, reader: _Reader) -> None:
        """Take a reader out of its group, unless another one has come in its place."""
        group = self._groups.get(reader.consumer, {})
        if group.get(reader.member) is reader:
            del group[reader.member]
            self._share_out(reader.consumer)

    def _share_out(self, consumer: str) -> None:
        """Give each member its range of the partitions of every topic, as Kafka's range assignor does."""
        members = self._groups[consumer]
        count = self._table.partitions
        for place, name in enumerate(sorted(members)):
            mine = range(place * count // len(members), (place + 1) * count // len(members))
            reader = members[name]
            reader.own(frozenset(Assignment(topic, p) for topic in reader.topics for p in mine))


class _Reader:
    """A `Subscription` to a `SqliteEventLog`."""

    def __init__(self, log: SqliteEventLog, consumer: str, topics: tuple[str, ...], member: str) -> None:
        self.consumer, self.topics, self.member = consumer, topics, member
        self.woken = asyncio.Event()
        self._log = log
        self._generation = 0
        self._owned: frozenset[Assignment] = frozenset()
        self._next: dict[Assignment, int] = {}

    @property
    def generation(self) -> int:
        return self._generation

    def own(self, assignments: frozenset[Assignment]) -> None:
        """Let this member own just these partitions."""
        self._owned = assignments
        self._next.clear()
        self._generation += 1
        self.woken.set()

    async def assigned(self) -> frozenset[Assignment]:
        return self._owned

    async def seek(self, assignment: Assignment, offset: int) -> None:
        generation = self._generation
        await self._log.check(assignment, offset)
        if generation == self._generation and assignment in self._owned:
            self._next[assignment] = offset

    async def fetch(self, limit: int, wait_s: float) -> Fetched:
        until = time.monotonic() + wait_s
        while True:
            self.woken.clear()
            generation = self._generation
            fetched = await self._log.read(list(self._next.items()), limit)
            if generation != self._generation:
                return Fetched()
            for assignment, records in fetched.records.items():
                # Whatever was served goes to the end of the queue, so that a busy topic starves no other.
                del self._next[assignment]
                self._next[assignment] = records[-1].offset + 1
            left_s = until - time.monotonic()
            if fetched.records or left_s <= 0:
                return fetched
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), min(left_s, self._log.poll_s))

    async def close(self) -> None:
        self._log.leave(self)

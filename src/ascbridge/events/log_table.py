"""The log as tables: `event_log`, and topic `inbound` as table `message` shows it.

On SQLite `event_log` is the log; on PostgreSQL it is the outbox that the relay empties into Kafka. Plain
functions of a connection; offsets are positions, numbered over all topics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Select, func, select

from ascbridge.events.cloud_event import Pointer, inbound_record
from ascbridge.events.envelope import partition_of
from ascbridge.events.log import INBOUND, Assignment, Fetched, OffsetOutsideLog, Record
from ascbridge.storage.tables import event_log, log_floor, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

COUNTED = 10_000
"""A backlog is counted up to here: to count a long one would keep a read transaction open for long."""

POINTER = (
    message.c.position,
    message.c.message_id,
    message.c.feed,
    message.c.lane,
    message.c.received_ms,
    message.c.translation,
)
"""What of a kept message its record of topic `inbound` is made from."""


def as_row(record: Record) -> dict[str, Any]:
    """Return the row that holds a record; the table gives the position."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "key": record.key,
        "event_id": record.event_id,
        "time_ms": record.time_ms,
        "headers": orjson.dumps(dict(record.headers)).decode(),
        "value": record.value,
    }


def as_record(row: Row[Any]) -> Record:
    """Return the record that a row holds; its position is the offset."""
    return Record(
        row.topic, row.partition, row.position, row.key, orjson.loads(row.headers), row.value, row.time_ms
    )


def as_pointer(row: Row[*tuple[Any, ...]]) -> Pointer:
    """Return the pointer to a kept message, from a row of `POINTER`."""
    return Pointer(row.message_id, row.feed, row.lane, row.received_ms, row.translation)


@dataclass(frozen=True, slots=True)
class LogTable:
    """How the log is read from its tables. `prefix` is the configured prefix of event types."""

    prefix: str
    partitions: int

    def bounds(self, connection: Connection, topic: str) -> dict[int, tuple[int, int]]:
        """For each partition the first offset that was not pruned, and the offset after the last."""
        every = range(self.partitions)
        if topic == INBOUND:
            # Two questions: asked for both at once, SQLite would read the whole table.
            first = connection.scalar(select(func.min(message.c.position)))
            last = connection.scalar(select(func.max(message.c.position)))
            return dict.fromkeys(every, (0 if first in {None, 1} else first, (last or 0) + 1))
        floors = select(log_floor.c.partition, log_floor.c.first_offset).where(log_floor.c.topic == topic)
        floor = {row.partition: row.first_offset for row in connection.execute(floors)}
        end = (connection.scalar(select(func.max(event_log.c.position))) or 0) + 1
        return {partition: (floor.get(partition, 0), end) for partition in every}

    def check(self, connection: Connection, assignment: Assignment, offset: int) -> None:
        """Raise `OffsetOutsideLog` where the log cannot serve this offset."""
        first, end = self.bounds(connection, assignment.topic)[assignment.partition]
        if not first <= offset <= end:
            here = f"{assignment.topic}-{assignment.partition}"
            raise OffsetOutsideLog(f"{here} goes from {first} to {end}, and {offset} is wanted")

    def read(self, connection: Connection, wanted: Sequence[tuple[Assignment, int]], limit: int) -> Fetched:
        """Return up to `limit` records of these partitions, each from its offset; the first are served
        first.
        """
        fetched = Fetched()
        for assignment, offset in wanted:
            if limit <= 0:
                break
            some = self.some(connection, assignment, offset, limit)
            if some:
                fetched.records[assignment] = some
                limit -= len(some)
        return fetched

    def some(self, connection: Connection, assignment: Assignment, offset: int, limit: int) -> list[Record]:
        """Return up to `limit` records of one partition from an offset on."""
        if assignment.topic != INBOUND:
            rows = connection.execute(_rows(assignment, offset).limit(limit))
            return [as_record(row) for row in rows]
        records: list[Record] = []
        while len(records) < limit:
            # `message` knows lanes, not partitions: look at pages of it until there is enough for this one.
            page = connection.execute(_rows(assignment, offset).limit(limit)).all()
            records += [self._pointed(row) for row in page if self._is_of(row, assignment)]
            if len(page) < limit:
                break
            offset = page[-1].position + 1
        return records[:limit]

    def count(self, connection: Connection, assignment: Assignment, offset: int) -> int:
        """Count the records of one partition from an offset on: exactly up to `COUNTED`, and then at
        most so many.
        """
        page = connection.execute(_rows(assignment, offset).limit(COUNTED)).all()
        if len(page) == COUNTED:
            return self.bounds(connection, assignment.topic)[assignment.partition][1] - offset
        if assignment.topic == INBOUND:
            return sum(self._is_of(row, assignment) for row in page)
        return len(page)

    def first_at(self, connection: Connection, assignment: Assignment, time_ms: int) -> int:
        """Return the first offset appended at or after a time, or the end: by halves, for times rise
        with offsets.
        """
        low, end = self.bounds(connection, assignment.topic)[assignment.partition]
        high = end
        while low < high:
            middle = (low + high) // 2
            found = self.some(connection, assignment, middle, 1)
            if not found or found[0].time_ms >= time_ms:
                high = middle
            else:
                low = found[0].offset + 1
        found = self.some(connection, assignment, low, 1)
        return found[0].offset if found else end

    def _is_of(self, row: Row[Any], assignment: Assignment) -> bool:
        return partition_of(row.lane, self.partitions) == assignment.partition

    def _pointed(self, row: Row[Any]) -> Record:
        partition = partition_of(row.lane, self.partitions)
        return inbound_record(as_pointer(row), prefix=self.prefix, partition=partition, offset=row.position)


def _rows(assignment: Assignment, offset: int) -> Select[Any]:
    if assignment.topic == INBOUND:
        kept = select(*POINTER).where(message.c.outcome == "kept", message.c.position >= offset)
        return kept.order_by(message.c.position)
    this = (event_log.c.topic == assignment.topic, event_log.c.partition == assignment.partition)
    return select(event_log).where(*this, event_log.c.position >= offset).order_by(event_log.c.position)

"""The log as tables: `event_log`, and topic `inbound` as table `message` shows it.

On SQLite `event_log` is the log; on PostgreSQL it is the outbox that the relay empties into Kafka. Plain
functions of a connection; offsets are positions, numbered over all topics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import bindparam, func, select

from ascbridge.events.logs import trace_context
from ascbridge.events.logs.cloud_event import (
    CONTENT_TYPE,
    Pointer,
    inbound_record,
    schema_of,
    source_of,
    told_headers,
)
from ascbridge.events.logs.envelope import partition_of
from ascbridge.events.logs.log import INBOUND, Assignment, Fetched, OffsetOutsideLog, Record
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import event_log, log_floor, message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.envelope import ReleasedEvent

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

_INBOUND = Prepared.of(
    lambda _: (
        select(*POINTER)
        .where(message.c.outcome == "kept", message.c.position >= bindparam("from_offset"))
        .order_by(message.c.position)
        .limit(bindparam("most"))
    )
)
_KEPT_AT = Prepared.of(
    lambda one_of: (
        select(*POINTER)
        .where(message.c.outcome == "kept", one_of(message.c.position, "at"))
        .order_by(message.c.position)
    )
)
_TOPIC = Prepared.of(
    lambda _: (
        select(event_log)
        .where(
            event_log.c.topic == bindparam("of_topic"),
            event_log.c.partition == bindparam("of_partition"),
            event_log.c.position >= bindparam("from_offset"),
        )
        .order_by(event_log.c.position)
        .limit(bindparam("most"))
    )
)


def as_row(record: Record, *, short: bool = False) -> dict[str, Any]:
    """Return the row that holds a record; the table gives the position.

    A `short` one leaves out the headers that follow from its other columns and its type: a fifth of a log that is kept
    for months. `as_record` reads both, the relay of an earlier version only whole ones.
    """
    headers: Mapping[str, str] = record.headers
    event_id = headers.get("ce_id", "")
    if short:
        implied = _implied(record.event_type)
        told = headers.get("ce_subject") == record.key and event_id
        if told and all(headers.get(name) == value for name, value in implied.items()):
            headers = _untraced(
                {name: value for name, value in headers.items() if name not in _IMPLIED}, event_id
            )
    return {
        "topic": record.topic,
        "partition": record.partition,
        "key": record.key,
        "event_id": event_id,
        "time_ms": record.time_ms,
        "headers": orjson.dumps(dict(headers)).decode(),
        "value": record.value,
    }


def short_row(event: ReleasedEvent, partition: int, now_ms: int) -> dict[str, Any]:
    """Return the short row of an event of ours, which `as_row` would make of its record; `now_ms` is now."""
    return {
        "topic": event.topic,
        "partition": partition,
        "key": event.subject,
        "event_id": event.id,
        "time_ms": now_ms,
        "headers": orjson.dumps(_untraced(told_headers(event), event.id)).decode(),
        "value": orjson.dumps(event.data),
    }


def as_record(row: Sequence[Any]) -> Record:
    """Return the record that a row of the whole table holds; its position is the offset."""
    position, topic, partition, key, event_id, time_ms, text, value = row
    headers = orjson.loads(text)
    if event_id and "ce_id" not in headers:
        headers |= _implied(headers["ce_type"])
        headers["ce_id"], headers["ce_subject"] = event_id, key
        if correlation := headers.get("ce_correlationid"):
            headers.setdefault(_TRACE, trace_context.traceparent(correlation, event_id))
    return Record(topic, partition, position, key, headers, value, time_ms)


def _untraced(headers: dict[str, str], event_id: str) -> dict[str, str]:
    """Leave out a trace context that follows from the ids; one that a sender began stays."""
    correlation = headers.get("ce_correlationid", "")
    if headers.get(_TRACE) == trace_context.traceparent(correlation, event_id):
        headers.pop(_TRACE, None)
    return headers


_TRACE = "ce_traceparent"
_IMPLIED = frozenset({"ce_specversion", "ce_id", "ce_source", "ce_subject", "ce_dataschema", "content-type"})
"""The headers of an event of ours that its key, id and type (prefix, family, fact, version) decide."""


@lru_cache(maxsize=1_024)
def _implied(event_type: str) -> dict[str, str]:
    """Those of them that its type decides; not to be changed."""
    prefix = event_type.rsplit(".", 3)[0]
    return {
        "ce_specversion": "1.0",
        "ce_source": source_of(prefix),
        "ce_dataschema": schema_of(event_type, prefix),
        "content-type": CONTENT_TYPE,
    }


def as_pointer(row: Sequence[Any]) -> Pointer:
    """Return the pointer to a kept message, from a row that begins with `POINTER`."""
    _, message_id, feed, lane, received_ms, translation = row[:6]
    return Pointer(message_id, feed, lane, received_ms, translation)


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
            return [as_record(row) for row in _rows(connection, assignment, offset, limit)]
        records: list[Record] = []
        while len(records) < limit:
            # `message` knows lanes, not partitions: look at pages of it until there is enough for this one.
            page = _rows(connection, assignment, offset, limit)
            records += [self._pointed(row) for row in page if self._is_of(row, assignment)]
            if len(page) < limit:
                break
            offset = page[-1][0] + 1
        return records[:limit]

    def kept_at(self, connection: Connection, positions: Sequence[int]) -> list[Record]:
        """Return the records of topic `inbound` at these positions, in their order; what was refused is none."""
        return [self._pointed(row) for row in _KEPT_AT.rows(connection, at=list(positions))]

    def count(self, connection: Connection, assignment: Assignment, offset: int) -> int:
        """Count the records of one partition from an offset on: exactly up to `COUNTED`, and then at
        most so many.
        """
        page = _rows(connection, assignment, offset, COUNTED)
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

    def _is_of(self, row: Sequence[Any], assignment: Assignment) -> bool:
        return partition_of(as_pointer(row).lane, self.partitions) == assignment.partition

    def _pointed(self, row: Sequence[Any]) -> Record:
        pointer = as_pointer(row)
        partition = partition_of(pointer.lane, self.partitions)
        return inbound_record(pointer, prefix=self.prefix, partition=partition, offset=row[0])


def _rows(connection: Connection, assignment: Assignment, offset: int, most: int) -> Sequence[Sequence[Any]]:
    if assignment.topic == INBOUND:
        return _INBOUND.rows(connection, from_offset=offset, most=most)
    return _TOPIC.rows(
        connection,
        of_topic=assignment.topic,
        of_partition=assignment.partition,
        from_offset=offset,
        most=most,
    )

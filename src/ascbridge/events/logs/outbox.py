"""The outbox: events leave in the transaction of what caused them, so neither can be without the other.

On SQLite the table it writes is the log itself; on PostgreSQL the relay (`events.relay`) carries its rows
to Kafka.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from ascbridge.events.logs.cloud_event import inbound_record, to_record
from ascbridge.events.logs.envelope import ReleasedEvent, partition_of
from ascbridge.events.logs.log_table import POINTER, as_pointer, as_row, short_row
from ascbridge.storage.tables import event_log, message, open_effect
from ascbridge.storage.upsert import insert, insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.logs.log import Record


class Outbox:
    """Where events leave. `readers` says which consumers read which topics; each owes an effect for each
    event.
    """

    def __init__(self, partitions: int, prefix: str, readers: Mapping[str, tuple[str, ...]]) -> None:
        self._partitions = partitions
        self._prefix = prefix
        self._readers: dict[str, list[str]] = {}
        for consumer, topics in readers.items():
            for topic in topics:
                self._readers.setdefault(topic, []).append(consumer)

    def emit(self, connection: Connection, events: Sequence[ReleasedEvent], now_ms: int) -> None:
        """Publish events, in this order, with an open effect for each reader of their topic.

        Raises `TypeError` for anything that did not pass `people.release`.
        """
        if not all(isinstance(event, ReleasedEvent) for event in events):
            raise TypeError("only people.release makes what the outbox takes")
        placed = [(event, partition_of(event.subject, self._partitions)) for event in events]
        if connection.dialect.name == "sqlite":  # what is here stays here, and follows from itself
            insert(connection, event_log, [short_row(event, place, now_ms) for event, place in placed])
        else:
            _insert(
                connection,
                [
                    to_record(event, prefix=self._prefix, partition=place, now_ms=now_ms)
                    for event, place in placed
                ],
            )
        effects = [
            {
                "message_id": event.correlation_id,
                "event_id": event.id,
                "reader": reader,
                "subject": event.subject,
            }
            for event in events
            for reader in self._readers.get(event.topic, ())
        ]
        insert_missing(connection, open_effect, effects)

    def announce(self, connection: Connection, message_ids: Sequence[str]) -> None:
        """Point the `inbound` topic at kept messages: for Kafka, where table `message` is not the topic
        itself.
        """
        wanted = select(*POINTER).where(message.c.message_id.in_(message_ids), message.c.outcome == "kept")
        pointers = [as_pointer(row) for row in connection.execute(wanted.order_by(message.c.position))]
        records = [
            inbound_record(one, prefix=self._prefix, partition=partition_of(one.lane, self._partitions))
            for one in pointers
        ]
        _insert(connection, records)


def _insert(connection: Connection, records: Sequence[Record]) -> None:
    if not records:
        return
    _lock_keys(connection, {record.key for record in records})
    insert(connection, event_log, [as_row(record) for record in records])


def _lock_keys(connection: Connection, keys: Iterable[str]) -> None:
    """Let positions of one key be in commit order: PostgreSQL numbers rows at insert, not at commit.

    Two transactions that speak of one key would otherwise be relayed in the order in which they drew numbers.
    SQLite has one writer, so there the two orders are one.
    """
    if connection.dialect.name != "postgresql":
        return
    digests = [hashlib.sha256(f"event_log:{key}".encode()).digest() for key in keys]
    numbers = sorted(int.from_bytes(digest[:8], "big", signed=True) for digest in digests)
    each = func.unnest(bindparam("numbers", numbers, type_=ARRAY(BigInteger))).column_valued("number")
    connection.execute(select(func.pg_advisory_xact_lock(each)))

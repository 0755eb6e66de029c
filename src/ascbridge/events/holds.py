"""Holds: one person's events wait behind the one that failed, and everybody else's flow on.

The head of a held lane is tried again a few times; its followers are parked behind it. After the last try
only the head becomes a dead letter; the rest go on, marked. Every step is taken in the transaction that
moves the position.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import bindparam, delete, func, select, update

from ascbridge.events import ledger
from ascbridge.events.cloud_event import GAP, message_of
from ascbridge.events.log import INBOUND, Assignment, Record
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import held, parked
from ascbridge.storage.upsert import insert_missing, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

MINUTE_MS = 60_000
PAUSED_MS = 5_000
"""How long a held lane is left alone where what waits in it is paused."""
_HELD_LANES = Prepared.of(
    lambda one_of: (
        select(held.c.lane)
        .where(held.c.consumer == bindparam("reader"), one_of(held.c.lane, "lanes"))
        .with_for_update(read=True)
    )
)


@dataclass(frozen=True, slots=True)
class HoldRules:
    """How long a lane is held: its head is tried `tries` times more within `minutes`, each wait twice the
    last.

    More than `common_lanes` people held with one cause is our fault: nobody's event is then given up. What
    came by a feed that `feeds` names has the tries and minutes that stand there.
    """

    tries: int = 5
    minutes: float = 10
    common_lanes: int = 20
    feeds: Mapping[str, HoldRules] = field(default_factory=dict)

    def of(self, feed: str) -> HoldRules:
        """Return the rules for what came by a feed; what no feed brought, such as a desk act, has the usual ones."""
        return self.feeds.get(feed, self)

    def wait_ms(self, failures: int) -> int:
        """Return how long to wait after a head has failed so often."""
        first = self.minutes * MINUTE_MS / ((1 << self.tries) - 1)
        return max(1, round(first * (1 << min(failures, self.tries) - 1)))

    @property
    def longest_ms(self) -> int:
        """Return longer than any wait is: who would wait longer was told so by a clock that was set back since."""
        return round(max(self.minutes, *(one.minutes for one in self.feeds.values()), 0) * MINUTE_MS)

    def spent(self, failures: int, since_ms: int, now_ms: int) -> bool:
        """Whether a head that has failed so often, and first at `since_ms`, has had its last try."""
        return failures > self.tries or (failures > 1 and now_ms - since_ms >= self.minutes * MINUTE_MS)


@dataclass(frozen=True, slots=True)
class Held:
    """A held lane: its head in the log, why it failed and when (UTC epoch milliseconds)."""

    lane: str
    head: tuple[str, int, int]
    cause: str
    since_ms: int
    tries: int
    next_try_ms: int

    @property
    def assignment(self) -> Assignment:
        """The partition whose owner tries it again."""
        return Assignment(self.head[0], self.head[1])


def held_lanes(connection: Connection, consumer: str, lanes: Collection[str]) -> set[str]:
    """Return which of these lanes are held, and keep them from being released until the transaction ends."""
    return {lane for (lane,) in _HELD_LANES.rows(connection, reader=consumer, lanes=list(lanes))}


def park(connection: Connection, consumer: str, records: Sequence[Record], now_ms: int) -> None:
    """Lay records aside, behind the head of their lane (or as its head: see `hold`)."""
    rows = [
        {
            "consumer": consumer, "topic": record.topic, "partition": record.partition, "offset": record.offset,
            "lane": record.key, "event_id": record.event_id, "message_id": message_of(record),
            "headers": orjson.dumps(dict(record.headers)).decode(), "value": record.value,
            "time_ms": record.time_ms, "parked_ms": now_ms,
        }
        for record in records
    ]  # fmt: skip
    insert_missing(connection, parked, rows)
    if records:
        settle(connection, records, now_ms)


def hold(
    connection: Connection,
    consumer: str,
    head: Record,
    cause: str,
    next_try_ms: int,
    now_ms: int,
    *,
    tries: int = 1,
    since_ms: int | None = None,
) -> None:
    """Hold the lane of a record that failed, with it as the head."""
    row = {
        "consumer": consumer, "lane": head.key, "topic": head.topic, "partition": head.partition,
        "offset": head.offset, "cause": cause, "since_ms": now_ms if since_ms is None else since_ms,
        "tries": tries, "next_try_ms": next_try_ms,
    }  # fmt: skip
    upsert(connection, held, [row])
    park(connection, consumer, [head], now_ms)


def due(
    connection: Connection, consumer: str, owned: Collection[Assignment], now_ms: int, longest_ms: int
) -> tuple[list[str], int | None]:
    """Return the held lanes of these partitions whose next try is due, and when the next one after them
    is. One that is further ahead than `longest_ms` is due too.
    """
    wanted = select(held.c.lane, held.c.topic, held.c.partition, held.c.next_try_ms)
    wanted = wanted.where(held.c.consumer == consumer).order_by(held.c.next_try_ms)
    mine = [row for row in connection.execute(wanted) if Assignment(row.topic, row.partition) in owned]
    later = [row.next_try_ms for row in mine if now_ms < row.next_try_ms <= now_ms + longest_ms]
    lanes = [row.lane for row in mine if not now_ms < row.next_try_ms <= now_ms + longest_ms]
    return lanes, min(later, default=None)


def take(connection: Connection, consumer: str, lane: str) -> Held | None:
    """Return a held lane, which nobody else can touch until the transaction ends; None if it is free."""
    row = connection.execute(
        select(held).where(held.c.consumer == consumer, held.c.lane == lane).with_for_update()
    ).first()
    if row is None:
        return None
    head = (row.topic, row.partition, row.offset)
    return Held(row.lane, head, row.cause, row.since_ms, row.tries, row.next_try_ms)


def waiting(connection: Connection, consumer: str, lane: Held, limit: int) -> list[Record]:
    """Return the head of a held lane and what is parked behind it, each topic in its order."""
    wanted = (
        select(parked)
        .where(parked.c.consumer == consumer, parked.c.lane == lane.lane)
        .order_by(parked.c.topic, parked.c.partition, parked.c.offset)
        .limit(limit)
    )
    records = [
        Record(
            row.topic, row.partition, row.offset, row.lane, orjson.loads(row.headers), row.value, row.time_ms
        )
        for row in connection.execute(wanted)
    ]
    return sorted(records, key=lambda record: place(record) != lane.head)


def take_out(connection: Connection, consumer: str, record: Record) -> None:
    """Take one record out of its lane, to be handled or buried; the caller settles its message."""
    connection.execute(delete(parked).where(*_at(consumer, record)))


def release(connection: Connection, consumer: str, lane: str) -> None:
    """Let a lane flow again."""
    connection.execute(delete(held).where(held.c.consumer == consumer, held.c.lane == lane))


def feed_of(connection: Connection, record: Record) -> str:
    """Return the feed that brought the message which a record follows from; empty: none did."""
    return record.headers.get("feed") or ledger.feed_of(connection, message_of(record))


def people_with_cause(connection: Connection, consumer: str, cause: str) -> int:
    """Count the lanes that are held with this cause."""
    counted = select(func.count()).where(held.c.consumer == consumer, held.c.cause == cause)
    return connection.scalar(counted) or 0


def count(connection: Connection, consumer: str) -> int:
    """Count the lanes that this consumer holds."""
    return connection.scalar(select(func.count()).where(held.c.consumer == consumer)) or 0


def retry_now(connection: Connection, consumer: str, lane: str, now_ms: int) -> bool:
    """Let the owner try a held lane at once; whether there was one. The caller audits."""
    this = (held.c.consumer == consumer, held.c.lane == lane)
    return connection.execute(update(held).where(*this).values(next_try_ms=now_ms)).rowcount == 1


def put_off(connection: Connection, consumer: str, lane: Held, now_ms: int) -> None:
    """Try a held lane later, without counting a try or the time: somebody paused what waits in it."""
    this = (held.c.consumer == consumer, held.c.lane == lane.lane)
    later_ms = max(0, now_ms + PAUSED_MS - lane.next_try_ms)
    connection.execute(
        update(held).where(*this).values(next_try_ms=now_ms + PAUSED_MS, since_ms=lane.since_ms + later_ms)
    )


def settle(connection: Connection, records: Iterable[Record], now_ms: int) -> None:
    """Settle the messages of records; one that was never translated is not in the ledger yet."""
    here = list(records)
    new = [
        (record.event_id, record.headers.get("feed", ""), int(record.headers.get("kept_ms", now_ms)))
        for record in here
        if record.topic == INBOUND
    ]
    ledger.appear(connection, new, now_ms)
    ledger.settle(connection, {message_of(record) for record in here}, now_ms)


def place(record: Record) -> tuple[str, int, int]:
    """Return where in the log a record stands."""
    return record.topic, record.partition, record.offset


def marked(record: Record, missing: str) -> Record:
    """Return the record as one that goes on without event `missing`."""
    return replace(record, headers={**record.headers, GAP: missing})


def _at(consumer: str, record: Record) -> tuple[ColumnElement[bool], ...]:
    return (
        parked.c.consumer == consumer,
        parked.c.topic == record.topic,
        parked.c.partition == record.partition,
        parked.c.offset == record.offset,
    )

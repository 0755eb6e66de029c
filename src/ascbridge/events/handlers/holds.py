"""Holds: one person's events wait behind the one that failed, and everybody else's flow on.

The head of a held lane is tried again a few times; its followers are parked behind it. After the last try
only the head becomes a dead letter; the rest go on, marked. Every step is taken in the transaction that
moves the position.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import bindparam, delete, func, not_, select, tuple_, update

from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.cloud_event import GAP, message_of
from ascbridge.events.logs.log import INBOUND, Assignment, Record
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

_STANDING = Prepared.of(
    lambda one_of: (
        select(held.c.lane, held.c.topic, held.c.partition, held.c.offset)
        .where(held.c.consumer == bindparam("reader"), one_of(held.c.lane, "lanes"))
        .with_for_update()
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


def put_back(
    connection: Connection, consumer: str, records: Sequence[tuple[Record, str]], now_ms: int
) -> None:
    """Put records that were given up on, each with its cause, back into their lanes, to be tried at once.

    Each stands at the head of its lane, unless an earlier one of the same partition stands there already: in front of
    what came before it nothing goes. They are given in the order in which they were given up.
    """
    lanes = sorted({record.key for record, _ in records})
    standing = {
        lane: (topic, partition, offset)
        for lane, topic, partition, offset in _STANDING.rows(connection, reader=consumer, lanes=lanes)
    }
    heads: dict[str, tuple[Record, str]] = {}
    for record, cause in records:
        if not _follows(place(record), standing.get(record.key)) and (
            record.key not in heads or _follows(place(heads[record.key][0]), place(record))
        ):
            heads[record.key] = (record, cause)
    rows = [
        {
            "consumer": consumer, "lane": lane, "topic": head.topic, "partition": head.partition,
            "offset": head.offset, "cause": cause, "since_ms": now_ms, "tries": 0, "next_try_ms": now_ms,
        }
        for lane, (head, cause) in heads.items()
    ]  # fmt: skip
    upsert(connection, held, rows)
    park(connection, consumer, [record for record, _ in records], now_ms)


def put_back_waiting(connection: Connection, most: int) -> int:
    """Count the lanes that were put back and not tried yet, of every reader, up to `most`."""
    fresh = select(held.c.lane).where(held.c.tries == 0).limit(most)
    return connection.scalar(select(func.count()).select_from(fresh.subquery())) or 0


def take_put_back(connection: Connection, consumer: str, lanes: Sequence[str]) -> list[Held]:
    """Return those of these lanes that were put back and not tried yet; nobody else can touch them meanwhile."""
    wanted = (
        select(held)
        .where(held.c.consumer == consumer, held.c.lane.in_(lanes), held.c.tries == 0)
        .order_by(held.c.lane)
        .with_for_update()
    )
    return [_held(row) for row in connection.execute(wanted)]


def all_waiting(connection: Connection, consumer: str, lanes: Sequence[Held], most: int) -> list[Record]:
    """Return what waits in some held lanes, up to `most`, lane by lane, each with its head in front."""
    heads = {one.lane: one.head for one in lanes}
    wanted = (
        select(parked)
        .where(parked.c.consumer == consumer, parked.c.lane.in_(heads))
        .order_by(parked.c.lane, parked.c.topic, parked.c.partition, parked.c.offset)
        .limit(most)
    )
    records = [_record(row) for row in connection.execute(wanted)]
    return sorted(records, key=lambda record: (record.key, place(record) != heads[record.key]))


def let_go(connection: Connection, consumer: str, lanes: Sequence[str]) -> None:
    """Take all that waits in some lanes out, to be handled, and let the lanes flow again; the caller settles."""
    connection.execute(delete(parked).where(parked.c.consumer == consumer, parked.c.lane.in_(lanes)))
    connection.execute(delete(held).where(held.c.consumer == consumer, held.c.lane.in_(lanes)))


def due(
    connection: Connection,
    consumer: str,
    owned: Collection[Assignment],
    now_ms: int,
    longest_ms: int,
    most: int = 1_000,
) -> tuple[list[str], int | None]:
    """Return up to `most` held lanes of these partitions whose next try is due, the longest due first, and when the
    next one after them is. One that is further ahead than `longest_ms` is due too.
    """
    mine = (
        held.c.consumer == consumer,
        tuple_(held.c.topic, held.c.partition).in_(sorted((here.topic, here.partition) for here in owned)),
    )
    later = held.c.next_try_ms.between(now_ms + 1, now_ms + longest_ms)
    wanted = (
        select(held.c.lane).where(*mine, not_(later)).order_by(held.c.next_try_ms, held.c.lane).limit(most)
    )
    next_ms = connection.scalar(select(func.min(held.c.next_try_ms)).where(*mine, later))
    return list(connection.scalars(wanted)), next_ms


def take(connection: Connection, consumer: str, lane: str) -> Held | None:
    """Return a held lane, which nobody else can touch until the transaction ends; None if it is free."""
    row = connection.execute(
        select(held).where(held.c.consumer == consumer, held.c.lane == lane).with_for_update()
    ).first()
    if row is None:
        return None
    return _held(row)


def waiting(connection: Connection, consumer: str, lane: Held, limit: int) -> list[Record]:
    """Return the head of a held lane and what is parked behind it, each topic in its order."""
    wanted = (
        select(parked)
        .where(parked.c.consumer == consumer, parked.c.lane == lane.lane)
        .order_by(parked.c.topic, parked.c.partition, parked.c.offset)
        .limit(limit)
    )
    records = [_record(row) for row in connection.execute(wanted)]
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


def _follows(one: tuple[str, int, int], other: tuple[str, int, int] | None) -> bool:
    """Whether one place comes after another of the same partition."""
    return other is not None and one[:2] == other[:2] and one[2] > other[2]


def _held(row: Any) -> Held:
    head = (row.topic, row.partition, row.offset)
    return Held(row.lane, head, row.cause, row.since_ms, row.tries, row.next_try_ms)


def _record(row: Any) -> Record:
    headers = orjson.loads(row.headers)
    return Record(row.topic, row.partition, row.offset, row.lane, headers, row.value, row.time_ms)


def _at(consumer: str, record: Record) -> tuple[ColumnElement[bool], ...]:
    return (
        parked.c.consumer == consumer,
        parked.c.topic == record.topic,
        parked.c.partition == record.partition,
        parked.c.offset == record.offset,
    )

"""Pruning the log of the single machine: by the same file as Kafka's topics, and never what somebody may
still need.

A row goes when it is older than its topic's retention and lies before every reader's position, every parked
record and every event with an open effect. Kept messages are a truth of their own and are not touched here.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from ascbridge.events.logs.log import INBOUND, Assignment
from ascbridge.events.logs.retention_rounds import Portion
from ascbridge.storage.tables import dead_letter, event_log, log_floor, open_effect, parked, position
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.topics import Topics

AT_ONCE = 5_000
"""Rows in one transaction: the writer must not be kept from its work for long."""


def prune_unread(connection: Connection, topic: str, before_ms: int) -> None:
    """Delete what was appended to a topic before a time (UTC ms), in a log of which nobody keeps a position."""
    connection.execute(delete(event_log).where(event_log.c.topic == topic, event_log.c.time_ms < before_ms))


def prune(connection: Connection, topics: Topics, now_ms: int, at_once: int = AT_ONCE) -> int:
    """Delete up to `at_once` rows and return how many; call it again in another transaction until it
    returns 0.
    """
    left = at_once
    for name, topic in topics.topic.items():
        for partition in range(topics.partitions):
            if name != INBOUND and left > 0:
                part = Assignment(name, partition)
                left -= _prune_part(connection, part, now_ms - topic.retention_ms, left, now_ms)
    return at_once - left


def drop_letters(
    connection: Connection,
    after: str,
    before_ms: int,
    on_hold: Callable[[Connection, Collection[str]], set[str]],
    most: int = 200,
) -> Portion:
    """Remove dead letters that somebody dealt with before a time (UTC ms), a part after another. One that is open
    stays, however old, and so does one whose message is `on_hold`.
    """
    d = dead_letter.c
    wanted = select(d.dead_id, d.message_id).where(d.state != "open", d.closed_ms < before_ms)
    rows = connection.execute(wanted.where(d.dead_id > after).order_by(d.dead_id).limit(most)).all()
    kept = on_hold(connection, {row.message_id for row in rows})
    gone = [row.dead_id for row in rows if row.message_id not in kept]
    if gone:
        connection.execute(delete(dead_letter).where(d.dead_id.in_(gone)))
    last = rows[-1].dead_id if len(rows) == most else None
    return Portion(len(gone), on_hold=len(rows) - len(gone), after=last)


def _prune_part(connection: Connection, part: Assignment, before_ms: int, limit: int, now_ms: int) -> int:
    this = (event_log.c.topic == part.topic, event_log.c.partition == part.partition)
    first = select(event_log.c.time_ms).where(*this).order_by(event_log.c.position).limit(1)
    if (connection.scalar(first) or before_ms) >= before_ms:
        return 0  # mostly: looked up in one row
    end = _first_needed(connection, part)
    # Only as many rows are looked at as may go now, however long the log is.
    oldest = select(event_log.c.position, event_log.c.time_ms, event_log.c.event_id).where(*this)
    rows = connection.execute(oldest.order_by(event_log.c.position).limit(limit)).all()
    gone = list(takewhile(lambda row: row.position < end and row.time_ms < before_ms, rows))
    owed = _owed(connection, [row.event_id for row in gone])
    gone = list(takewhile(lambda row: row.event_id not in owed, gone))
    if not gone:
        return 0
    last = gone[-1].position
    connection.execute(delete(event_log).where(*this, event_log.c.position <= last))
    floor = {"topic": part.topic, "partition": part.partition, "first_offset": last + 1, "pruned_ms": now_ms}
    upsert(connection, log_floor, [floor])
    return len(gone)


def _first_needed(connection: Connection, part: Assignment) -> int:
    """Return the first position that must stay, whatever its age: the next of the slowest reader, or one
    parked.
    """
    # SQLite numbers a new row after the greatest one there, so the last row of the table always stays: a position
    # that was given once may never be given again.
    ends = [connection.scalar(select(func.max(event_log.c.position))) or 0]
    read = select(func.min(position.c.next_offset)).where(
        position.c.topic == part.topic, position.c.partition == part.partition
    )
    waiting = select(func.min(parked.c.offset)).where(
        parked.c.topic == part.topic, parked.c.partition == part.partition
    )
    found = (connection.scalar(wanted) for wanted in (read, waiting))
    return min(ends + [one for one in found if one is not None])


def _owed(connection: Connection, event_ids: Sequence[str]) -> set[str]:
    """Return which of these events somebody has not dealt with yet."""
    owed: set[str] = set()
    for start in range(0, len(event_ids), 500):
        some = event_ids[start : start + 500]
        owed.update(
            connection.scalars(select(open_effect.c.event_id).where(open_effect.c.event_id.in_(some)))
        )
    return owed

"""Which feeds speak, which are late, how much comes in, and how far each reader is: what IT staff look at
first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.events.logs.envelope import first_id, id_millisecond
from ascbridge.intake.reading.translator import Translator
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import (
    dirty_person,
    feed_heard,
    intake_count,
    ledger_count,
    message,
    open_effect,
    position,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_HOUR_MS = 3_600_000
_HEARD = Prepared(select(feed_heard.c.feed, feed_heard.c.last_ms))
TRANSLATOR = Translator.name


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that is expected to speak: its name, what people call it, and the silence after which it is
    late.
    """

    name: str
    title: str
    late_after_ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    """When a feed last spoke (`last_ms`, None: never) and whether that is too long ago."""

    feed: Feed
    last_ms: int | None
    late: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """How many messages of a feed came within the last hour, by outcome, and how many were sent to us
    again.
    """

    kept: int = 0
    refused: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Reader:
    """How far a reader is: when it last moved, and how many events still wait for it."""

    name: str
    moved_ms: int | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a consumer or sink: how much, since when the oldest was kept, when the reader last moved."""

    waiting: int
    oldest_ms: int | None
    moved_ms: int | None


def heard(connection: Connection, feeds: Sequence[Feed], now_ms: int) -> tuple[Heard, ...]:
    """Say of each feed when it last spoke; one that never did is late."""
    found: dict[str, int] = dict(map(tuple, _HEARD.rows(connection)))
    return tuple(
        Heard(feed, last := found.get(feed.name), last is None or now_ms - last > feed.late_after_ms)
        for feed in feeds
    )


def rates(connection: Connection, now_ms: int) -> dict[str, Rate]:
    """Count the last hour's messages of each feed. Message ids lead with their time, so this reads that
    hour only.
    """
    by_feed = unindexed(message.c.feed)  # by the time, not in the order of another index
    rows = connection.execute(
        select(by_feed, message.c.outcome, func.count(), func.sum(message.c.repeats))
        .where(message.c.message_id >= first_id(now_ms - _HOUR_MS))
        .group_by(by_feed, message.c.outcome)
    )
    counts: dict[str, dict[str, int]] = {}
    for feed, outcome, n, repeats in rows:
        of_feed = counts.setdefault(feed, {"kept": 0, "refused": 0, "repeats": 0})
        of_feed[outcome] += n
        of_feed["repeats"] += int(repeats or 0)
    return {feed: Rate(**numbers) for feed, numbers in counts.items()}


def readers(connection: Connection) -> tuple[Reader, ...]:
    """Say of each consumer and each sink when it last moved and how much waits for it."""
    last_moves = select(position.c.consumer, func.max(position.c.moved_ms)).group_by(position.c.consumer)
    open_effects = select(open_effect.c.reader, func.count()).group_by(open_effect.c.reader)
    moved = {name: at_ms for name, at_ms in connection.execute(last_moves)}  # noqa: C416  # rows are no pairs to mypy
    waiting = {name: n for name, n in connection.execute(open_effects)}  # noqa: C416  # as above
    return tuple(
        Reader(name, moved.get(name), waiting.get(name, 0)) for name in sorted(moved.keys() | waiting.keys())
    )


def backlogs(connection: Connection) -> dict[str, Backlog]:
    """For each reader what waits for it, with its age: what one process can know of another by the database.

    The translator's are the kept messages that have no place in the ledger yet. They are not looked at one by one,
    so their age is not known here.
    """
    owed = select(open_effect.c.reader, func.count(), func.min(open_effect.c.event_id))
    owed = owed.group_by(open_effect.c.reader)
    last_moves = select(position.c.consumer, func.max(position.c.moved_ms)).group_by(position.c.consumer)
    moved = {name: at_ms for name, at_ms in connection.execute(last_moves)}  # noqa: C416  # rows are no pairs to mypy
    found = {name: Backlog(0, None, at_ms) for name, at_ms in moved.items()}
    for name, n, first in connection.execute(owed):
        found[name] = Backlog(n, id_millisecond(first), moved.get(name))
    kept = connection.scalar(select(func.sum(intake_count.c.n)).where(intake_count.c.name == "kept")) or 0
    placed = connection.scalar(select(func.sum(ledger_count.c.n))) or 0
    found[TRANSLATOR] = Backlog(max(0, int(kept) - int(placed)), None, moved.get(TRANSLATOR))
    return found


def people_to_publish(connection: Connection) -> dict[str, tuple[int, int]]:
    """For each sink: how many people wait to be published, and since when the longest-waiting one does."""
    rows = connection.execute(
        select(dirty_person.c.sink, func.count(), func.min(dirty_person.c.since_ms)).group_by(
            dirty_person.c.sink
        )
    )
    return {sink: (n, since) for sink, n, since in rows}

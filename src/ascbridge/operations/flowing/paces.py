"""How fast news goes through each family, service and sink: events or people a minute, over the last two or so.

A service's pace is how far its positions moved, a sink's how much it took, between two looks; the family's is asked of
the log. What cannot be told is not known: a bridge that has just begun, or a Kafka that does not answer in time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.events.ledgers import sink_counts
from ascbridge.events.logs import positions
from ascbridge.events.logs.faults import is_infrastructure
from ascbridge.events.logs.log import INBOUND, Assignment
from ascbridge.storage.tables import event_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from ascbridge.events.logs.log import EventLog

MINUTE_MS = 60_000
OVER_MS = 2 * MINUTE_MS
"""Over how long a rate is taken."""
LEAST_MS = 30_000
"""Over less a rate says nothing."""
EVERY_MS = 10_000
PATIENCE_S = 2.0
"""For so long all families together may keep whoever asks waiting."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far every reader had come, by consumer and partition, and how much every sink had taken, at a moment."""

    at_ms: int
    read: Mapping[tuple[str, Assignment], int]
    took: Mapping[str, int]


class Paces:
    """What was seen at the last looks, the oldest first. One process keeps its own, and begins with none."""

    def __init__(self) -> None:
        self._seen: deque[Reached] = deque()

    def due(self, now_ms: int) -> bool:
        """Whether it is time to look again."""
        return not self._seen or not 0 <= now_ms - self._seen[-1].at_ms < EVERY_MS

    def note(self, one: Reached) -> None:
        """Keep what was seen; what was seen by a clock that has been set back since is worth nothing."""
        while self._seen and self._seen[-1].at_ms >= one.at_ms:
            self._seen.pop()
        self._seen.append(one)
        while len(self._seen) > 1 and one.at_ms - self._seen[1].at_ms >= OVER_MS:
            self._seen.popleft()

    def before(self, now_ms: int) -> Reached | None:
        """Return what was seen two minutes ago, or since this process began; None where that says nothing yet."""
        for one in self._seen:
            if LEAST_MS <= now_ms - one.at_ms <= 2 * OVER_MS:
                return one
        return None


def reached(connection: Connection, now_ms: int) -> Reached:
    """Return how far everything is: a few rows."""
    standing = {at: one.next_offset for at, one in positions.standing(connection).items()}
    return Reached(now_ms, standing, {sink: went.n for sink, went in sink_counts.totals(connection).items()})


def of_readers(connection: Connection, before: Reached | None, now: Reached) -> dict[str, float]:
    """Return how many events a minute each reader passed; nothing of one that cannot be told."""
    if before is None:
        return {}
    passed: dict[str, int] = {}
    for (consumer, here), offset in now.read.items():
        was = before.read.get((consumer, here))
        n = 0 if was is None or was >= offset else _passed(connection, here, was, offset)
        passed[consumer] = passed.get(consumer, 0) + n
    return {consumer: n * MINUTE_MS / (now.at_ms - before.at_ms) for consumer, n in passed.items()}


def of_sinks(before: Reached | None, now: Reached) -> dict[str, float]:
    """Return how much a minute each sink took that ever took anything."""
    if before is None:
        return {}
    span_ms = now.at_ms - before.at_ms
    return {sink: max(0, n - before.took.get(sink, 0)) * MINUTE_MS / span_ms for sink, n in now.took.items()}


def _passed(connection: Connection, here: Assignment, first: int, end: int) -> int:
    """Count what lies between two offsets. In our own log all topics share one row of numbers; in Kafka none does."""
    if connection.dialect.name != "sqlite" or here.topic == INBOUND:
        return end - first
    e = event_log.c
    between = (e.topic == here.topic, e.partition == here.partition, e.position >= first, e.position < end)
    return int(connection.scalar(select(func.count()).select_from(event_log).where(*between)) or 0)


async def of_families(
    log: EventLog, topics: Iterable[str], now_ms: int, patience_s: float = PATIENCE_S
) -> dict[str, float]:
    """Return how many events of each topic came a minute; nothing of one of which the log does not answer in time.

    All are asked at once. Who does not answer is left to itself: to wait until it lets go is to wait for it.
    """
    asked = {topic: asyncio.create_task(_of_family(log, topic, now_ms)) for topic in topics}
    if not asked:
        return {}
    try:
        done, _ = await asyncio.wait(asked.values(), timeout=patience_s)
    finally:
        for task in asked.values():
            task.cancel()
    return {
        topic: rate
        for topic, task in asked.items()
        if task in done and not task.cancelled() and (rate := task.result()) is not None
    }


async def _of_family(log: EventLog, topic: str, now_ms: int) -> float | None:
    try:
        since = await log.offset_at(topic, now_ms - OVER_MS)
        found = await log.behind({Assignment(topic, part): offset for part, offset in since.items()})
    except Exception as fault:
        if not is_infrastructure(fault):
            raise
        return None
    return sum(found.values()) * MINUTE_MS / OVER_MS

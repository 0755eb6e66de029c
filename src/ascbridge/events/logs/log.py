"""The log: the one port between those who say what happened and those who act on it.

Two implementations exist, `SqliteEventLog` and `KafkaEventLog`, and one behaviour suite runs on both
(tests/events/logs/test_log.py). Positions are never kept here: they live in the database, moved in the
transaction of the effect (`events.delivery`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INBOUND = "inbound"
PERSON = "person"
REFERRAL = "referral"
DISCHARGE = "discharge"
CARE = "care"
TASK = "task"
SAFEGUARDING = "safeguarding"
SHADOW = "shadow"
TOPICS = (INBOUND, PERSON, REFERRAL, DISCHARGE, CARE, TASK, SAFEGUARDING, SHADOW)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic. `headers` are CloudEvents attributes (``ce_id``, ``ce_type``...), `value` JSON
    bytes.

    Offsets of a partition rise but need not be dense. `time_ms` is UTC epoch milliseconds of the append.
    """

    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, str]
    value: bytes
    time_ms: int = 0

    @property
    def event_id(self) -> str:
        """The CloudEvents id."""
        return self.headers.get("ce_id", "")

    @property
    def event_type(self) -> str:
        """The CloudEvents type, with its prefix."""
        return self.headers.get("ce_type", "")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A partition that this reader now owns, and the offset from which it wants to read."""

    topic: str
    partition: int


@dataclass(slots=True)
class Fetched:
    """What one fetch gave: records in offset order for each partition."""

    records: dict[Assignment, list[Record]] = field(default_factory=dict)


class OffsetOutsideLog(RuntimeError):
    """The wanted offset is gone or not there yet. The reader stops and says so; it never resets by itself."""


class Subscription(Protocol):
    """One member of a consumer group, reading some partitions of some topics."""

    @property
    def generation(self) -> int:
        """Rises whenever partitions come or go; every position must then be claimed and sought again."""

    async def assigned(self) -> frozenset[Assignment]:
        """The partitions this member owns now."""

    async def seek(self, assignment: Assignment, offset: int) -> None:
        """Read that partition from `offset` next. Raises `OffsetOutsideLog`."""

    async def fetch(self, limit: int, wait_s: float) -> Fetched:
        """Wait up to `wait_s` for records of partitions sought in this generation; at most `limit` in all.

        Raises `OffsetOutsideLog`.
        """

    async def close(self) -> None:
        """Leave."""


class EventLog(Protocol):
    """Topics of records, partitioned by key, kept for a while, read by many."""

    async def append(self, records: Sequence[Record]) -> None:
        """Append records (offsets are given by the log) and return when they are durable, in order for
        each key.
        """

    async def subscribe(self, consumer: str, topics: Sequence[str], member: str) -> Subscription:
        """Join consumer group `consumer` as static member `member`."""

    async def bounds(self, topic: str) -> dict[int, tuple[int, int]]:
        """For each partition the first offset held and the offset after the last."""

    async def offset_at(self, topic: str, time_ms: int) -> dict[int, int]:
        """For each partition the first offset appended at or after `time_ms`, or the end."""

    async def behind(self, offsets: Mapping[Assignment, int]) -> dict[Assignment, int]:
        """How many records each partition holds at or after the given offset."""

    async def close(self) -> None:
        """Let go."""

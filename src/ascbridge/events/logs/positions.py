"""How far each reader has come. Positions live beside the effects and move in the effects' own transaction.

Claiming a partition raises its epoch. From then on the former owner cannot move the position, so a batch
that it still holds is rolled back whole. Nothing is ever committed to Kafka.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from ascbridge.events.logs.log import Assignment
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import position
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, Connection


_MOVE = Prepared.of(
    lambda _: (
        update(position)
        .where(
            position.c.consumer == bindparam("reader"),
            position.c.topic == bindparam("in_topic"),
            position.c.partition == bindparam("in_partition"),
            position.c.epoch == bindparam("claimed"),
            position.c.next_offset == bindparam("from_offset"),
        )
        .values(next_offset=bindparam("to_offset"), moved_ms=bindparam("now_ms"))
        .returning(position.c.epoch)
    )
)


class Zombie(RuntimeError):
    """Somebody else has claimed this partition, or moved its position: this reader must roll back and
    rejoin.
    """

    def __init__(self, consumer: str, assignment: Assignment) -> None:
        super().__init__(f"{consumer} no longer owns {assignment.topic}-{assignment.partition}")
        self.assignment = assignment


@dataclass(frozen=True, slots=True)
class Claim:
    """A partition that is ours until its epoch rises again, and the offset to read next."""

    epoch: int
    next_offset: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a consumer has come in one partition. `moved_ms` is UTC epoch milliseconds."""

    next_offset: int
    epoch: int
    owner: str
    moved_ms: int


def claim(
    connection: Connection,
    consumer: str,
    assignments: Collection[Assignment],
    owner: str,
    now_ms: int,
    first: Mapping[Assignment, int] | None = None,
) -> dict[Assignment, Claim]:
    """Take partitions over, whoever had them. A partition never read before begins at `first` (else at 0)."""
    wanted = sorted(assignments, key=lambda a: (a.topic, a.partition))
    starts = first or {}
    rows = [
        {"consumer": consumer, "topic": a.topic, "partition": a.partition, "next_offset": starts.get(a, 0),
         "epoch": 0, "owner": "", "moved_ms": now_ms}
        for a in wanted
    ]  # fmt: skip
    insert_missing(connection, position, rows)
    claims = {}
    for assignment in wanted:
        raised = connection.execute(
            update(position)
            .where(*_this(consumer, assignment))
            .values(epoch=position.c.epoch + 1, owner=owner)
            .returning(position.c.epoch, position.c.next_offset)
        ).one()
        claims[assignment] = Claim(raised.epoch, raised.next_offset)
    return claims


def move(
    connection: Connection,
    consumer: str,
    assignment: Assignment,
    claimed: Claim,
    to_offset: int,
    now_ms: int,
) -> None:
    """Move a position on, as the first statement of a batch. Raises `Zombie` where it is not ours to move.

    Moving to the same offset only makes sure of the ownership, and holds it until the transaction ends.
    """
    moved = _MOVE.rows(
        connection,
        reader=consumer,
        in_topic=assignment.topic,
        in_partition=assignment.partition,
        claimed=claimed.epoch,
        from_offset=claimed.next_offset,
        to_offset=to_offset,
        now_ms=now_ms,
    )
    if not moved:
        raise Zombie(consumer, assignment)


def rewind(
    connection: Connection, consumer: str, topic: str, offsets: Mapping[int, int], now_ms: int
) -> None:
    """Let a consumer read again from `offsets` (by partition): a replay, which the caller audits.

    The epoch rises, so a reader notices within seconds and starts again from there. For a replay from a
    time take the offsets from `EventLog.offset_at`. An offset that the log does not hold stops the reader
    (`OffsetOutsideLog`). A position is never moved on: that would leave events out.
    """
    for partition, offset in sorted(offsets.items()):
        here = Assignment(topic, partition)
        held = claim(connection, consumer, [here], "", now_ms)[here]
        connection.execute(
            update(position)
            .where(*_this(consumer, here))
            .values(next_offset=min(offset, held.next_offset), moved_ms=now_ms)
        )


def leave_behind(connection: Connection, ends: Mapping[Assignment, int], now_ms: int) -> None:
    """Set every consumer past records that are not for it: in a database that was restored (`events.taking_up`)."""
    for here, end in ends.items():
        connection.execute(
            update(position)
            .where(position.c.topic == here.topic, position.c.partition == here.partition)
            .values(next_offset=end, epoch=position.c.epoch + 1, owner="", moved_ms=now_ms)
        )


def standing(connection: Connection, consumer: str | None = None) -> dict[tuple[str, Assignment], Standing]:
    """Return how far every consumer (or this one) has come, by consumer and partition."""
    wanted = select(position)
    if consumer is not None:
        wanted = wanted.where(position.c.consumer == consumer)
    return {
        (row.consumer, Assignment(row.topic, row.partition)): Standing(
            row.next_offset, row.epoch, row.owner, row.moved_ms
        )
        for row in connection.execute(wanted)
    }


def _this(consumer: str, assignment: Assignment) -> tuple[ColumnElement[bool], ...]:
    return (
        position.c.consumer == consumer,
        position.c.topic == assignment.topic,
        position.c.partition == assignment.partition,
    )

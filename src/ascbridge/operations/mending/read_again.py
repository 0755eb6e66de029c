"""Lets a reader read again what it has read before, from a time or a position on: a replay.

Nothing is done twice by it: effects carry their cause under a key, so an event that was dealt with changes nothing. A
position only ever moves back. The reader notices within seconds, because its claim is no longer good.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ascbridge.events.ledgers import audit
from ascbridge.events.logs import positions
from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.events.logs.log import Assignment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from ascbridge.events.ledgers.audit import AuditEntry
    from ascbridge.events.logs.log import EventLog
    from ascbridge.storage.database import Database


class CannotReadAgain(ValueError):
    """What was asked for is not there to be read; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the log: a topic, its partition, and the offset to read next."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read ``topic/partition/offset``. Raises `CannotReadAgain`."""
        topic, *numbers = text.strip().split("/")
        if not topic or len(numbers) != 2 or not all(one.isdecimal() for one in numbers):
            raise CannotReadAgain(f"{text!r} is no position: topic/partition/offset, such as person/0/1200")
        return cls(topic, int(numbers[0]), int(numbers[1]))


@dataclass(frozen=True, slots=True)
class Step:
    """One partition: it is read from `place` on, and had been read to just before `next_offset`."""

    place: Place
    next_offset: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reader would read again. `events`: exact up to ten thousand in a partition, then at most so many."""

    consumer: str
    steps: tuple[Step, ...]
    events: int


async def plan(
    log: EventLog,
    database: Database,
    consumer: str,
    *,
    time_ms: int | None = None,
    place: Place | None = None,
) -> Plan:
    """Say what a reader would read again from a time (UTC epoch milliseconds), or from one place. Changes nothing.

    Raises `CannotReadAgain`, also where the log cannot be reached.
    """
    standing = await database.read(positions.standing)
    reached = {here: one.next_offset for (name, here), one in standing.items() if name == consumer}
    if not reached:
        known = ", ".join(sorted({name for name, _ in standing})) or "none yet"
        raise CannotReadAgain(f"no reader {consumer!r} has read anything; readers are {known}")
    try:
        if place is None:
            return await _planned(log, consumer, reached, await _at_time(log, reached, time_ms or 0))
        await _check(log, consumer, place, reached)
        starts = {Assignment(place.topic, place.partition): place.offset}
        return await _planned(log, consumer, reached, starts)
    except InfrastructureFault as fault:
        raise CannotReadAgain(f"the log cannot be reached now: {fault}") from fault


async def _planned(
    log: EventLog, consumer: str, reached: Mapping[Assignment, int], starts: Mapping[Assignment, int]
) -> Plan:
    back = {here: offset for here, offset in starts.items() if offset < reached[here]}
    if not back:
        return Plan(consumer, (), 0)
    behind, left = await log.behind(back), await log.behind({here: reached[here] for here in back})
    steps = [Step(Place(here.topic, here.partition, offset), reached[here]) for here, offset in back.items()]
    steps.sort(key=lambda step: (step.place.topic, step.place.partition))
    return Plan(consumer, tuple(steps), sum(behind.values()) - sum(left.values()))


def read_again(connection: Connection, wanted: Plan, who: AuditEntry, now_ms: int) -> None:
    """Move the reader's positions back, with the audit entry, in the transaction of `connection`."""
    for step in wanted.steps:
        offsets = {step.place.partition: step.place.offset}
        positions.rewind(connection, wanted.consumer, step.place.topic, offsets, now_ms)
    entry = replace(
        who, what="events read again", whom=f"reader:{wanted.consumer}", result=str(wanted.events)
    )
    audit.record(connection, entry, now_ms)


async def _at_time(log: EventLog, reached: Mapping[Assignment, int], time_ms: int) -> dict[Assignment, int]:
    """Return where in each partition a time is."""
    starts: dict[Assignment, int] = {}
    for topic in {here.topic for here in reached}:
        offsets = await log.offset_at(topic, time_ms)
        starts |= {here: offsets[here.partition] for here in reached if here.topic == topic}
    return starts


async def _check(log: EventLog, consumer: str, place: Place, reached: Mapping[Assignment, int]) -> None:
    here = Assignment(place.topic, place.partition)
    if here not in reached:
        known = ", ".join(sorted({f"{one.topic}/{one.partition}" for one in reached}))
        raise CannotReadAgain(f"{consumer} does not read {place.topic}/{place.partition}; it reads {known}")
    first, _ = (await log.bounds(place.topic))[place.partition]
    if place.offset < first:
        raise CannotReadAgain(
            f"the log of {place.topic}/{place.partition} begins at {first}: earlier events are gone"
        )
    if place.offset > reached[here]:
        raise CannotReadAgain(
            f"{consumer} is at {reached[here]}: going on to {place.offset} would leave events out"
        )

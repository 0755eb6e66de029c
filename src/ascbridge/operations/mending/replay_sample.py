"""What would happen if dead letters were sent again: some of them, handled by the real readers, and all of it undone.

Each is played alone, as its reader would try it: by the profiles, maps and lists of now, against the person as they
stand. Nothing of the content is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import func, select

from ascbridge.events.handlers import replay_runs
from ascbridge.events.handlers.handling import attempt
from ascbridge.events.logs.faults import cause_of
from ascbridge.events.logs.log import Record
from ascbridge.storage.tables import dead_letter, event_log

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.handlers.replay_runs import About
    from ascbridge.operations.mending.foreseeing import Handlers

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Sampled:
    """One dead letter as it would go: `fails` is why it would be held again, empty: it goes through.

    `events` are the types of what would be published, in order.
    """

    dead_id: str
    message_id: str
    fails: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How many dead letters would be sent again, and how some of them, the oldest of each person, would go."""

    letters: int
    sample: tuple[Sampled, ...]


def rehearse(connection: Connection, handlers: Handlers, about: About, clock: Clock) -> Rehearsed:
    """Count them, and play some. Raises infrastructure faults; nothing has changed afterwards."""
    now_ms = clock.now_ms()
    ids = replay_runs.some(connection, about, now_ms, SAMPLE)
    played = tuple(_play(connection, handlers, one, clock) for one in ids)
    return Rehearsed(replay_runs.count(connection, about, now_ms), played)


def _play(connection: Connection, handlers: Handlers, dead_id: str, clock: Clock) -> Sampled:
    row = connection.execute(select(dead_letter).where(dead_letter.c.dead_id == dead_id)).one()
    headers = orjson.loads(row.headers)
    record = Record(row.topic, row.partition, row.offset, row.lane, headers, row.value, row.dead_ms)
    translator, following = handlers.at(clock)
    handler = next((one for one in (translator, *following) if one.name == row.consumer), None)
    if handler is None:
        return Sampled(
            dead_id, row.message_id, "its reader does not run here: send one of them again, and see", ()
        )
    last = connection.scalar(select(func.max(event_log.c.position))) or 0
    undone = connection.begin_nested()
    try:
        fault = attempt(connection, handler, [record], clock.now_ms())
        new = select(event_log.c.headers).where(event_log.c.position > last).order_by(event_log.c.position)
        types = [orjson.loads(one).get("ce_type", "") for one in connection.scalars(new)]
    finally:
        undone.rollback()
    return Sampled(dead_id, row.message_id, "" if fault is None else cause_of(fault), tuple(types))

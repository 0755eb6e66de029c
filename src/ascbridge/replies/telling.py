"""Hears how tasks change, and queues what hospitals are to be told of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from ascbridge.events.facts.catalogue import TaskFact, kind_of, read_fact
from ascbridge.events.facts.task_progress import progress_of, reason_of, told_as
from ascbridge.events.handlers import unknown_types
from ascbridge.events.logs import log
from ascbridge.events.logs.cloud_event import epoch_ms
from ascbridge.events.logs.envelope import following_id, id_millisecond
from ascbridge.replies import reply_store
from ascbridge.replies.reply_store import LastTold, Queued
from ascbridge.replies.rri import CONTROL_ID_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.facts.task_progress import Progress
    from ascbridge.events.logs.log import Record


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one receiver wants to hear: of stays at sites whose ODS code begins with `facility`, these steps."""

    receiver: str
    facility: str
    tell: frozenset[Progress]


@dataclass(frozen=True, slots=True)
class _Change:
    fact: TaskFact
    subject: str
    at_ms: int
    kept_ms: int
    """When what it follows from was kept here: that of what is derived anew is long ago."""
    event_id: str


class Telling:
    """Handler `replies`: reads task. Hearing an event again queues nothing new."""

    name = "replies"
    topics = (log.TASK,)

    def __init__(self, wanted: Sequence[Wanted], generation: int, clock: Clock) -> None:
        self._wanted, self._generation, self._clock = tuple(wanted), generation, clock
        self._began_ms = clock.now_ms()

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        """Queue each change of progress, in the order of the events."""
        changes = [change for record in records if (change := _read(record)) is not None]
        if not changes:
            return
        spells = {change.fact.spell for change in changes}
        sites = reply_store.facilities(connection, spells, self._generation)
        for wanted in self._wanted:
            theirs = [one for one in changes if sites.get(one.fact.spell, "").startswith(wanted.facility)]
            self._tell(connection, wanted, theirs)

    def _tell(self, connection: Connection, wanted: Wanted, changes: Sequence[_Change]) -> None:
        now_ms = self._clock.now_ms()
        since_ms = reply_store.told_since(connection, wanted.receiver, self._began_ms)
        last = reply_store.last_told(connection, wanted.receiver, {one.fact.task for one in changes})
        replies = []
        for change in changes:
            task, reason = change.fact.task, reason_of(change.fact)
            progress, before = told_as(progress_of(change.fact), wanted.tell), last.get(task)
            if change.kept_ms < since_ms or progress is None:
                continue
            if before is not None and (before.progress, before.reason) == (progress, reason):
                continue
            # What is told of one task has moments that follow one another: the order in which it is sent.
            queued_ms = now_ms if before is None else max(now_ms, before.queued_ms + 1)
            last[task] = LastTold(progress, reason, queued_ms)
            replies.append(_queued(change, wanted.receiver, last[task]))
        reply_store.queue(connection, replies)


def _queued(change: _Change, receiver: str, said: LastTold) -> Queued:
    fact = change.fact
    reply_id = following_id("r", fact.task, "reply", receiver, change.event_id)
    return Queued(
        reply_id=reply_id,
        receiver=receiver,
        task_id=fact.task,
        spell_key=fact.spell,
        subject=change.subject,
        progress=said.progress,
        reason=said.reason,
        owner_team=fact.owner_team,
        since_ms=change.at_ms,
        due_ms=fact.due_ms,
        control_id=hashlib.sha256(reply_id.encode()).hexdigest()[:CONTROL_ID_LENGTH].upper(),
        queued_ms=said.queued_ms,
    )


def _read(record: Record) -> _Change | None:
    kind = kind_of(record.event_type)
    if kind is None:
        unknown_types.leave_alone(Telling.name, record)
    if kind is None or not issubclass(kind, TaskFact):
        return None
    fact = read_fact(record.event_type, orjson.loads(record.value))
    if not isinstance(fact, TaskFact) or fact.kind != "d2a":
        return None
    return _Change(
        fact,
        record.key,
        epoch_ms(record.headers["ce_time"]),
        id_millisecond(record.event_id),
        record.event_id,
    )

"""What one worker is to hear of: what they took and is late or soon will be, and people allocated to them who are in
hospital.

A worker is found by name: their tasks by the one with which they sign in, letter by letter; their people by the one
that the case system has, capitals and spaces apart. Of two words about one person the last holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.calendars import day_bounds
from ascbridge.discharge import allocations, known_admissions
from ascbridge.discharge.pathway import OPEN
from ascbridge.nudges.nudge_rules import TeamWork
from ascbridge.people.membership import keys_of
from ascbridge.storage.tables import task

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys

MOST = 500
"""How many of one worker's tasks are looked at: more than anybody has."""


def work_of(
    connection: Connection,
    data_keys: DataKeys,
    workers: Iterable[str],
    generation: int,
    now_ms: int,
    ahead_ms: int,
) -> dict[str, TeamWork]:
    """Return what each of these workers has to hear of; times are UTC ms."""
    here = known_admissions.in_hospital(connection)
    theirs = _workers_of(connection, {one.person_id for one in here})
    found = {}
    for name in workers:
        own = allocations.worker_lookup(data_keys, name)
        mine = frozenset(f"{one.spell} {one.heard_ms}" for one in here if theirs.get(one.person_id) == own)
        found[name] = _tasks(connection, name, generation, now_ms, ahead_ms, mine)
    return found


def _workers_of(connection: Connection, person_ids: Collection[str]) -> dict[str, str]:
    """Return as whose each person is looked up, by the last word under any of their keys."""
    keys = keys_of(connection, person_ids)
    said = allocations.allocations_of(connection, [key for each in keys.values() for key in each])
    found = {}
    for person_id, own in keys.items():
        last = max((said[key] for key in own if key in said), key=lambda one: one.stamp, default=None)
        if last is not None and last.worker_lookup:
            found[person_id] = last.worker_lookup
    return found


def _tasks(
    connection: Connection, name: str, generation: int, now_ms: int, ahead_ms: int, admitted: frozenset[str]
) -> TeamWork:
    """Read the index of who holds what."""
    until = max(now_ms + ahead_ms, day_bounds(now_ms)[1])
    wanted = (
        select(task.c.task_id, task.c.due_order)
        .where(
            task.c.to_do > 0,
            task.c.generation == generation,
            task.c.claimed_by == name,
            task.c.due_order < until,
            task.c.status.in_(sorted(OPEN)),
        )
        .order_by(task.c.due_order, task.c.opened_ms, task.c.task_id)
        .limit(MOST)
    )
    rows = connection.execute(wanted).all()
    return TeamWork(
        overdue=frozenset(id for id, due_ms in rows if due_ms < now_ms),
        soon=frozenset(id for id, due_ms in rows if now_ms <= due_ms < now_ms + ahead_ms),
        today=sum(due_ms >= now_ms + ahead_ms for _, due_ms in rows),
        admitted=admitted,
    )

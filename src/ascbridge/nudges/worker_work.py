"""What one worker is to hear of: what they took and is late or soon will be, and people allocated to them who are in
hospital.

A worker is found by name: the one with which they sign in, and by which the case system names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.calendars import day_bounds
from ascbridge.discharge import allocations, known_admissions
from ascbridge.discharge.pathway import OPEN
from ascbridge.nudges.nudge_rules import TeamWork
from ascbridge.people.membership import person_of
from ascbridge.storage.tables import task

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    found = {}
    for name in workers:
        keys = allocations.allocated_to(connection, data_keys, (), name)
        people = set(person_of(connection, keys).values()) if keys and here else set()
        mine = frozenset(f"{one.spell} {one.heard_ms}" for one in here if one.person_id in people)
        found[name] = _tasks(connection, name, generation, now_ms, ahead_ms, mine)
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

"""What one worker is to hear of: what they took and is late or soon will be, and people allocated to them who are in
hospital; and which workers are named to whom nothing leads.

A worker is found by name, capitals and spaces apart: their tasks by the one with which they sign in; their people by
the one that the case system has. Of two words about one person the last holds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.discharge.deciding.pathway import OPEN
from ascbridge.discharge.keeping import allocations, known_admissions
from ascbridge.nudges.nudge_rules import TeamWork, by_due, until_when
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
    written = _holders(connection, generation)
    found = {}
    for name in workers:
        own = allocations.worker_lookup(data_keys, name)
        mine = frozenset(f"{one.spell} {one.heard_ms}" for one in here if theirs.get(one.person_id) == own)
        tasks = _tasks(connection, written[allocations.compared(name)], generation, now_ms, ahead_ms)
        found[name] = replace(tasks, admitted=mine)
    return found


def not_found(
    connection: Connection, data_keys: DataKeys, workers: Iterable[str], generation: int
) -> tuple[str, ...]:
    """Return those of these workers who have no task to do and to whom the last word allocates nobody.

    Theirs is a name that was written wrong, or there is nothing of which they could hear yet.
    """
    written = _holders(connection, generation)
    return tuple(
        name
        for name in workers
        if not written.get(allocations.compared(name))
        and not allocations.allocated_to(connection, data_keys, (), name)
    )


def _holders(connection: Connection, generation: int) -> dict[str, set[str]]:
    """Return as whom somebody has work to do, by the name as it is compared. It reads the index of who holds what."""
    wanted = select(task.c.claimed_by).where(task.c.to_do > 0, task.c.generation == generation).distinct()
    found: dict[str, set[str]] = defaultdict(set)
    for name in connection.execute(wanted).scalars():
        found[allocations.compared(name)].add(name)
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
    connection: Connection, written: Collection[str], generation: int, now_ms: int, ahead_ms: int
) -> TeamWork:
    """Read the index of who holds what, by a name in each way in which it is written there."""
    if not written:
        return TeamWork()
    wanted = (
        select(task.c.task_id, task.c.due_order)
        .where(
            task.c.to_do > 0,
            task.c.generation == generation,
            task.c.claimed_by.in_(sorted(written)),
            task.c.due_order < until_when(now_ms, ahead_ms),
            task.c.status.in_(sorted(OPEN)),
        )
        .order_by(task.c.due_order, task.c.opened_ms, task.c.task_id)
        .limit(MOST)
    )
    return by_due([(id, due_ms) for id, due_ms in connection.execute(wanted)], now_ms, ahead_ms)

"""What a team is to hear of, and what it was told: its work that is late or soon will be, late work of others that is
told to it, people whom it looks after who came into hospital, and records that were opened without a relationship.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.discharge.deciding.pathway import OPEN
from ascbridge.discharge.keeping import known_admissions
from ascbridge.nudges.nudge_rules import TeamWork, Told, by_due, until_when
from ascbridge.storage.tables import nudged, opening, task
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

CALDICOTT = "Caldicott queue"
"""What those are called who look at what was opened without a relationship; no team of the lists."""
MOST = 5_000
"""How many tasks that are late or due today are looked at: more than any team could be told of."""


def work_of(connection: Connection, generation: int, now_ms: int, ahead_ms: int) -> dict[str, TeamWork]:
    """Return the work of each team that is late or due today, late work that is told to it, and its people in hospital.

    Two ranges of the index of work to be done, one of admissions and one of openings.
    """
    wanted = (
        select(task.c.task_id, task.c.owner_team, task.c.due_order)
        .where(
            task.c.to_do > 0,
            task.c.generation == generation,
            task.c.due_order < until_when(now_ms, ahead_ms),
            task.c.status.in_(sorted(OPEN)),
        )
        .order_by(task.c.due_order)
        .limit(MOST)
    )
    due: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for id, team, due_ms in connection.execute(wanted):
        due[team].append((id, due_ms))
    told_to, here = _escalated(connection, generation, now_ms), _admitted(connection)
    queue = openings(connection, now_ms)
    return ({CALDICOTT: queue} if queue.opened else {}) | {
        one: replace(
            by_due(due[one], now_ms, ahead_ms),
            escalated=frozenset(told_to.get(one, ())),
            admitted=frozenset(here.get(one, ())),
        )
        for one in due.keys() | told_to.keys() | here.keys()
    }


def _escalated(connection: Connection, generation: int, now_ms: int) -> dict[str, set[str]]:
    """Return what each team hears of because it is late; what is late again at its next stage is told again."""
    wanted = (
        select(task.c.task_id, task.c.escalates_to, task.c.escalates_order)
        .where(
            task.c.to_do > 0,
            task.c.generation == generation,
            task.c.escalates_order <= now_ms,
            task.c.status.in_(sorted(OPEN)),
        )
        .order_by(task.c.escalates_order)
        .limit(MOST)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for id, team, since_ms in connection.execute(wanted):
        found[team].add(f"{id} {since_ms}")
    return found


def _admitted(connection: Connection) -> dict[str, set[str]]:
    """Return the stays of each team's people; who goes to another team is told to that one."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in known_admissions.in_hospital(connection):
        found[one.team].add(f"{one.spell} {one.heard_ms}")
    return found


def openings(connection: Connection, now_ms: int) -> TeamWork:
    """Return the records opened without a relationship that nobody has looked at yet, and those that are overdue.

    It reads the index of those that wait.
    """
    waiting = (
        select(opening.c.opening_id, opening.c.due_ms)
        .where(opening.c.outcome == "")
        .order_by(opening.c.due_ms)
        .limit(MOST)
    )
    rows = connection.execute(waiting).all()
    late = frozenset(f"{row.opening_id} late" for row in rows if row.due_ms <= now_ms)
    return TeamWork(opened=frozenset(row.opening_id for row in rows), unlooked=late)


def told(connection: Connection, teams: Collection[str]) -> dict[str, Told]:
    """Return what each of these teams was told."""
    wanted = select(nudged).where(nudged.c.team.in_(list(teams)))
    return {
        row.team: Told(frozenset(orjson.loads(row.tasks)), row.at_ms, row.day)
        for row in connection.execute(wanted)
    }


def keep(connection: Connection, team: str, now_told: Told) -> None:
    """Keep what a team was told."""
    tasks = orjson.dumps(sorted(now_told.tasks))
    upsert(connection, nudged, [{"team": team, "tasks": tasks, "at_ms": now_told.at_ms, "day": now_told.day}])

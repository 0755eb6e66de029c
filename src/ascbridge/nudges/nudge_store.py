"""What a team is to hear of, and what it was told: its work that is late or soon will be, late work of others that is
told to it, people whom it looks after who came into hospital, and records that were opened without a relationship.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.calendars import day_bounds
from ascbridge.discharge import known_admissions
from ascbridge.discharge.pathway import OPEN
from ascbridge.nudges.nudge_rules import TeamWork, Told
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
    until = max(now_ms + ahead_ms, day_bounds(now_ms)[1])
    wanted = (
        select(task.c.task_id, task.c.owner_team, task.c.due_order)
        .where(
            task.c.to_do > 0,
            task.c.generation == generation,
            task.c.due_order < until,
            task.c.status.in_(sorted(OPEN)),
        )
        .order_by(task.c.due_order)
        .limit(MOST)
    )
    overdue: dict[str, set[str]] = defaultdict(set)
    soon: dict[str, set[str]] = defaultdict(set)
    today: dict[str, int] = defaultdict(int)
    for id, team, due_ms in connection.execute(wanted):
        if due_ms < now_ms:
            overdue[team].add(id)
        elif due_ms < now_ms + ahead_ms:
            soon[team].add(id)
        else:
            today[team] += 1
    told_to, here = _escalated(connection, generation, now_ms), _admitted(connection)
    teams = overdue.keys() | soon.keys() | today.keys() | told_to.keys() | here.keys()
    queue = openings(connection, now_ms)
    return ({CALDICOTT: queue} if queue.opened else {}) | {
        one: TeamWork(
            frozenset(overdue[one]),
            frozenset(soon[one]),
            today[one],
            *(frozenset(by.get(one, ())) for by in (told_to, here)),
        )
        for one in teams
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

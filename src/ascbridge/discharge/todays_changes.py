"""What changed today: the tasks of which people see something new, the last first, each with what was said and done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, select

from ascbridge.calendars import day_bounds
from ascbridge.discharge.worklist import narrowed, rows_of
from ascbridge.storage.tables import desk_act, evidence, task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from ascbridge.discharge.worklist import Lists, WorklistRow

_NOTHING = frozenset({"", "no change", "shadow"})
"""Effects of messages that changed nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened, at a time (UTC ms): an act of `actor` (`detail`: its codes), or, where that is empty,
    what a message changed, in words.
    """

    at_ms: int
    what: str
    actor: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedTask:
    """A task that changed today, and how, the last first. A message that came late may have no line."""

    row: WorklistRow
    told: tuple[Told, ...]

    @property
    def patient_key(self) -> str:
        """Whose it is."""
        return self.row.patient_key

    @property
    def person_id(self) -> str:
        """Who that is."""
        return self.row.person_id


def todays_changes(
    connection: Connection, lists: Lists, *, limit: int = 200, after: int = 0
) -> list[ChangedTask]:
    """Return the tasks that changed on this London day, the last change first."""
    wanted = select(task.c.task_id).where(*_today(lists)).order_by(task.c.moved_ms.desc(), task.c.task_id)
    ids = connection.execute(wanted.limit(limit).offset(after)).scalars().all()
    found = rows_of(connection, ids, lists)
    told = _told(connection, found, day_bounds(lists.now_ms)[0]) if found else {}
    return [ChangedTask(row, tuple(told.get(row.fact.task, ()))) for row in found]


def count_changed_today(connection: Connection, lists: Lists) -> int:
    """Return how many tasks changed on this London day."""
    return int(connection.execute(select(func.count()).select_from(task).where(*_today(lists))).scalar_one())


def _today(lists: Lists) -> list[ColumnElement[bool]]:
    start, end = day_bounds(lists.now_ms)
    return [task.c.moved_ms >= start, task.c.moved_ms < end, *narrowed(lists)]


def _told(connection: Connection, rows: Sequence[WorklistRow], since_ms: int) -> dict[str, list[Told]]:
    e, a = evidence.c, desk_act.c
    by_spell = {row.fact.spell: row.fact.task for row in rows}
    said = select(e.spell_key, e.recorded_ms, e.effect).where(
        e.spell_key.in_(list(by_spell)), e.recorded_ms >= since_ms
    )
    found: defaultdict[str, list[Told]] = defaultdict(list)
    for spell, at_ms, effect in connection.execute(said):
        if effect not in _NOTHING:
            found[by_spell[spell]].append(Told(at_ms, effect, "", {}))
    done = select(a.task_id, a.at_ms, a.act, a.actor, a.detail).where(
        a.task_id.in_(list(by_spell.values())), a.at_ms >= since_ms
    )
    for id, at_ms, act, actor, detail in connection.execute(done):
        found[id].append(Told(at_ms, act, actor, orjson.loads(detail)))
    return {id: sorted(told, key=lambda one: one.at_ms, reverse=True) for id, told in found.items()}

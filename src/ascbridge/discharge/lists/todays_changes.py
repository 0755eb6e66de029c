"""What changed today: the tasks of which people see something new, the last first, each with what was said and done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import BigInteger, Integer, bindparam, func, select

from ascbridge.calendars import day_bounds
from ascbridge.discharge.lists.task_lists import DAY_END, DAY_START
from ascbridge.discharge.lists.worklist import WORK, rows_of
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import desk_act, evidence, task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

    from ascbridge.discharge.lists.worklist import Lists, WorklistRow

_NOTHING = frozenset({"", "no change", "shadow"})
"""Effects of messages that changed nothing."""
_e, _a, _SINCE = evidence.c, desk_act.c, bindparam("since", type_=BigInteger)
_SAID = Prepared.of(
    lambda one_of: select(_e.spell_key, _e.recorded_ms, _e.effect).where(
        one_of(_e.spell_key, "spells"), _e.recorded_ms >= _SINCE
    )
)
_DONE = Prepared.of(
    lambda one_of: select(_a.task_id, _a.at_ms, _a.act, _a.actor, _a.detail).where(
        one_of(_a.task_id, "ids"), _a.at_ms >= _SINCE
    )
)
_TODAY = (task.c.moved_ms >= DAY_START, task.c.moved_ms < DAY_END)


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
    def mark(self) -> str:
        """Changes whenever anything of it does."""
        return f"{self.row.mark} {self.told}"

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

    def wanted(shape: frozenset[str]) -> Select[Any]:
        found = select(task.c.task_id).where(*_TODAY, *WORK.narrowed(shape))
        bounds = (bindparam(name, type_=Integer) for name in ("limit", "after"))
        return found.order_by(task.c.moved_ms.desc(), task.c.task_id).limit(next(bounds)).offset(next(bounds))

    ids = WORK.run(connection, ("changed",), wanted, lists.values(), limit=limit, after=after)
    found = rows_of(connection, [id for (id,) in ids], lists)
    told = _told(connection, found, day_bounds(lists.now_ms)[0]) if found else {}
    return [ChangedTask(row, tuple(told.get(row.fact.task, ()))) for row in found]


def count_changed_today(connection: Connection, lists: Lists) -> int:
    """Return how many tasks changed on this London day."""

    def wanted(shape: frozenset[str]) -> Select[Any]:
        return select(func.count()).select_from(task).where(*_TODAY, *WORK.narrowed(shape))

    ((count,),) = WORK.run(connection, ("changes counted",), wanted, lists.values())
    return int(count)


def _told(connection: Connection, rows: Sequence[WorklistRow], since_ms: int) -> dict[str, list[Told]]:
    by_spell = {row.fact.spell: row.fact.task for row in rows}
    found: defaultdict[str, list[Told]] = defaultdict(list)
    for spell, at_ms, effect in _SAID.rows(connection, spells=list(by_spell), since=since_ms):
        if effect not in _NOTHING:
            found[by_spell[spell]].append(Told(at_ms, effect, "", {}))
    for id, at_ms, act, actor, detail in _DONE.rows(connection, ids=list(by_spell.values()), since=since_ms):
        found[id].append(Told(at_ms, act, actor, orjson.loads(detail)))
    return {id: sorted(told, key=lambda one: one.at_ms, reverse=True) for id, told in found.items()}

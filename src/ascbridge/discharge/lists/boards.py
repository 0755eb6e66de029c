"""How much work stands where: counted by ward, stage, pathway, locality, team or day, and who comes first of each.

All of it is one pass over the index of work to be done (decision 39). Nothing here names anybody.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import Integer, String, and_, bindparam, case, func, select, union_all

from ascbridge.calendars import london_day
from ascbridge.discharge.lists.task_columns import LAST
from ascbridge.discharge.lists.task_lists import NOTHING, NOW
from ascbridge.discharge.lists.worklist import (
    DUE,
    GENERATION,
    LATE,
    NEAR,
    NOBODY,
    OPENED,
    TO_DO,
    TO_LOOK,
    WORK,
    rows,
    rows_of,
)
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from ascbridge.discharge.lists.worklist import Lists, View, WorklistRow

By = Literal["ward", "stage", "pathway", "locality", "owner_team", "claimed_by", "leaves_on"]
Named = Literal["ward", "locality", "claimed_by"]
"""Of these there is an index of their own, since every view asks which there are."""
DAYS = 7
"""Over how many days from today people are counted who are thought to leave."""
_t = task.c


@dataclass(frozen=True, slots=True)
class Tally:
    """What stands under one name: people, and of those how many are late, near, ready, in nobody's hands or puzzling.

    `first_ms` is the earliest due time (`task_columns.LAST` where there is none), `look_ms` since when the oldest look
    waits, None for none; UTC ms.
    """

    name: str
    people: int
    late: int
    near: int
    ready: int
    nobodys: int
    looks: int
    first_ms: int
    look_ms: int | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """People who are thought to leave, counted: by (day, name). `days` are ISO days from today; `early` were thought to
    leave before today, `later` after the last day, and of those without a day nobody said.
    """

    days: tuple[str, ...]
    names: tuple[str, ...]
    count: Counter[tuple[str, str]]

    def on(self, day: str) -> int:
        """Return how many there are on one day, whatever their name."""
        return sum(self.count[day, name] for name in self.names)


EARLY, LATER, NOT_SAID = "early", "later", "not-said"


def tally(connection: Connection, view: View, lists: Lists, by: By) -> list[Tally]:
    """Count a list under each name of one kind, in the order of the names; what has none is under an empty one."""
    name = _t[by]
    near = and_(OPENED, _t.due_order >= NOW, _t.due_order < NEAR)

    def wanted(shape: frozenset[str]) -> Select[Any]:
        return (
            select(
                name, func.count(), _sum(OPENED, LATE), _sum(near), _sum(_t.signal == "ready"),
                _sum(_t.claimed_by == NOTHING), _sum(TO_LOOK), func.min(_t.due_order),
                func.min(case((TO_LOOK, _t.look_ms))),
            )
            .where(*WORK.where(view, shape))
            .group_by(name)
            .order_by(name)
        )  # fmt: skip

    return [Tally(*found) for found in WORK.run(connection, ("tally", view, by), wanted, lists.values())]


def told(connection: Connection, lists: Lists) -> list[tuple[str, int]]:
    """Return how much late work each team was told of, in the order of their names: what the first page shows of it."""
    name = _t.escalates_to

    def wanted(shape: frozenset[str]) -> Select[Any]:
        return select(name, func.count()).where(*WORK.where("escalated", shape)).group_by(name).order_by(name)

    return [(team, many) for team, many in WORK.run(connection, ("told",), wanted, lists.values())]


def names(connection: Connection, by: Named, generation: int = 1) -> list[str]:
    """Return every name of one kind under which there is work to be done, in order; an empty one for what has none."""
    return [name for (name,) in _NAMES[by].rows(connection, generation=generation)]


def first_of_each(
    connection: Connection, view: View, lists: Lists, by: By, each: Sequence[str], most: int
) -> dict[str, list[WorklistRow]]:
    """Return the first `most` tasks in due order under each of these names of one kind."""
    if not each:
        return {}

    def first(place: int, shape: frozenset[str]) -> Select[Any]:
        """One name's: found from the top of the due order, and no further than there are enough."""
        mine = unindexed(_t[by]) == bindparam(f"name_{place}", type_=String)
        found = select(_t[by].label("name"), _t.task_id).where(*WORK.where(view, shape), mine)
        return select(*found.order_by(*DUE).limit(bindparam("most", type_=Integer)).subquery().c)

    def wanted(shape: frozenset[str]) -> Any:
        return union_all(*(first(place, shape) for place in range(len(each))))

    named = {f"name_{place}": name for place, name in enumerate(each)}
    ids = WORK.run(connection, ("first", view, by, len(each)), wanted, lists.values(), most=most, **named)
    found: dict[str, list[WorklistRow]] = {name: [] for name in each}
    names = {id: name for name, id in ids}
    for row in sorted(rows_of(connection, list(names), lists), key=_due_order):
        found[names[row.fact.task]].append(row)
    return found


def leaving(connection: Connection, lists: Lists, by: By) -> Leaving:
    """Count who is in hospital by the day on which they are thought to leave and by names of one kind.

    A plain count of what stands on the list, and no forecast.
    """
    today = london_day(lists.now_ms)
    days = tuple((today + timedelta(days=n)).isoformat() for n in range(DAYS))

    def wanted(shape: frozenset[str]) -> Select[Any]:
        found = select(_t.leaves_on, _t[by], func.count()).where(*WORK.where("in-hospital", shape))
        return found.group_by(_t.leaves_on, _t[by])

    count: Counter[tuple[str, str]] = Counter()
    for day, name, people in WORK.run(connection, ("leaving", by), wanted, lists.values()):
        count[_which(day, days), name] += people
    return Leaving(days, tuple(sorted({name for _, name in count})), count)


def do_next(connection: Connection, lists: Lists) -> WorklistRow | None:
    """Return what comes first for whoever asks: of their own work what is due first, else of what nobody has."""
    mine = rows(connection, "mine", lists, limit=1)
    return next(iter(mine or rows(connection, "open", replace(lists, whose=NOBODY), limit=1)), None)


def _each_name(by: Named) -> Prepared:
    """Each name is the least above the one before: so many steps into an index, however much work there is."""
    least = select(func.min(_t[by])).where(TO_DO, _t.generation == GENERATION)
    found = least.cte("found", recursive=True)
    before = found.c[0]
    after = least.where(_t[by] > before).correlate(found).scalar_subquery()
    found = found.union_all(select(after).where(before.is_not(None)))
    return Prepared(select(found.c[0]).where(found.c[0].is_not(None)))


_NAMES: dict[Named, Prepared] = {by: _each_name(by) for by in get_args(Named)}


def _due_order(row: WorklistRow) -> tuple[int, int, str]:
    fact = row.fact
    return LAST if fact.due_ms is None else fact.due_ms, fact.opened_ms, fact.task


def _which(day: str, days: tuple[str, ...]) -> str:
    if not day:
        return NOT_SAID
    if day < days[0]:
        return EARLY
    return LATER if day > days[-1] else day


def _sum(*conditions: ColumnElement[bool]) -> Any:
    return func.count().filter(*conditions)

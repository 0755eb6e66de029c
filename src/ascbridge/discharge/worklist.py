"""Whose work is where: the lists of tasks, what each shows first, and how many stand on each.

Every list reads one range of one index, that of the work to be done (`task_to_do`), and then the few rows that it
shows: however much was ever closed, no list gets slower. Nothing here names anybody: rows carry the patient key and the
person id; `people.opening` opens names. Where a restricted person is stands in no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select

from ascbridge.calendars import day_bounds
from ascbridge.discharge.dropped_stays import count_dropped
from ascbridge.discharge.pathway import OPEN
from ascbridge.discharge.task_columns import pathway_of, ward_named
from ascbridge.events.catalogue import TaskFact
from ascbridge.storage.prepared import unindexed
from ascbridge.storage.tables import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

View = Literal[
    "open", "mine", "breaching", "due-today", "needs-a-look", "not-confirmed", "in-hospital", "discharged", "paused",
    "closed-today",
]  # fmt: skip
VIEWS: tuple[View, ...] = get_args(View)
NEAR_MS = 3_600_000
"""How long before its due time work counts as nearly breaching."""

_t = task.c
OF_TASK = (
    _t.task_id, _t.body, _t.patient_key, _t.person_id, _t.claimed_by, _t.desk_version, _t.changed_ms, _t.moved_ms,
    _t.closed_ms, _t.look_ms, _t.locality, _t.invented,
)  # fmt: skip
"""What `row_of` needs of a task."""
TO_DO = _t.to_do > literal_column("0")
"""The condition of the index of work to be done, in its words."""
_STATUS = unindexed(_t.status)
_LEFT = ("discharged", "discharged-unclear")
OPENED = _STATUS.in_(sorted(OPEN))
TO_LOOK = _t.looks > 0


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One task as a list shows it. `fact` is the task as last published; times are UTC ms.

    `moved_ms`: when what people see of it last changed. `look_ms`: since when the oldest look waits, 0 for none.
    """

    fact: TaskFact
    patient_key: str
    person_id: str
    claimed_by: str
    version: int
    changed_ms: int
    moved_ms: int
    closed_ms: int | None
    look_ms: int
    locality: str
    invented: bool
    late: bool
    near: bool

    @property
    def ward(self) -> str:
        """What its ward is called on a board; empty where none is shown."""
        return ward_named(self.fact.ward)

    @property
    def pathway(self) -> str:
        """The number of the pathway that is proposed or confirmed, as text; empty before."""
        return pathway_of(self.fact)


@dataclass(frozen=True, slots=True)
class Lists:
    """Which lists are asked for, at a time and for one person at the desk; what is empty asks for all.

    `whose` is who has the task; `NOBODY` for what nobody has yet.
    """

    now_ms: int
    team: str = ""
    actor: str = ""
    generation: int = 1
    ward: str = ""
    locality: str = ""
    pathway: str = ""
    stage: str = ""
    whose: str = ""
    leaves_on: str = ""


NOBODY = NOT_STATED = "-"
"""Asks for what nobody has, and for what has no ward, no locality or no day of leaving."""


def rows(
    connection: Connection,
    view: View,
    lists: Lists,
    *,
    limit: int = 200,
    after: int = 0,
    by_ward: bool = False,
) -> list[WorklistRow]:
    """Return a list in due order (closed ones: the last closed first), `limit` rows from row `after`.

    `by_ward`: ward by ward, and in due order within each.
    """
    if view == "closed-today":
        order: list[Any] = [_t.closed_ms.desc(), _t.task_id]
    else:
        order = [*([_t.ward] if by_ward else []), _t.due_order, _t.opened_ms, _t.task_id]
    wanted = select(_t.task_id).where(*_where(view, lists)).order_by(*order).limit(limit).offset(after)
    return rows_of(connection, connection.execute(wanted).scalars().all(), lists)


def rows_of(connection: Connection, task_ids: Sequence[str], lists: Lists) -> list[WorklistRow]:
    """Return the rows of these tasks, in this order."""
    if not task_ids:
        return []
    these = (_t.generation == lists.generation, _t.task_id.in_(task_ids))
    found = {row.task_id: row for row in connection.execute(select(*OF_TASK).where(*these))}
    return [row_of(found[id], lists.now_ms) for id in task_ids if id in found]


def counts(connection: Connection, lists: Lists) -> dict[str, int]:
    """Return how many tasks each list holds, how many are late, and how many stays are dropped (up to a bound)."""
    open_lists = [view for view in VIEWS if view != "closed-today"]
    conditions: dict[str, ColumnElement[bool]] = {view: and_(*_of_view(view, lists)) for view in open_lists}
    conditions["late"] = and_(OPENED, _t.due_order < lists.now_ms)
    sums = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name.replace("-", "_"))
        for name, condition in conditions.items()
    ]
    found = connection.execute(select(*sums).where(TO_DO, *narrowed(lists))).one()
    closed = select(func.count()).select_from(task).where(*_where("closed-today", lists))
    return {
        **dict(zip(conditions, map(int, found), strict=True)),
        "closed-today": int(connection.execute(closed).scalar_one()),
        "dropped": count_dropped(connection, lists.generation),
    }


def tasks_of(connection: Connection, person_id: str, lists: Lists) -> list[WorklistRow]:
    """Return every task of a person, the last opened first."""
    mine = (unindexed(_t.generation) == lists.generation, _t.person_id == person_id)
    wanted = select(*OF_TASK).where(*mine)
    return [row_of(one, lists.now_ms) for one in connection.execute(wanted.order_by(_t.opened_ms.desc()))]


def own_work(connection: Connection, lists: Lists, team: str) -> dict[str, str]:
    """Return what a team, or whoever asks, has to do: each task's patient key, in due order."""
    mine = [_t.claimed_by == lists.actor] if lists.actor else []
    of_team = [_t.owner_team == team] if team else []
    if not mine and not of_team:
        return {}
    wanted = select(_t.task_id, _t.patient_key).where(TO_DO, or_(*mine, *of_team), *narrowed(lists))
    found = connection.execute(wanted.order_by(_t.due_order, _t.opened_ms, _t.task_id))
    return dict(map(tuple, found))


def narrowed(lists: Lists) -> list[ColumnElement[bool]]:
    """Return the conditions that every list of these shares: generation, team, ward, locality..."""
    asked = [
        (_t.owner_team, lists.team), (_t.ward, lists.ward), (_t.locality, lists.locality),
        (_t.pathway, lists.pathway), (_t.stage, lists.stage),
        (_t.claimed_by, lists.whose), (_t.leaves_on, lists.leaves_on),
    ]  # fmt: skip
    return [
        unindexed(_t.generation) == lists.generation,
        *(column == ("" if value == NOT_STATED else value) for column, value in asked if value),
    ]


def row_of(found: Any, now_ms: int) -> WorklistRow:
    """Return a task's row out of the columns `OF_TASK`."""
    fact = TaskFact.model_validate_json(found.body)
    left = None if fact.due_ms is None or fact.status not in OPEN else fact.due_ms - now_ms
    return WorklistRow(
        fact=fact,
        patient_key=found.patient_key,
        person_id=found.person_id,
        claimed_by=found.claimed_by,
        version=found.desk_version,
        changed_ms=found.changed_ms,
        moved_ms=found.moved_ms,
        closed_ms=found.closed_ms,
        look_ms=found.look_ms,
        locality=found.locality,
        invented=found.invented == "yes",
        late=fact.due_ms is not None and fact.due_ms < now_ms,
        near=left is not None and 0 <= left < NEAR_MS,
    )


def _where(view: View, lists: Lists) -> list[ColumnElement[bool]]:
    if view == "closed-today":
        start, end = day_bounds(lists.now_ms)
        return [_t.closed_ms >= start, _t.closed_ms < end, *narrowed(lists)]
    return [*on_list(view, lists), *narrowed(lists)]


def on_list(view: View, lists: Lists) -> list[ColumnElement[bool]]:
    """Return what puts work that is to be done on a list; `closed-today` is no such list."""
    return [TO_DO, *_of_view(view, lists)]


def _of_view(view: View, lists: Lists) -> list[ColumnElement[bool]]:
    _, end = day_bounds(lists.now_ms)
    by_view: dict[View, list[ColumnElement[bool]]] = {
        "open": [OPENED],
        "mine": [OPENED, _t.claimed_by == lists.actor, _t.claimed_by != ""],
        "breaching": [OPENED, _t.due_order < lists.now_ms + NEAR_MS],
        "due-today": [or_(OPENED, TO_LOOK), _t.due_order < end],
        "needs-a-look": [TO_LOOK],
        "not-confirmed": [OPENED, _t.unconfirmed > 0],
        "paused": [_STATUS == "on-hold"],
        "in-hospital": [or_(OPENED, _STATUS == "on-hold"), _t.signal.not_in(_LEFT)],
        "discharged": [OPENED, _t.signal.in_(_LEFT)],
    }
    return by_view[view]

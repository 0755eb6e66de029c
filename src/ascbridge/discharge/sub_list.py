"""Lists of split-off work, what is due first on top, and one sub-task with its acts. Nothing here names anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import ColumnElement, case, func, literal_column, select

from ascbridge.calendars import day_bounds
from ascbridge.discharge.sub_state import SUB_OPEN, SUB_WORKING
from ascbridge.discharge.task_story import ActRow, acts_on
from ascbridge.events.split_work import SubTaskFact
from ascbridge.storage.tables import sub_act, sub_task

if TYPE_CHECKING:
    from sqlalchemy import Connection

SubView = Literal["open", "mine", "late", "to-tell", "blocking", "paused", "closed-today"]
SUB_VIEWS: tuple[SubView, ...] = get_args(SubView)
_t = sub_task.c
_OF_TASK = (_t.body, _t.patient_key, _t.person_id, _t.claimed_by, _t.desk_version, _t.closed_ms, _t.invented)


@dataclass(frozen=True, slots=True)
class SubRow:
    """One sub-task as a list shows it; times are UTC ms."""

    fact: SubTaskFact
    patient_key: str
    person_id: str
    claimed_by: str
    version: int
    closed_ms: int | None
    invented: bool
    late: bool


@dataclass(frozen=True, slots=True)
class SubStory:
    """One sub-task with what people did, the oldest first."""

    row: SubRow
    acts: tuple[ActRow, ...]


@dataclass(frozen=True, slots=True)
class SubLists:
    """Which lists are asked for: of one team or of all (empty), at a time (UTC ms), for one person at the desk."""

    now_ms: int
    team: str = ""
    actor: str = ""


def sub_rows(
    connection: Connection, view: SubView, lists: SubLists, *, limit: int = 200, after: int = 0
) -> list[SubRow]:
    """Return a list, what is due first first (closed: the last closed first), `limit` rows from row `after`."""
    order = [case((_t.due_ms.is_(None), 1), else_=0), _t.due_ms, _t.opened_ms, _t.task_id]
    if view == "closed-today":
        order = [_t.closed_ms.desc(), _t.task_id]
    wanted = select(*_OF_TASK).where(*_where(view, lists)).order_by(*order).limit(limit).offset(after)
    return [_row(found, lists.now_ms) for found in connection.execute(wanted)]


def sub_counts(connection: Connection, lists: SubLists) -> dict[str, int]:
    """Return how many sub-tasks each list holds."""
    return {view: _count(connection, _where(view, lists)) for view in SUB_VIEWS}


def subs_of(connection: Connection, spell: str, now_ms: int) -> list[SubRow]:
    """Return all work that was split off the task of a stay, in the order in which it was."""
    wanted = select(*_OF_TASK).where(_t.spell_key == spell).order_by(_t.opened_ms, _t.task_id)
    return [_row(found, now_ms) for found in connection.execute(wanted)]


def sub_story(connection: Connection, sub_id: str, now_ms: int) -> SubStory | None:
    """Return a sub-task with its acts; None where there is no such one."""
    found = connection.execute(select(*_OF_TASK).where(_t.task_id == sub_id)).first()
    if found is None:
        return None
    return SubStory(_row(found, now_ms), acts_on(connection, sub_act, sub_id))


def _where(view: SubView, lists: SubLists) -> list[ColumnElement[bool]]:
    start, end = day_bounds(lists.now_ms)
    opened = _t.status.in_(sorted(SUB_OPEN))
    by_view: dict[SubView, list[ColumnElement[bool]]] = {
        "open": [opened],
        "mine": [opened, _t.claimed_by == lists.actor, _t.claimed_by != ""],
        "late": [opened, _t.due_ms < lists.now_ms],
        "to-tell": [_t.tell != literal_column("''")],  # in the words of the index
        "blocking": [_t.status.in_(sorted({*SUB_WORKING, "failed"})), _t.blocks == 1],
        "paused": [_t.status == "on-hold"],
        "closed-today": [_t.closed_ms >= start, _t.closed_ms < end],
    }
    return [*([_t.owner_team == lists.team] if lists.team else []), *by_view[view]]


def _count(connection: Connection, where: list[ColumnElement[bool]]) -> int:
    return int(connection.execute(select(func.count()).select_from(sub_task).where(*where)).scalar_one())


def _row(found: Any, now_ms: int) -> SubRow:
    fact = SubTaskFact.model_validate_json(found.body)
    return SubRow(
        fact=fact,
        patient_key=found.patient_key,
        person_id=found.person_id,
        claimed_by=found.claimed_by,
        version=found.desk_version,
        closed_ms=found.closed_ms,
        invented=found.invented == "yes",
        late=fact.due_ms is not None and fact.due_ms < now_ms,
    )

"""Lists of split-off work, what is due first on top, and one sub-task with its acts. Nothing here names anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import case, select

from ascbridge.discharge.lists.task_lists import (
    ACTOR,
    DAY_END,
    DAY_START,
    NOTHING,
    NOW,
    Asked,
    TaskLists,
    TaskRow,
    of_row,
    one_of,
    row_of,
)
from ascbridge.discharge.lists.task_story import ActRow, acts_on
from ascbridge.discharge.sub_tasks.sub_state import SUB_OPEN, SUB_WORKING
from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.storage.tables import sub_act, sub_task

if TYPE_CHECKING:
    from sqlalchemy import Connection

SubView = Literal["open", "mine", "late", "to-tell", "blocking", "paused", "closed-today"]
SUB_VIEWS: tuple[SubView, ...] = get_args(SubView)
SubRow = TaskRow[SubTaskFact]
_t = sub_task.c
_OPENED = one_of(_t.status, SUB_OPEN)
_LISTS = TaskLists(
    sub_task,
    {
        "open": (_OPENED,),
        "mine": (_OPENED, _t.claimed_by == ACTOR, _t.claimed_by != NOTHING),
        "late": (_OPENED, _t.due_ms < NOW),
        "to-tell": (_t.tell != NOTHING,),  # in the words of the index
        "blocking": (one_of(_t.status, {*SUB_WORKING, "failed"}), _t.blocks == 1),
        "paused": (_t.status == "on-hold",),
        "closed-today": (_t.closed_ms >= DAY_START, _t.closed_ms < DAY_END),
    },
    {
        "": (case((_t.due_ms.is_(None), 1), else_=0), _t.due_ms, _t.opened_ms, _t.task_id),
        "closed-today": (_t.closed_ms.desc(), _t.task_id),
    },
    narrows={"team": _t.owner_team},
)


@dataclass(frozen=True, slots=True)
class SubStory:
    """One sub-task with what people did, the oldest first."""

    row: SubRow
    acts: tuple[ActRow, ...]


def sub_rows(
    connection: Connection, view: SubView, asked: Asked, *, limit: int = 200, after: int = 0
) -> list[SubRow]:
    """Return a list, what is due first first (closed: the last closed first), `limit` rows from row `after`."""
    found = _LISTS.rows(connection, of_row(_t), view, asked.values(), limit=limit, after=after)
    return [row_of(SubTaskFact, one, asked.now_ms) for one in found]


def sub_counts(connection: Connection, asked: Asked) -> dict[str, int]:
    """Return how many sub-tasks each list holds."""
    return _LISTS.counts(connection, asked.values())


def subs_of(connection: Connection, spell: str, now_ms: int) -> list[SubRow]:
    """Return all work that was split off the task of a stay, in the order in which it was."""
    wanted = select(*of_row(_t)).where(_t.spell_key == spell).order_by(_t.opened_ms, _t.task_id)
    return [row_of(SubTaskFact, found, now_ms) for found in connection.execute(wanted)]


def sub_story(connection: Connection, sub_id: str, now_ms: int) -> SubStory | None:
    """Return a sub-task with its acts; None where there is no such one."""
    found = connection.execute(select(*of_row(_t)).where(_t.task_id == sub_id)).first()
    if found is None:
        return None
    return SubStory(row_of(SubTaskFact, found, now_ms), acts_on(connection, sub_act, sub_id))

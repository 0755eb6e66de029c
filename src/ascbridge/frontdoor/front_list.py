"""The front door's lists, oldest wait first, and one task with all that led to it. Nothing here names anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import orjson
from sqlalchemy import literal_column, select

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
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.frontdoor.door_status import OPEN
from ascbridge.storage.tables import door_act, door_task

if TYPE_CHECKING:
    from sqlalchemy import Connection

DoorView = Literal["open", "mine", "late", "not-in-case-system", "closed-today"]
DOOR_VIEWS: tuple[DoorView, ...] = get_args(DoorView)
DoorRow = TaskRow[FrontDoorTask]
_t = door_task.c
_OPENED = one_of(_t.status, OPEN)
_LAST_CLOSED = (_t.closed_ms.desc(), _t.task_id)
_LISTS = TaskLists(
    door_task,
    {
        "open": (_OPENED,),
        "mine": (_OPENED, _t.claimed_by == ACTOR, _t.claimed_by != NOTHING),
        "late": (_OPENED, _t.due_ms < NOW),
        "not-in-case-system": (_t.unconfirmed > literal_column("0"),),  # in the words of the index
        "closed-today": (_t.closed_ms >= DAY_START, _t.closed_ms < DAY_END),
    },
    {
        "": (_t.since_on, _t.opened_ms, _t.task_id),
        "not-in-case-system": _LAST_CLOSED,
        "closed-today": _LAST_CLOSED,
    },
    narrows={"team": _t.owner_team},
)


@dataclass(frozen=True, slots=True)
class DoorStory:
    """One task with what people did, what it rests on now (`because`) and what became of it, the oldest first."""

    row: DoorRow
    acts: tuple[ActRow, ...]
    because: tuple[dict[str, Any], ...]
    changes: tuple[dict[str, Any], ...]


def door_rows(
    connection: Connection, view: DoorView, asked: Asked, *, limit: int = 200, after: int = 0
) -> list[DoorRow]:
    """Return a list, who waits longest first (closed ones: the last closed first), `limit` rows from row `after`."""
    found = _LISTS.rows(connection, of_row(_t), view, asked.values(), limit=limit, after=after)
    return [row_of(FrontDoorTask, one, asked.now_ms) for one in found]


def door_counts(connection: Connection, asked: Asked) -> dict[str, int]:
    """Return how many tasks each list holds."""
    return _LISTS.counts(connection, asked.values())


def door_story(connection: Connection, task_id: str, now_ms: int) -> DoorStory | None:
    """Return a task with its acts and its reasons; None where there is no such task."""
    wanted = select(*of_row(_t), _t.explanation).where(_t.task_id == task_id)
    found = connection.execute(wanted).first()
    if found is None:
        return None
    why = orjson.loads(found.explanation)
    acts = acts_on(connection, door_act, task_id)
    row = row_of(FrontDoorTask, found[:-1], now_ms)
    return DoorStory(row, acts, tuple(why["because"]), tuple(why["story"]))

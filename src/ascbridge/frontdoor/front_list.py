"""The front door's lists, oldest wait first, and one task with all that led to it. Nothing here names anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import orjson
from sqlalchemy import ColumnElement, func, literal_column, select

from ascbridge.calendars import day_bounds
from ascbridge.discharge.task_story import ActRow, acts_on
from ascbridge.events.front_door import FrontDoorTask
from ascbridge.frontdoor.door_status import OPEN
from ascbridge.storage.tables import door_act, door_task

if TYPE_CHECKING:
    from sqlalchemy import Connection

DoorView = Literal["open", "mine", "late", "not-in-case-system", "closed-today"]
DOOR_VIEWS: tuple[DoorView, ...] = get_args(DoorView)
_t = door_task.c
_OF_TASK = (
    _t.body, _t.patient_key, _t.person_id, _t.claimed_by, _t.desk_version, _t.closed_ms, _t.invented, _t.explanation,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DoorRow:
    """One task as a list shows it; times are UTC ms."""

    fact: FrontDoorTask
    patient_key: str
    person_id: str
    claimed_by: str
    version: int
    closed_ms: int | None
    invented: bool
    late: bool


@dataclass(frozen=True, slots=True)
class DoorStory:
    """One task with what people did, what it rests on now (`because`) and what became of it, the oldest first."""

    row: DoorRow
    acts: tuple[ActRow, ...]
    because: tuple[dict[str, Any], ...]
    changes: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class DoorLists:
    """Which lists are asked for: of one team or of all (empty), at a time (UTC ms), for one person at the desk."""

    now_ms: int
    team: str = ""
    actor: str = ""


def door_rows(
    connection: Connection, view: DoorView, lists: DoorLists, *, limit: int = 200, after: int = 0
) -> list[DoorRow]:
    """Return a list, who waits longest first (closed ones: the last closed first), `limit` rows from row `after`."""
    closed = view in {"closed-today", "not-in-case-system"}
    order = [_t.closed_ms.desc(), _t.task_id] if closed else [_t.since_on, _t.opened_ms, _t.task_id]
    wanted = select(*_OF_TASK).where(*_where(view, lists)).order_by(*order).limit(limit).offset(after)
    return [_row(found, lists.now_ms) for found in connection.execute(wanted)]


def door_counts(connection: Connection, lists: DoorLists) -> dict[str, int]:
    """Return how many tasks each list holds."""
    return {view: _count(connection, _where(view, lists)) for view in DOOR_VIEWS}


def door_story(connection: Connection, task_id: str, now_ms: int) -> DoorStory | None:
    """Return a task with its acts and its reasons; None where there is no such task."""
    found = connection.execute(select(*_OF_TASK).where(_t.task_id == task_id)).first()
    if found is None:
        return None
    why = orjson.loads(found.explanation)
    acts = acts_on(connection, door_act, task_id)
    return DoorStory(_row(found, now_ms), acts, tuple(why["because"]), tuple(why["story"]))


def _where(view: DoorView, lists: DoorLists) -> list[ColumnElement[bool]]:
    start, end = day_bounds(lists.now_ms)
    opened = _t.status.in_(sorted(OPEN))
    by_view: dict[DoorView, list[ColumnElement[bool]]] = {
        "open": [opened],
        "mine": [opened, _t.claimed_by == lists.actor, _t.claimed_by != ""],
        "late": [opened, _t.due_ms < lists.now_ms],
        "not-in-case-system": [_t.unconfirmed > literal_column("0")],  # in the words of the index
        "closed-today": [_t.closed_ms >= start, _t.closed_ms < end],
    }
    return [*([_t.owner_team == lists.team] if lists.team else []), *by_view[view]]


def _count(connection: Connection, where: list[ColumnElement[bool]]) -> int:
    return int(connection.execute(select(func.count()).select_from(door_task).where(*where)).scalar_one())


def _row(found: Any, now_ms: int) -> DoorRow:
    fact = FrontDoorTask.model_validate_json(found.body)
    return DoorRow(
        fact=fact,
        patient_key=found.patient_key,
        person_id=found.person_id,
        claimed_by=found.claimed_by,
        version=found.desk_version,
        closed_ms=found.closed_ms,
        invented=found.invented == "yes",
        late=fact.due_ms is not None and fact.due_ms < now_ms,
    )

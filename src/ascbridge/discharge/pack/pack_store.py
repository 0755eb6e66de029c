"""What people did with the information that goes with a person, in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import select

from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.lists.task_story import acts_on
from ascbridge.discharge.pack.pack_state import PackState, pack_state
from ascbridge.storage.tables import pack_act

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ascbridge.discharge.lists.task_story import ActRow

_a = pack_act.c


def read_pack_acts(connection: Connection, task_id: str) -> list[Act]:
    """Return what people did with a task's pack, in order."""
    wanted = select(_a.version, _a.act, _a.actor, _a.at_ms, _a.detail).where(_a.task_id == task_id)
    return [
        Act(version, act, actor, at_ms, orjson.loads(detail))
        for version, act, actor, at_ms, detail in connection.execute(wanted.order_by(_a.version))
    ]


def read_pack(connection: Connection, task_id: str) -> PackState:
    """Return how a task's pack stands."""
    return pack_state(read_pack_acts(connection, task_id))


def pack_story(connection: Connection, task_id: str) -> tuple[ActRow, ...]:
    """Return what people did with a task's pack, with what they wrote, sealed."""
    return acts_on(connection, pack_act, task_id)

"""What people did with the information that goes with a person, in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.discharge.desk_state import Act
from ascbridge.discharge.pack_state import PackState, pack_state
from ascbridge.discharge.task_story import ActRow
from ascbridge.storage.tables import pack_act
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from sqlalchemy import Connection

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
    wanted = select(
        _a.act_id, _a.version, _a.act, _a.actor, _a.role, _a.detail, _a.sealed, _a.key_id, _a.at_ms
    )
    return tuple(
        ActRow(id, version, act, actor, role, orjson.loads(detail), sealed, key_id, at_ms)
        for id, version, act, actor, role, detail, sealed, key_id, at_ms in connection.execute(
            wanted.where(_a.task_id == task_id).order_by(_a.version)
        )
    )


def add_pack_act(connection: Connection, row: dict[str, Any]) -> bool:
    """Write an act; return False where its version is taken already."""
    insert_missing(connection, pack_act, [row])
    written = select(_a.act_id).where(_a.task_id == row["task_id"], _a.version == row["version"])
    return bool(connection.execute(written).scalar_one() == row["act_id"])

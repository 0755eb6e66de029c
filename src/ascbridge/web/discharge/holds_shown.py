"""Whom to speak to before somebody is discharged, opened for pages, lists and lists on paper.

A hold says nothing about the person, so it is shown of a restricted person too: whoever arranges their discharge must
ring first of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.access import Access
from ascbridge.discharge.deciding.desk_state import Act, desk_state
from ascbridge.people.opening import Erased, SealedValue, open_bytes
from ascbridge.storage.tables import desk_act

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from ascbridge.events.facts.catalogue import TaskFact
    from ascbridge.people.data_keys import DataKeys


@dataclass(frozen=True, slots=True)
class HoldShown:
    """Whom to speak to, and their telephone. Both empty where the reader's role or an erasure leaves none to show."""

    who: str = ""
    phone: str = ""
    since_ms: int = 0


def holds_shown(
    connection: Connection, data_keys: DataKeys, facts: Iterable[TaskFact], access: Access
) -> dict[str, HoldShown]:
    """Return the hold of each of these tasks that has one, by task id."""
    wanted = sorted(fact.task for fact in facts if fact.speak_first)
    if not wanted:
        return {}
    a = desk_act.c
    found = connection.execute(select(desk_act).where(a.task_id.in_(wanted)).order_by(a.task_id, a.version))
    rows: dict[str, list[Any]] = {task: [] for task in wanted}
    for row in found:
        rows[row.task_id].append(row)
    standing = {}
    for task, some in rows.items():
        done = [Act(row.version, row.act, row.actor, row.at_ms, orjson.loads(row.detail)) for row in some]
        version = desk_state(done).standing.hold_version
        standing[task] = next(row for row in some if row.version == version)
    if access is not Access.full:
        return {task: HoldShown(since_ms=row.at_ms) for task, row in standing.items()}
    sealed = [SealedValue(row.sealed or b"", row.key_id, row.act_id) for row in standing.values()]
    opened = open_bytes(connection, data_keys, sealed)
    return {
        task: HoldShown(since_ms=row.at_ms) if isinstance(text, Erased) else _hold(text, row.at_ms)
        for (task, row), text in zip(standing.items(), opened, strict=True)
    }


def _hold(text: bytes, since_ms: int) -> HoldShown:
    who, _, phone = text.decode().partition("\n")
    return HoldShown(who, phone, since_ms)

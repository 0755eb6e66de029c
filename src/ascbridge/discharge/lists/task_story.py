"""One task with all that led to it: acts, evidence and the explanation of the rules, oldest first.

Nothing here names anybody. Where a restricted person is stands in no story.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from ascbridge.discharge.lists.worklist import OF_TASK, row_of
from ascbridge.events.facts.catalogue import StayChanged
from ascbridge.people.membership import restricted
from ascbridge.storage.tables import desk_act, evidence, spell, task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from ascbridge.discharge.lists.worklist import Lists, WorklistRow


@dataclass(frozen=True, slots=True)
class ActRow:
    """What somebody did. `detail` holds codes; free text is sealed (associated data: `act_id`)."""

    act_id: str
    version: int
    act: str
    actor: str
    role: str
    detail: dict[str, Any]
    sealed: bytes | None
    key_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """An event that spoke of the stay or changed it: type, message, times, open part and effect in words.

    `replaced`: its message was translated again, and what this event said of it no longer counts.
    """

    event_id: str
    message_id: str
    type: str
    time_ms: int
    recorded_ms: int
    data: dict[str, Any]
    effect: str
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One task with all that led to it, oldest first. `explanation` is the last decision (`decision.py`)."""

    row: WorklistRow
    stay: StayChanged
    sealed_visit: tuple[bytes, str, str] | None
    acts: tuple[ActRow, ...]
    evidence: tuple[EvidenceRow, ...]
    explanation: dict[str, Any]


def story(connection: Connection, task_id: str, lists: Lists) -> Story | None:
    """Return a task with its acts, its evidence and its explanation; None where there is no such task."""
    s = spell.c
    found = connection.execute(
        select(*OF_TASK, s.spell_key, s.view, s.explanation, s.sealed, s.sealed_event, s.key_id)
        .join(spell, (s.spell_key == task.c.spell_key) & (s.generation == task.c.generation))
        .where(task.c.generation == lists.generation, task.c.task_id == task_id)
    ).first()
    if found is None:
        return None
    row = row_of(found[: len(OF_TASK)], lists.now_ms)
    hidden = bool(restricted(connection, [row.patient_key]))
    visit = (found.sealed, found.key_id, found.sealed_event) if found.sealed is not None else None
    return Story(
        row=row,
        stay=StayChanged.model_validate_json(found.view),
        sealed_visit=visit,
        acts=acts_on(connection, desk_act, task_id),
        evidence=_evidence(connection, found.spell_key, hidden=hidden),
        explanation=orjson.loads(found.explanation),
    )


def acts_on(connection: Connection, table: Table, task_id: str) -> tuple[ActRow, ...]:
    """Return what people did with one task, oldest first; `table` is `desk_act`, or its like of another desk."""
    a = table.c
    wanted = select(a.act_id, a.version, a.act, a.actor, a.role, a.detail, a.sealed, a.key_id, a.at_ms)
    return tuple(
        ActRow(id, version, act, actor, role, orjson.loads(detail), sealed, key_id, at_ms)
        for id, version, act, actor, role, detail, sealed, key_id, at_ms in connection.execute(
            wanted.where(a.task_id == task_id).order_by(a.version)
        )
    )


def _evidence(connection: Connection, key: str, *, hidden: bool) -> tuple[EvidenceRow, ...]:
    e = evidence.c
    wanted = select(e.event_id, e.message_id, e.type, e.time_ms, e.recorded_ms, e.data, e.effect)
    found = []
    for id, message, kind, time_ms, recorded_ms, data, effect in connection.execute(
        wanted.where(e.spell_key == key).order_by(e.time_ms, e.event_id)
    ):
        shown = orjson.loads(data)
        if hidden:
            shown.pop("ward", None)
        found.append(EvidenceRow(id, message, kind, time_ms, recorded_ms, shown, effect))
    return with_replaced(found)


def with_replaced(rows: Sequence[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Mark what an earlier translation of a message had said: only its last one counts, and none of a dry run does."""
    last: dict[str, int] = {}
    for row in rows:
        if row.effect != "shadow":
            last[row.message_id] = max(_translation(row), last.get(row.message_id, 0))
    return tuple(replace(row, replaced=_translation(row) < last.get(row.message_id, 0)) for row in rows)


def _translation(row: EvidenceRow) -> int:
    return int((row.data.get("stamp") or {}).get("translation") or 0)

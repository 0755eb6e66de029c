"""Sub-tasks and what people did with them in the database: all SQL of split-off work that writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import bindparam, select

from ascbridge.discharge.deciding.decision import KIND
from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.sub_tasks.sub_state import SUB_WORKING, outstanding
from ascbridge.events.facts.catalogue import TaskFact
from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.events.logs.envelope import following_id
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import sub_act, sub_task, task
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

_t, _a, _p = sub_task.c, sub_act.c, task.c
_ROWS = (
    _t.task_id,
    _t.parent_id,
    _t.spell_key,
    _t.patient_key,
    _t.person_id,
    _t.body,
    _t.closed_ms,
    _t.invented,
)
_OF_SPELLS = Prepared.of(lambda one_of: select(*_ROWS).where(one_of(_t.spell_key, "keys")))
_ABOUT = Prepared.of(
    lambda one_of: select(_t.spell_key).where(one_of(_t.person_id, "keys"), _t.about != "").distinct()
)
_ACTS = Prepared.of(
    lambda one_of: (
        select(_a.task_id, _a.version, _a.act, _a.actor, _a.at_ms, _a.detail)
        .where(one_of(_a.task_id, "tasks"))
        .order_by(_a.task_id, _a.version)
    )
)
_PARENTS = Prepared.of(
    lambda one_of: select(_p.spell_key, _p.patient_key, _p.person_id, _p.body).where(
        _p.generation == bindparam("now"), _p.kind == KIND, one_of(_p.spell_key, "keys")
    )
)


@dataclass(slots=True)
class SubWork:
    """One sub-task as a batch finds and leaves it. `fact` is as last published."""

    task: str
    parent: str
    spell: str
    patient_key: str = ""
    person_id: str = ""
    fact: SubTaskFact | None = None
    closed_ms: int | None = None
    invented: str = ""
    claimed_by: str = ""
    acts: list[Act] = field(default_factory=list)
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Parent:
    """A discharge task as it now is, and whose."""

    fact: TaskFact
    patient_key: str
    person_id: str


def sub_task_id(parent: str, number: int) -> str:
    """Return the id of a parent's sub-task by its number, so that two cannot be the same one."""
    return following_id("u", parent, f"{parent}/{number}")


def read_sub_works(connection: Connection, spells: Collection[str]) -> dict[str, SubWork]:
    """Return every sub-task of these stays' tasks, with what people did, by its id."""
    found = {}
    for id, parent, spell, key, person, body, closed_ms, invented in _OF_SPELLS.rows(
        connection, keys=list(spells)
    ):
        fact = SubTaskFact.model_validate_json(body)
        found[id] = SubWork(id, parent, spell, key, person, fact, closed_ms, invented)
    if found:
        for id, version, act, actor, at_ms, detail in _ACTS.rows(connection, tasks=list(found)):
            found[id].acts.append(Act(version, act, actor, at_ms, orjson.loads(detail)))
    return found


def spells_waiting_for_things(connection: Connection, person_ids: Collection[str]) -> set[str]:
    """Return the stays of these people of which a sub-task is about a thing that the council speaks of."""
    return {spell for (spell,) in _ABOUT.rows(connection, keys=list(person_ids))}


def read_parents(connection: Connection, spells: Collection[str], generation: int) -> dict[str, Parent]:
    """Return the discharge tasks of these stays, by stay."""
    return {
        spell: Parent(TaskFact.model_validate_json(body), key, person)
        for spell, key, person, body in _PARENTS.rows(connection, now=generation, keys=list(spells))
    }


def save_sub_works(connection: Connection, works: Collection[SubWork], now_ms: int) -> None:
    """Write sub-tasks."""
    rows = [
        _row(work, work.fact, now_ms)
        for work in sorted(works, key=lambda one: one.task)
        if work.touched and work.fact is not None
    ]
    upsert(connection, sub_task, rows)


def _row(work: SubWork, fact: SubTaskFact, now_ms: int) -> dict[str, Any]:
    return {
        "task_id": work.task,
        "parent_id": work.parent,
        "spell_key": work.spell,
        "kind": fact.kind,
        "about": fact.about,
        "patient_key": work.patient_key,
        "person_id": work.person_id,
        "status": fact.status,
        "tell": fact.tell,
        "owner_team": fact.owner_team,
        "claimed_by": work.claimed_by,
        "opened_ms": fact.opened_ms,
        "due_ms": fact.due_ms,
        "closed_ms": None if fact.status in SUB_WORKING else work.closed_ms,
        "revision": fact.revision,
        "desk_version": work.acts[-1].version if work.acts else 0,
        "blocks": int(outstanding(fact)),
        "body": fact.model_dump_json().encode(),
        "invented": work.invented,
        "changed_ms": now_ms,
    }

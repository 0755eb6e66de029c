"""Stays, tasks, evidence, desk acts and council facts in the database: all SQL of the desk that writes.

One query a table for a batch. Where two workers may touch one stay (its patient changed), they take turns.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import bindparam, or_, select

from ascbridge.discharge.deciding.decision import KIND, task_id
from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.discharge.deciding.pathway import CLOSED
from ascbridge.discharge.lists.task_columns import task_columns
from ascbridge.discharge.stay.spell import EMPTY, SpellState, from_json, to_json
from ascbridge.discharge.stay.statements import Said
from ascbridge.events.facts.catalogue import (
    StayChanged,
    StayFact,
    TaskFact,
    UnknownEventType,
    VisitMoved,
    read_fact,
)
from ascbridge.people import turns
from ascbridge.storage.prepared import Prepared, unindexed
from ascbridge.storage.tables import care, desk_act, entered_stay, evidence, patient, spell, task
from ascbridge.storage.upsert import insert_missing, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection, Table


_p, _s, _t, _a, _e, _c = patient.c, spell.c, task.c, desk_act.c, evidence.c, care.c
_PATIENTS = Prepared.of(
    lambda one_of: select(
        _p.patient_key, _p.person_id, _p.details, _p.sealed_event, _p.restricted, _p.died, _p.died_on,
        _p.death_stamp,
    ).where(_p.person_id.in_(select(_p.person_id).where(one_of(_p.patient_key, "keys"))))
)  # fmt: skip
_STAYS_OF = Prepared.of(
    lambda one_of: select(_s.spell_key).where(
        unindexed(_s.generation) == bindparam("now"), one_of(_s.patient_key, "keys")
    )
)
_AT_WORK = Prepared.of(
    lambda one_of: select(_s.spell_key).where(
        unindexed(_s.generation) == bindparam("now"),
        one_of(_s.patient_key, "keys"),
        or_(
            _s.decision == "drop",
            select(_t.spell_key)
            .where(_t.generation == bindparam("now"), _t.spell_key == _s.spell_key)
            .exists(),
        ),
    )
)
_HEARD = Prepared.of(lambda _: select(_e.spell_key).where(_e.message_id == bindparam("said_in")))
_STAYS = Prepared.of(
    lambda one_of: select(
        _s.spell_key, _s.patient_key, _s.person_id, _s.slots, _s.view, _s.decision, _s.explanation, _s.sealed,
        _s.sealed_event, _s.key_id,
    ).where(_s.generation == bindparam("now"), one_of(_s.spell_key, "keys"))
)  # fmt: skip
_TASKS = Prepared.of(
    lambda one_of: select(
        _t.spell_key, _t.body, _t.claimed_by, _t.closed_ms, _t.invented, _t.moved_ms, _t.locality
    ).where(_t.generation == bindparam("now"), _t.kind == KIND, one_of(_t.spell_key, "keys"))
)
_ACTS = Prepared.of(
    lambda one_of: (
        select(_a.task_id, _a.version, _a.act, _a.actor, _a.at_ms, _a.detail)
        .where(one_of(_a.task_id, "tasks"))
        .order_by(_a.task_id, _a.version)
    )
)
_EVIDENCE = Prepared.of(
    lambda _: select(_e.event_id, _e.message_id, _e.subject, _e.type, _e.data).where(
        _e.spell_key == bindparam("about")
    )
)
_ENTERED = Prepared.of(
    lambda one_of: select(entered_stay.c.spell_key, entered_stay.c.patient_key).where(
        unindexed(entered_stay.c.generation) == bindparam("now"), one_of(entered_stay.c.patient_key, "keys")
    )
)
_CARE_ROWS = select(_c.patient_key, _c.slot, _c.stamp, _c.value, _c.sealed, _c.sealed_event, _c.key_id)
_CARE = Prepared.of(lambda one_of: _CARE_ROWS.where(one_of(_c.patient_key, "keys")))
_DECIDING = Prepared.of(
    lambda one_of: _CARE_ROWS.where(
        one_of(_c.patient_key, "keys"),
        or_(_c.slot == "known", _c.slot == "worker", _c.slot.like("package:%")),
    )
)
_PLACED = Prepared.of(
    lambda one_of: _CARE_ROWS.where(
        one_of(_c.patient_key, "keys"), or_(_c.slot.like("package:%"), _c.slot.like("placement:%"))
    )
)


@dataclass(slots=True)
class Stay:
    """One stay and its task as a batch finds and leaves them. `shown` and `task` are as last published."""

    key: str
    patient_key: str
    person_id: str = ""
    state: SpellState = EMPTY
    shown: StayChanged | None = None
    task: TaskFact | None = None
    decision: str = "none"
    explanation: bytes = b"{}"
    sealed: bytes | None = None
    sealed_event: str = ""
    key_id: str = ""
    claimed_by: str = ""
    closed_ms: int | None = None
    invented: str = ""
    moved_ms: int = 0
    locality: str = ""
    acts: list[Act] = field(default_factory=list)
    touched: bool = False


@dataclass(frozen=True, slots=True)
class PatientRow:
    """What the decision needs of one patient key, from table `patient`."""

    person_id: str
    details: str
    details_event: str
    restricted: bool
    died: bool
    died_on: str
    death_stamp: str


@dataclass(slots=True)
class CareRow:
    """What the council said last of a slot (known, worker, package:<id>...); `stamp` sorts (`people.stamps`)."""

    stamp: str
    value: dict[str, Any]
    sealed: bytes | None = None
    sealed_event: str = ""
    key_id: str = ""
    changed: bool = False


CareRows = dict[str, dict[str, CareRow]]
"""For each patient key, each slot's row."""


def take_turns(connection: Connection, spells: Iterable[str]) -> None:
    """Wait until no other worker holds one of these stays (PostgreSQL; SQLite has one writer)."""
    turns.take(connection, [f"spell:{key}" for key in spells])


def read_patients(connection: Connection, keys: Collection[str]) -> dict[str, PatientRow]:
    """Return these patient keys and every other of the same persons."""
    rows = _PATIENTS.rows(connection, keys=list(keys)) if keys else ()
    return {
        key: PatientRow(person, details, event, bool(restricted), bool(died), *death)
        for key, person, details, event, restricted, died, *death in rows
    }


def spells_of(connection: Connection, keys: Collection[str], generation: int) -> set[str]:
    """Return every stay of these patient keys."""
    return {key for (key,) in _STAYS_OF.rows(connection, now=generation, keys=list(keys))}


def spells_at_work(connection: Connection, keys: Collection[str], generation: int) -> set[str]:
    """Return the stays of these patient keys that have a task, or that a rule dropped."""
    return {key for (key,) in _AT_WORK.rows(connection, now=generation, keys=list(keys))}


def entered_by_hand(connection: Connection, keys: Collection[str], generation: int) -> dict[str, str]:
    """Return the stays that somebody entered by hand under these patient keys, each with that key."""
    return dict(_ENTERED.rows(connection, now=generation, keys=list(keys))) if keys else {}


def spells_that_heard(connection: Connection, message_id: str) -> set[str]:
    """Return the stays of which a message spoke, in any of its translations."""
    return {key for (key,) in _HEARD.rows(connection, said_in=message_id)}


def read_stays(connection: Connection, keys: Collection[str], generation: int) -> dict[str, Stay]:
    """Return the stays with these keys, their tasks and desk acts; blank ones where nobody spoke yet."""
    found = {key: Stay(key, "") for key in keys}
    if not found:
        return found
    rows = _STAYS.rows(connection, now=generation, keys=list(found))
    for key, owner, person, slots, shown, *rest in rows:
        stay = StayChanged.model_validate_json(shown)
        found[key] = Stay(key, owner, person, from_json(slots), stay, None, *rest)
    if rows:
        _read_tasks(connection, found, generation)
    read_acts(connection, found)
    return found


def _read_tasks(connection: Connection, stays: Mapping[str, Stay], generation: int) -> None:
    rows = _TASKS.rows(connection, now=generation, keys=list(stays))
    for key, body, claimed_by, closed_ms, invented, moved_ms, locality in rows:
        stay = stays[key]
        stay.task = TaskFact.model_validate_json(body)
        stay.claimed_by, stay.closed_ms, stay.invented = claimed_by, closed_ms, invented
        stay.moved_ms, stay.locality = moved_ms, locality


def read_acts(connection: Connection, stays: Mapping[str, Stay]) -> None:
    """Give each stay the desk acts on its task, in order."""
    by_task = {task_id(key): stay for key, stay in stays.items()}
    for id, version, act, actor, at_ms, detail in _ACTS.rows(connection, tasks=list(by_task)):
        by_task[id].acts.append(Act(version, act, actor, at_ms, orjson.loads(detail)))


def read_evidence(connection: Connection, key: str) -> list[Said]:
    """Return everything that messages said of one stay; what was only told in a dry run is left out."""
    said = []
    for event_id, message_id, subject, kind, data in _EVIDENCE.rows(connection, about=key):
        try:
            fact = read_fact(kind, orjson.loads(data))
        except UnknownEventType:
            continue  # written by a later version; it will fold this stay again itself
        if not isinstance(fact, StayFact | VisitMoved) or "shadow" in getattr(fact, "marks", ()):
            continue
        if fact.spell == key:  # one mended to another stay stands here too, for the story: it left this one
            said.append(Said(fact, subject, message_id, event_id))
    return said


def read_care(connection: Connection, keys: Collection[str], *, deciding: bool = False) -> CareRows:
    """Return what the council said of these patient keys, by key and slot; or only what decisions rest on."""
    return _care_rows(connection, _DECIDING if deciding else _CARE, keys)


def read_placed(connection: Connection, keys: Collection[str]) -> CareRows:
    """Return the packages and placements of these patient keys: what the council names a provider of."""
    return _care_rows(connection, _PLACED, keys)


def _care_rows(connection: Connection, wanted: Prepared, keys: Collection[str]) -> CareRows:
    found: CareRows = {}
    rows = wanted.rows(connection, keys=list(keys)) if keys else ()
    for key, slot, stamp, value, *rest in rows:
        found.setdefault(key, {})[slot] = CareRow(stamp, orjson.loads(value), *rest)
    return found


def save_stays(connection: Connection, stays: Collection[Stay], generation: int, now_ms: int) -> None:
    """Write stays and their tasks."""
    ordered = sorted(stays, key=lambda stay: stay.key)
    upsert(
        connection,
        spell,
        [_spell_row(stay, stay.shown, generation, now_ms) for stay in ordered if stay.shown],
    )
    tasks = [_task_row(stay, stay.task, generation, now_ms) for stay in ordered if stay.task is not None]
    upsert(connection, task, tasks)


def save_entered(connection: Connection, patient_keys: Mapping[str, str], generation: int) -> None:
    """Write under which patient key each of these stays was entered by hand."""
    rows = [
        {"generation": generation, "spell_key": key, "patient_key": patient_key}
        for key, patient_key in sorted(patient_keys.items())
    ]
    upsert(connection, entered_stay, rows)


def save_evidence(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write evidence; an event that is there already adds nothing."""
    insert_missing(connection, evidence, rows)


def save_care(connection: Connection, rows: CareRows, now_ms: int) -> None:
    """Write what the council said anew, and of what is new in it that it was heard now."""
    upsert(
        connection,
        care,
        [
            {
                "patient_key": key,
                "slot": slot,
                "stamp": row.stamp,
                "value": orjson.dumps({"heard_ms": now_ms} | row.value),
                "sealed": row.sealed,
                "sealed_event": row.sealed_event,
                "key_id": row.key_id,
                "changed_ms": now_ms,
            }
            for key in sorted(rows)
            for slot, row in sorted(rows[key].items())
            if row.changed
        ],
    )


def add_act(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Write an act into the table of its desk; return False where its version is taken already."""
    insert_missing(connection, table, [dict(row)])
    a = table.c
    written = select(a.act_id).where(a.task_id == row["task_id"], a.version == row["version"])
    return bool(connection.execute(written).scalar_one() == row["act_id"])


def sealed_bytes(data: Mapping[str, object]) -> bytes | None:
    """Return the sealed part of an event's data, if it has one."""
    sealed = data.get("sealed")
    return base64.b64decode(sealed) if isinstance(sealed, str) else None


def _spell_row(stay: Stay, shown: StayChanged, generation: int, now_ms: int) -> dict[str, Any]:
    return {
        "generation": generation,
        "spell_key": stay.key,
        "patient_key": stay.patient_key,
        "person_id": stay.person_id,
        "slots": to_json(stay.state),
        "view": shown.model_dump_json().encode(),
        "revision": shown.revision,
        "status": shown.status,
        "decision": stay.decision,
        "explanation": stay.explanation,
        "facility": shown.facility,
        "sealed_event": stay.sealed_event,
        "sealed": stay.sealed,
        "key_id": stay.key_id,
        "changed_ms": now_ms,
    }


def _task_row(stay: Stay, fact: TaskFact, generation: int, now_ms: int) -> dict[str, Any]:
    return {
        "generation": generation,
        "task_id": fact.task,
        "spell_key": stay.key,
        "kind": fact.kind,
        "patient_key": stay.patient_key,
        "person_id": stay.person_id,
        "status": fact.status,
        "stage": fact.stage,
        "signal": fact.signal,
        "reason": fact.reason,
        "owner_team": fact.owner_team,
        "claimed_by": stay.claimed_by,
        "opened_ms": fact.opened_ms,
        "due_ms": fact.due_ms,
        "closed_ms": stay.closed_ms if fact.status in CLOSED else None,
        "revision": fact.revision,
        "desk_version": stay.acts[-1].version if stay.acts else 0,
        "body": fact.model_dump_json().encode(),
        "invented": stay.invented,
        "changed_ms": now_ms,
        "moved_ms": stay.moved_ms,
        **task_columns(fact, stay.explanation, stay.locality),
    }

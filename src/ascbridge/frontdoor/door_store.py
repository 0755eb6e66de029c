"""The front door's tasks, acts, waits and clock in the database: all SQL of the front door that writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import bindparam, select

from ascbridge.discharge.deciding.desk_state import Act
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import door_act, door_clock, door_request, door_task
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.frontdoor.request_waits import Wait

_t, _a, _r, _c = door_task.c, door_act.c, door_request.c, door_clock.c
_TASKS = Prepared.of(
    lambda one_of: select(
        _t.task_id, _t.patient_key, _t.person_id, _t.body, _t.explanation, _t.closed_ms, _t.invented
    ).where(one_of(_t.patient_key, "keys"))
)
_ACTS = Prepared.of(
    lambda one_of: (
        select(_a.task_id, _a.version, _a.act, _a.actor, _a.at_ms, _a.detail)
        .where(one_of(_a.task_id, "tasks"))
        .order_by(_a.task_id, _a.version)
    )
)
_REQUEST = (
    "request_id", "patient_key", "person_id", "kind", "number", "owner_team", "received_on", "referred_on",
    "assessed_on", "cared_on", "by_date", "last_contact_on", "outcome", "waits_for", "first_ms",
)  # fmt: skip
_REQUESTS = Prepared.of(
    lambda one_of: select(*(_r[name] for name in _REQUEST)).where(one_of(_r.patient_key, "keys"))
)
_CLOCKS = Prepared.of(lambda one_of: select(_c.patient_key, _c.at_ms).where(one_of(_c.patient_key, "keys")))
_DUE = Prepared.of(
    lambda _: (
        select(_c.patient_key, _c.at_ms)
        .where(_c.at_ms <= bindparam("now"))
        .order_by(_c.at_ms)
        .limit(bindparam("most"))
    )
)


@dataclass(slots=True)
class Work:
    """One task as a batch finds and leaves it. `fact` is as last published."""

    task: str
    patient_key: str
    person_id: str = ""
    fact: FrontDoorTask | None = None
    explanation: dict[str, Any] = field(default_factory=dict)
    closed_ms: int | None = None
    invented: str = ""
    claimed_by: str = ""
    unconfirmed: bool = False
    acts: list[Act] = field(default_factory=list)
    touched: bool = False


def request_id(patient_key: str, slot: str) -> str:
    """Return the id of a request: a patient key and the council's own slot."""
    return f"{patient_key}/{slot}"


def read_works(connection: Connection, patient_keys: Collection[str]) -> dict[str, Work]:
    """Return every task of these patient keys, with what people did, by its id."""
    found = {}
    for task, key, person, body, explanation, closed_ms, invented in _TASKS.rows(
        connection, keys=list(patient_keys)
    ):
        fact = FrontDoorTask.model_validate_json(body)
        found[task] = Work(task, key, person, fact, orjson.loads(explanation), closed_ms, invented)
    if found:
        for task, version, act, actor, at_ms, detail in _ACTS.rows(connection, tasks=list(found)):
            found[task].acts.append(Act(version, act, actor, at_ms, orjson.loads(detail)))
    return found


def read_requests(connection: Connection, patient_keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return what is written of each request of these patient keys, by its id."""
    rows = _REQUESTS.rows(connection, keys=list(patient_keys))
    return {row[0]: dict(zip(_REQUEST, row, strict=True)) for row in rows}


def read_clocks(connection: Connection, patient_keys: Collection[str]) -> dict[str, int | None]:
    """Return what is set for these patient keys (UTC ms)."""
    return dict(list(_CLOCKS.rows(connection, keys=list(patient_keys))))


def due(connection: Connection, now_ms: int, most: int) -> list[tuple[str, int]]:
    """Return whose time has come, the longest past first, with the time that was set (UTC ms)."""
    return [(key, at_ms) for key, at_ms in _DUE.rows(connection, now=now_ms, most=most)]


def save_works(connection: Connection, works: Collection[Work], now_ms: int) -> None:
    """Write tasks."""
    rows = [
        _row(work, work.fact, now_ms)
        for work in sorted(works, key=lambda one: one.task)
        if work.touched and work.fact is not None
    ]
    upsert(connection, door_task, rows)


def save_waits(
    connection: Connection,
    waits: Mapping[str, Sequence[Wait]],
    first_ms: Mapping[tuple[str, str], int],
    now_ms: int,
    written: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write the waits of each person where they differ from what is `written`; a request that is none any more waits
    for nothing.
    """
    rows = [
        _wait_row(person, one, first_ms[one.patient_key, one.slot])
        for person, own in waits.items()
        for one in own
    ]
    fresh = [row | {"changed_ms": now_ms} for row in rows if row != written.get(row["request_id"])]
    upsert(connection, door_request, sorted(fresh, key=lambda row: str(row["request_id"])))


def save_clocks(connection: Connection, clocks: dict[str, int | None]) -> None:
    """Set when time alone may next change something for each of these patient keys."""
    upsert(connection, door_clock, [{"patient_key": key, "at_ms": at} for key, at in sorted(clocks.items())])


def _row(work: Work, fact: FrontDoorTask, now_ms: int) -> dict[str, Any]:
    return {
        "task_id": work.task,
        "kind": fact.kind,
        "about": fact.about,
        "patient_key": work.patient_key,
        "person_id": work.person_id,
        "status": fact.status,
        "signal": fact.signal,
        "owner_team": fact.owner_team,
        "claimed_by": work.claimed_by,
        "since_on": fact.since_on,
        "opened_ms": fact.opened_ms,
        "due_ms": fact.due_ms,
        "closed_ms": work.closed_ms,
        "revision": fact.revision,
        "desk_version": work.acts[-1].version if work.acts else 0,
        "unconfirmed": int(work.unconfirmed),
        "body": fact.model_dump_json().encode(),
        "explanation": orjson.dumps(work.explanation),
        "invented": work.invented,
        "changed_ms": now_ms,
    }


def _wait_row(person: str, wait: Wait, first_ms: int) -> dict[str, Any]:
    kind, _, number = wait.slot.partition(":")
    return {
        "request_id": request_id(wait.patient_key, wait.slot),
        "patient_key": wait.patient_key,
        "person_id": person,
        "kind": kind,
        "number": number,
        "owner_team": wait.owner_team,
        "received_on": wait.received_on,
        "referred_on": wait.referred_on,
        "assessed_on": wait.assessed_on,
        "cared_on": wait.cared_on,
        "by_date": int(wait.by_date),
        "last_contact_on": wait.last_contact_on,
        "outcome": wait.outcome,
        "waits_for": wait.waits_for,
        "first_ms": first_ms,
    }

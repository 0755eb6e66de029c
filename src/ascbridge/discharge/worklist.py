"""Whose work is where: lists in due order, their counts, dropped stays with their reason, a task's story.

Nothing here names anybody: rows carry the patient key and the person id; `people.opening` opens names. Where
a restricted person is stands in no row and in no story.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import orjson
from sqlalchemy import ColumnElement, func, literal_column, or_, select

from ascbridge.calendars import day_bounds
from ascbridge.discharge.pathway import OPEN
from ascbridge.events.catalogue import StayChanged, TaskFact
from ascbridge.people.membership import restricted
from ascbridge.storage.prepared import unindexed
from ascbridge.storage.tables import desk_act, evidence, spell, task

if TYPE_CHECKING:
    from sqlalchemy import Connection

View = Literal[
    "open", "mine", "due-today", "needs-a-look", "not-confirmed", "paused", "closed-today", "discharged"
]
VIEWS: tuple[View, ...] = get_args(View)

_OF_TASK = (
    task.c.body, task.c.patient_key, task.c.person_id, task.c.claimed_by, task.c.desk_version,
    task.c.changed_ms, task.c.closed_ms, task.c.invented,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One task as a list shows it. `fact` is the task as last published; times are UTC ms."""

    fact: TaskFact
    patient_key: str
    person_id: str
    claimed_by: str
    version: int
    changed_ms: int
    closed_ms: int | None
    invented: bool
    late: bool


@dataclass(frozen=True, slots=True)
class DroppedStay:
    """A stay that `rule` dropped, and `why`; rule `would_open` asked for a task. It can be opened by hand."""

    spell: str
    patient_key: str
    person_id: str
    stay: StayChanged
    rule: str
    why: str
    would_open: str
    changed_ms: int


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
    """An event that spoke of the stay or changed it: type, message, times, open part and effect in words."""

    event_id: str
    message_id: str
    type: str
    time_ms: int
    recorded_ms: int
    data: dict[str, Any]
    effect: str


@dataclass(frozen=True, slots=True)
class Story:
    """One task with all that led to it, oldest first. `explanation` is the last decision (`decision.py`)."""

    row: WorklistRow
    stay: StayChanged
    sealed_visit: tuple[bytes, str, str] | None
    acts: tuple[ActRow, ...]
    evidence: tuple[EvidenceRow, ...]
    explanation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lists:
    """Which lists are asked for: of one team or of all (empty), at a time, for one person at the desk."""

    now_ms: int
    team: str = ""
    actor: str = ""
    generation: int = 1


def rows(
    connection: Connection, view: View, lists: Lists, *, limit: int = 200, after: int = 0
) -> list[WorklistRow]:
    """Return a list in due order (closed ones: the last closed first), `limit` rows from row `after`."""
    order = (
        [task.c.closed_ms.desc(), task.c.task_id]
        if view == "closed-today"
        else [task.c.due_ms.is_(None), task.c.due_ms, task.c.opened_ms, task.c.task_id]
    )
    wanted = select(*_OF_TASK).where(*_where(view, lists)).order_by(*order).limit(limit).offset(after)
    return [_row(found, lists.now_ms) for found in connection.execute(wanted)]


def counts(connection: Connection, lists: Lists) -> dict[str, int]:
    """Return how many tasks each list holds, how many are late, and how many stays are dropped."""
    found: dict[str, int] = {view: _count(connection, _where(view, lists)) for view in VIEWS}
    late = [*_where("open", lists), task.c.due_ms < lists.now_ms]
    dropped = select(func.count()).where(*_dropped(lists))
    return {
        **found,
        "late": _count(connection, late),
        "dropped": connection.execute(dropped).scalar_one(),
    }


def dropped(connection: Connection, lists: Lists, *, limit: int = 200, after: int = 0) -> list[DroppedStay]:
    """Return the stays that a rule dropped, the last first."""
    s = spell.c
    wanted = (
        select(s.spell_key, s.patient_key, s.person_id, s.view, s.explanation, s.changed_ms)
        .where(*_dropped(lists))
        .order_by(s.changed_ms.desc(), s.spell_key)
        .limit(limit)
        .offset(after)
    )
    found = []
    for key, patient, person, shown, explanation, changed_ms in connection.execute(wanted):
        why = orjson.loads(explanation)
        stay = StayChanged.model_validate_json(shown)
        found.append(
            DroppedStay(key, patient, person, stay, why["rule"], why["why"], why["would_open"], changed_ms)
        )
    return found


def tasks_of(connection: Connection, person_id: str, lists: Lists) -> list[WorklistRow]:
    """Return every task of a person, the last opened first."""
    mine = (unindexed(task.c.generation) == lists.generation, task.c.person_id == person_id)
    wanted = select(*_OF_TASK).where(*mine)
    return [_row(one, lists.now_ms) for one in connection.execute(wanted.order_by(task.c.opened_ms.desc()))]


def story(connection: Connection, task_id: str, lists: Lists) -> Story | None:
    """Return a task with its acts, its evidence and its explanation; None where there is no such task."""
    s = spell.c
    found = connection.execute(
        select(*_OF_TASK, s.spell_key, s.view, s.explanation, s.sealed, s.sealed_event, s.key_id)
        .join(spell, (s.spell_key == task.c.spell_key) & (s.generation == task.c.generation))
        .where(task.c.generation == lists.generation, task.c.task_id == task_id)
    ).first()
    if found is None:
        return None
    row = _row(found, lists.now_ms)
    hidden = bool(restricted(connection, [row.patient_key]))
    visit = (found.sealed, found.key_id, found.sealed_event) if found.sealed is not None else None
    return Story(
        row=row,
        stay=StayChanged.model_validate_json(found.view),
        sealed_visit=visit,
        acts=_acts(connection, task_id),
        evidence=_evidence(connection, found.spell_key, hidden=hidden),
        explanation=orjson.loads(found.explanation),
    )


def _where(view: View, lists: Lists) -> list[ColumnElement[bool]]:
    # Every list is short, however many tasks there ever were: it goes by what makes it so, never by the generation.
    start, end = day_bounds(lists.now_ms)
    t = task.c
    common = [unindexed(t.generation) == lists.generation]
    if lists.team:
        common.append(t.owner_team == lists.team)
    to_look = t.looks > literal_column("0")  # in the words of the index
    opened = t.status.in_(sorted(OPEN))
    by_view: dict[View, list[ColumnElement[bool]]] = {
        "open": [opened],
        "mine": [opened, t.claimed_by == lists.actor, t.claimed_by != ""],
        "due-today": [or_(opened, to_look), t.due_ms < end],
        "needs-a-look": [to_look],
        "not-confirmed": [opened, t.unconfirmed > 0],
        "paused": [t.status == "on-hold"],
        "closed-today": [t.closed_ms >= start, t.closed_ms < end],
        "discharged": [opened, t.signal.in_(["discharged", "discharged-unclear"])],
    }
    return common + by_view[view]


def _dropped(lists: Lists) -> list[ColumnElement[bool]]:
    return [unindexed(spell.c.generation) == lists.generation, spell.c.decision == "drop"]


def _count(connection: Connection, where: list[ColumnElement[bool]]) -> int:
    return int(connection.execute(select(func.count()).select_from(task).where(*where)).scalar_one())


def _row(found: Any, now_ms: int) -> WorklistRow:
    fact = TaskFact.model_validate_json(found.body)
    return WorklistRow(
        fact=fact,
        patient_key=found.patient_key,
        person_id=found.person_id,
        claimed_by=found.claimed_by,
        version=found.desk_version,
        changed_ms=found.changed_ms,
        closed_ms=found.closed_ms,
        invented=found.invented == "yes",
        late=fact.due_ms is not None and fact.due_ms < now_ms,
    )


def _acts(connection: Connection, task_id: str) -> tuple[ActRow, ...]:
    a = desk_act.c
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
    return tuple(found)

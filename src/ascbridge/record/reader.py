"""One person's shared record for the page: section by section, each with its source, its age and how its
feed does.

A section is *shown*, *none recorded*, *not shared* (a restriction), *late* (its feed has gone quiet, so
what is shown may be old) or *not supplied* (nobody we hear from tells it). An erased person's page has
sections and nothing in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

from sqlalchemy import func, select

from ascbridge.people.identities import in_lists
from ascbridge.record.gathering import gather
from ascbridge.storage.tables import evidence, feed_heard, message, patient, record_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys
    from ascbridge.record.views import PatientView, PersonState, StayView, TaskView

State = Literal["shown", "none recorded", "not shared", "late", "not supplied"]
T = TypeVar("T")
TIMELINE_LENGTH = 200
DESK = "Discharge desk"


@dataclass(frozen=True, slots=True)
class Section(Generic[T]):
    """A part of the record. `updated_ms` is its last change, `heard_ms` when its feed last spoke (UTC ms,
    or None).
    """

    state: State
    source: str
    updated_ms: int | None
    heard_ms: int | None
    items: tuple[T, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that was said about a stay: what, when it happened and was recorded (UTC ms), what it
    changed.
    """

    spell_key: str
    what: str
    happened_ms: int
    recorded_ms: int
    effect: str
    message_id: str


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """The record of one person. `who` names them; `contact` is what could tell where they are."""

    person_id: str
    state: PersonState
    restricted: bool
    successor: str
    who: Section[PatientView]
    contact: Section[PatientView]
    spells: Section[StayView]
    tasks: Section[TaskView]
    timeline: Section[Happening]


class Freshness(NamedTuple):
    """When the sources of a section last changed something, and when their feeds were last heard."""

    source: str
    updated_ms: int | None
    heard_ms: int | None


def read_person(
    connection: Connection,
    data_keys: DataKeys,
    person_id: str,
    *,
    now_ms: int,
    late_after_ms: int,
    generation: int = 1,
) -> PersonRecord:
    """Return a person's record. A feed that has been quiet for `late_after_ms` makes its sections late.

    Somebody nobody knows, and somebody erased, have the state *erased* and empty sections: the two look the
    same.
    """
    view = gather(connection, data_keys, "", [person_id], generation)[person_id]
    about = view.patient
    here = [about] if about.state == "present" else []
    stays = [stay.fact.spell for stay in view.stays]
    tasks = [task.fact.task for task in view.tasks]
    happenings = _timeline(connection, stays)
    person = _who_said(connection, person_id)
    hospital = _who_told(connection, stays, generation)
    desk = Freshness(DESK, _changed(connection, "task", tasks, generation), now_ms)
    judge = _Judge(now_ms, late_after_ms, _feeds(connection))
    contact = judge.section(person, here if _has_contact(about) else [])
    if about.restricted:
        contact = Section("not shared", person.source, person.updated_ms, person.heard_ms)
    told = hospital._replace(updated_ms=happenings[0].recorded_ms if happenings else None)
    return PersonRecord(
        person_id=person_id,
        state=about.state,
        restricted=about.restricted,
        successor=about.successor,
        who=judge.section(person, here),
        contact=contact,
        spells=judge.section(hospital, view.stays),
        tasks=judge._replace(feeds=1).section(desk, view.tasks),  # the desk is ours: it always tells
        timeline=judge.section(told, happenings),
    )


class _Judge(NamedTuple):
    now_ms: int
    late_after_ms: int
    feeds: int

    def section(self, fresh: Freshness, items: Sequence[T]) -> Section[T]:
        late = fresh.heard_ms is not None and self.now_ms - fresh.heard_ms > self.late_after_ms
        state: State = "shown"
        if not items:
            state = "none recorded" if self.feeds else "not supplied"
        elif late:
            state = "late"
        return Section(state, fresh.source, fresh.updated_ms, fresh.heard_ms, tuple(items))


def _feeds(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(feed_heard)).scalar_one())


def _has_contact(about: PatientView) -> bool:
    known = about.details
    return any(getattr(known, name) for name in type(known).withheld)


def _who_said(connection: Connection, person_id: str) -> Freshness:
    """Return which source spoke last of who somebody is, and how its feed does."""
    rows = connection.execute(
        select(patient.c.patient_key, patient.c.source_name, patient.c.changed_ms)
        .where(patient.c.person_id == person_id)
        .order_by(patient.c.stamp.desc())
    ).all()
    if not rows:
        return Freshness("", None, None)
    messages = connection.execute(
        select(record_part.c.message_id).where(
            record_part.c.kind == "patient", record_part.c.part_id.in_([row.patient_key for row in rows])
        )
    ).scalars()
    heard = _heard(connection, messages)
    return Freshness(rows[0].source_name, max(row.changed_ms for row in rows), heard)


def _who_told(connection: Connection, stays: Sequence[str], generation: int) -> Freshness:
    """Return which hospital a person's stays are told by."""
    rows = [
        row
        for part in in_lists(stays)
        for row in connection.execute(
            select(record_part.c.message_id, record_part.c.patient_key).where(
                record_part.c.generation == generation,
                record_part.c.kind == "stay",
                record_part.c.part_id.in_(part),
            )
        )
    ]
    if not rows:
        return Freshness("", None, None)
    names = connection.execute(
        select(patient.c.source_name)
        .where(patient.c.patient_key.in_({row.patient_key for row in rows}))
        .distinct()
    ).scalars()
    changed = _changed(connection, "stay", stays, generation)
    return Freshness(", ".join(sorted(names)), changed, _heard(connection, [row.message_id for row in rows]))


def _changed(connection: Connection, kind: str, part_ids: Sequence[str], generation: int) -> int | None:
    found = [
        connection.execute(
            select(func.max(record_part.c.changed_ms)).where(
                record_part.c.generation == generation,
                record_part.c.kind == kind,
                record_part.c.part_id.in_(part),
            )
        ).scalar()
        for part in in_lists(part_ids)
    ]
    return max((each for each in found if each is not None), default=None)


def _heard(connection: Connection, message_ids: Iterable[str]) -> int | None:
    """Return when the quietest of the feeds of these messages was last heard."""
    found = [
        last
        for part in in_lists(sorted(set(message_ids)))
        for last in connection.execute(
            select(feed_heard.c.last_ms)
            .join(message, message.c.feed == feed_heard.c.feed)
            .where(message.c.message_id.in_(part))
            .distinct()
        ).scalars()
    ]
    return min(found, default=None)


def _timeline(connection: Connection, stays: Sequence[str]) -> list[Happening]:
    """Return what was said of these stays, the last recorded first."""
    rows = [
        row
        for part in in_lists(stays)
        for row in connection.execute(
            select(evidence)
            .where(evidence.c.spell_key.in_(part))
            .order_by(evidence.c.recorded_ms.desc(), evidence.c.event_id.desc())
            .limit(TIMELINE_LENGTH)
        )
    ]
    rows.sort(key=lambda row: (row.recorded_ms, row.event_id), reverse=True)
    return [
        Happening(row.spell_key, row.type, row.time_ms, row.recorded_ms, row.effect, row.message_id)
        for row in rows[:TIMELINE_LENGTH]
    ]

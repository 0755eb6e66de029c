"""One person's shared record for the page: section by section, each with its source, its age and how its
feed does.

A section is *shown*, or *late*: its feed has gone quiet, so that what is shown may be old. One with nothing in it is
*not shared* (a restriction), *not supplied* (nobody we listen to tells it), *late* (somebody who would tell it has gone
quiet) or *none recorded*. An erased person's page has sections and nothing in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

from sqlalchemy import func, select

from ascbridge.people.identities import in_lists
from ascbridge.record.gathering import gather
from ascbridge.storage.tables import evidence, feed_heard, patient, record_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys
    from ascbridge.record.views import AssessmentView, PatientView, PersonState, StayView, TaskView

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
    assessments: Section[AssessmentView]


class Source(NamedTuple):
    """A source that is expected to speak: what people call it, its feed, and the silence after which that is late.

    `hospital` says that it tells of stays.
    """

    name: str
    feed: str
    late_after_ms: int
    hospital: bool = True


class Freshness(NamedTuple):
    """Whose words a section is, when they last changed something, and how their feeds do.

    Where a feed is late, `source` and `heard_ms` are those of the late ones alone; else `heard_ms` is the quietest's.
    """

    source: str
    updated_ms: int | None
    heard_ms: int | None = None
    late: bool = False


def read_person(
    connection: Connection,
    data_keys: DataKeys,
    person_id: str,
    *,
    now_ms: int,
    sources: Sequence[Source],
    generation: int = 1,
) -> PersonRecord:
    """Return a person's record. A source that has been quiet for too long, or that is none of `sources`, makes the
    sections that it speaks in late.

    Somebody nobody knows, and somebody erased, have the state *erased* and empty sections: the two look the
    same.
    """
    view = gather(connection, data_keys, "", [person_id], generation)[person_id]
    about = view.patient
    here = [about] if about.state == "present" else []
    stays = [stay.fact.spell for stay in view.stays]
    tasks = [task.fact.task for task in view.tasks]
    made = tuple(one for one in view.assessments if not one.fact.withdrawn)
    happenings = _timeline(connection, stays)
    judge = _Judge(now_ms, sources, _heard(connection))
    person = judge.freshness(*_who_said(connection, person_id))
    hospital = judge.freshness(*_who_told(connection, stays, generation))
    desk = Freshness(DESK, _changed(connection, "task", tasks, generation), now_ms)
    hospitals = [source for source in sources if source.hospital]
    contact = judge.section(person, here if _has_contact(about) else [], sources)
    if about.restricted:
        contact = Section("not shared", person.source, person.updated_ms, person.heard_ms)
    told = hospital._replace(updated_ms=max((one.recorded_ms for one in happenings), default=None))
    return PersonRecord(
        person_id=person_id,
        state=about.state,
        restricted=about.restricted,
        successor=about.successor,
        who=judge.section(person, here, sources),
        contact=contact,
        spells=judge.section(hospital, view.stays, hospitals),
        tasks=Section("shown" if view.tasks else "none recorded", DESK, desk.updated_ms, now_ms, view.tasks),
        timeline=judge.section(told, happenings, hospitals),
        assessments=Section(
            "shown" if made else "none recorded",
            DESK,
            _changed(connection, "assessed", [one.fact.assessment for one in made], generation),
            now_ms,
            made,
        ),
    )


class _Judge(NamedTuple):
    now_ms: int
    sources: Sequence[Source]
    heard: dict[str, int]

    def freshness(self, names: Sequence[str], updated_ms: int | None) -> Freshness:
        """Say how the sources of these names do."""
        expected = {source.name: source for source in self.sources}
        last = {name: self.heard.get(expected[name].feed) if name in expected else None for name in names}
        late = [
            name
            for name, at_ms in last.items()
            if at_ms is None or self.now_ms - at_ms > expected[name].late_after_ms
        ]
        shown = late or list(last)
        quietest = min((at_ms for name in shown if (at_ms := last[name]) is not None), default=None)
        return Freshness(", ".join(shown), updated_ms, quietest, bool(late))

    def section(self, fresh: Freshness, items: Sequence[T], expected: Sequence[Source]) -> Section[T]:
        """Return a section; of an empty one, why it is that, by how those do who would tell it."""
        if items:
            state: State = "late" if fresh.late else "shown"
            return Section(state, fresh.source, fresh.updated_ms, fresh.heard_ms, tuple(items))
        if not expected:
            return Section("not supplied", "", fresh.updated_ms, None)
        asked = self.freshness([source.name for source in expected], fresh.updated_ms)
        return Section(
            "late" if asked.late else "none recorded", asked.source, asked.updated_ms, asked.heard_ms
        )


def _heard(connection: Connection) -> dict[str, int]:
    """Return when each feed last spoke."""
    rows = connection.execute(select(feed_heard.c.feed, feed_heard.c.last_ms))
    return {feed: at_ms for feed, at_ms in rows}  # noqa: C416  # rows are no pairs to mypy


def _has_contact(about: PatientView) -> bool:
    known = about.details
    return any(getattr(known, name) for name in type(known).withheld)


def _who_said(connection: Connection, person_id: str) -> tuple[list[str], int | None]:
    """Return the sources that speak of who somebody is, the last to speak first, and the last change."""
    rows = connection.execute(
        select(patient.c.source_name, patient.c.changed_ms)
        .where(patient.c.person_id == person_id, patient.c.source_name != "")
        .order_by(patient.c.stamp.desc())
    ).all()
    names = dict.fromkeys(row.source_name for row in rows)
    return list(names), max((row.changed_ms for row in rows), default=None)


def _who_told(connection: Connection, stays: Sequence[str], generation: int) -> tuple[list[str], int | None]:
    """Return the hospitals that tell of a person's stays, and the last change."""
    names = {
        name
        for part in in_lists(stays)
        for name in connection.execute(
            select(patient.c.source_name)
            .join(record_part, record_part.c.patient_key == patient.c.patient_key)
            .where(
                record_part.c.generation == generation,
                record_part.c.kind == "stay",
                record_part.c.part_id.in_(part),
                patient.c.source_name != "",
            )
        ).scalars()
    }
    return sorted(names), _changed(connection, "stay", stays, generation)


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


def _timeline(connection: Connection, stays: Sequence[str]) -> list[Happening]:
    """Return what was said of these stays, what happened last first: messages may come in any order."""
    rows = [
        row
        for part in in_lists(stays)
        for row in connection.execute(
            select(evidence)
            .where(evidence.c.spell_key.in_(part))
            .order_by(evidence.c.time_ms.desc(), evidence.c.event_id.desc())
            .limit(TIMELINE_LENGTH)
        )
    ]
    rows.sort(key=lambda row: (row.time_ms, row.event_id), reverse=True)
    return [
        Happening(row.spell_key, row.type, row.time_ms, row.recorded_ms, row.effect, row.message_id)
        for row in rows[:TIMELINE_LENGTH]
    ]

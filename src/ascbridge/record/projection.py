"""Takes in what the record will show: the newest view of each stay and task, and who changed.

A handler of the log. Single statements about a stay (`PatientAdmitted`...) are left alone: what follows
from them comes as `StayChanged` and as task facts, of which the highest revision holds. Nothing is mapped
here; the person is marked, and the publisher sends whatever is so when it gets there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError
from sqlalchemy import select

from ascbridge.events import ledger
from ascbridge.events.catalogue import (
    DeathStatusRecorded,
    Fact,
    PatientDetailsRecorded,
    PatientRestricted,
    PatientRestrictionLifted,
    PatientsLinked,
    PatientsUnlinked,
    StayChanged,
    TaskFact,
    UnknownEventType,
    read_fact,
)
from ascbridge.events.cloud_event import message_of
from ascbridge.events.faults import EventFault
from ascbridge.events.log import DISCHARGE, PERSON, TASK
from ascbridge.people.identities import in_lists
from ascbridge.people.membership import keys_of, person_of
from ascbridge.record.marking import mark
from ascbridge.storage.tables import record_part
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from ascbridge.clock import Clock
    from ascbridge.events.log import Record

ABOUT_PEOPLE = (
    DeathStatusRecorded,
    PatientDetailsRecorded,
    PatientRestricted,
    PatientRestrictionLifted,
    PatientsLinked,
    PatientsUnlinked,
)
LINKS = (PatientsLinked, PatientsUnlinked)
Part = tuple[str, str]
"""Kind and id of a record part: ``stay`` and ``task`` hold a fact, ``patient`` which person its key last
was, and ``retired`` stands for a person whose last key (`patient_key`) has moved on to another.
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """One event that the record shows something of."""

    record: Record
    fact: Fact

    @property
    def keys(self) -> tuple[str, ...]:
        """The patient keys that it changes something for."""
        other = getattr(self.fact, "other", "")
        return (self.record.key, other) if other else (self.record.key,)


class RecordProjection:
    """The handler `record`: writes `record_part`, marks people for a sink, and owes that sink the events."""

    name = "record"
    topics = (PERSON, DISCHARGE, TASK)

    def __init__(self, sink: str, clock: Clock, *, generation: int = 1) -> None:
        self._sink = sink
        self._clock = clock
        self._generation = generation

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        """Take in a batch. Raises `EventFault` for an event that its own contract does not fit."""
        taken = [each for each in map(_read, records) if each is not None]
        people = _people(connection, taken)
        known = [each for each in taken if each.record.key in people]
        parts = self._existing(connection, known, people)
        fresh = self._newest(known, parts) + self._seen(known, people, parts)
        upsert(connection, record_part, fresh)
        left = {old.patient_key for row in fresh if (old := parts.get((row["kind"], row["part_id"])))}
        left_people = person_of(connection, left - people.keys()).values()
        retired = [row["part_id"] for row in fresh if row["kind"] == "retired"]
        mark(connection, self._sink, [*people.values(), *left_people, *retired], self._clock.now_ms())
        owed = [(message_of(each.record), each.record.event_id, each.record.key) for each in known]
        ledger.owe_sink(connection, self._sink, owed)

    def _existing(
        self, connection: Connection, taken: Iterable[Taken], people: dict[str, str]
    ) -> dict[Part, Row[Any]]:
        wanted = {("patient", key) for key in people}
        wanted |= {part[:2] for each in taken if (part := _part(each.fact))}
        found: dict[Part, Row[Any]] = {}
        for kind in ("patient", "stay", "task"):
            for ids in in_lists(sorted(part_id for each, part_id in wanted if each == kind)):
                rows = connection.execute(
                    select(record_part).where(
                        record_part.c.generation == self._generation,
                        record_part.c.kind == kind,
                        record_part.c.part_id.in_(ids),
                    )
                )
                found |= {(row.kind, row.part_id): row for row in rows}
        return found

    def _newest(self, taken: Iterable[Taken], parts: dict[Part, Row[Any]]) -> list[dict[str, Any]]:
        """Return the rows of stays and tasks whose revision is higher than the one we have."""
        revisions = {part: row.revision for part, row in parts.items()}
        rows: dict[Part, dict[str, Any]] = {}
        for each in taken:
            part = _part(each.fact)
            if part is None:
                continue
            kind, part_id, revision = part
            if revision > revisions.get((kind, part_id), -1):
                revisions[kind, part_id] = revision
                data = each.fact.model_dump_json().encode()
                rows[kind, part_id] = self._row((kind, part_id), each.record.key, revision, data, each.record)
        return list(rows.values())

    def _seen(
        self, taken: Sequence[Taken], people: dict[str, str], parts: dict[Part, Row[Any]]
    ) -> list[dict[str, Any]]:
        """Return who each patient key now is, where that is news, and that whom it was before is retired."""
        said = {key: each.record for each in taken for key in each.keys}
        said |= {each.record.key: each.record for each in taken if isinstance(each.fact, ABOUT_PEOPLE)}
        about = {each.record.key for each in taken if isinstance(each.fact, ABOUT_PEOPLE)}
        rows: dict[Part, dict[str, Any]] = {}
        for key, person in people.items():
            old = parts.get(("patient", key))
            was = orjson.loads(old.data)["person"] if old is not None else ""
            if was == person and key not in about:
                continue
            record = said.get(key, taken[-1].record)
            data = orjson.dumps({"person": person})
            rows["patient", key] = self._row(("patient", key), key, 0, data, record)
            if was and was != person:
                rows["retired", was] = self._row(("retired", was), key, 0, b"{}", record)
        return list(rows.values())

    def _row(self, part: Part, key: str, revision: int, data: bytes, record: Record) -> dict[str, Any]:
        kind, part_id = part
        return {
            "generation": self._generation,
            "kind": kind,
            "part_id": part_id,
            "patient_key": key,
            "revision": revision,
            "data": data,
            "event_id": record.event_id,
            "message_id": message_of(record),
            "changed_ms": self._clock.now_ms(),
        }


def _read(record: Record) -> Taken | None:
    try:
        fact = read_fact(record.event_type, orjson.loads(record.value))
    except UnknownEventType:
        return None
    except (ValidationError, orjson.JSONDecodeError):
        raise EventFault(
            f"the record cannot read this {record.event_type}: it does not fit its contract"
        ) from None
    return Taken(record, fact) if isinstance(fact, (*ABOUT_PEOPLE, StayChanged, TaskFact)) else None


def _people(connection: Connection, taken: Iterable[Taken]) -> dict[str, str]:
    """Return the person of each patient key that is spoken of, and of all the keys that a link may have
    moved.
    """
    people = person_of(connection, {key for each in taken for key in each.keys})
    linked = {key for each in taken if isinstance(each.fact, LINKS) for key in each.keys}
    groups = keys_of(connection, {people[key] for key in linked if key in people})
    return people | {key: person for person, keys in groups.items() for key in keys}


def _part(fact: Fact) -> tuple[str, str, int] | None:
    if isinstance(fact, StayChanged):
        return "stay", fact.spell, fact.revision
    if isinstance(fact, TaskFact):
        return "task", fact.task, fact.revision
    return None

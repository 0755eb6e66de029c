"""Takes in what the record will show: the newest view of each stay and task, and who changed.

A handler of the log. Single statements about a stay (`PatientAdmitted`...) are left alone: what follows
from them comes as `StayChanged` and as task facts, of which the highest revision holds. Nothing is mapped
here; the person is marked, and the publisher sends whatever is so when it gets there.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from pydantic import ValidationError
from sqlalchemy import bindparam, select

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.catalogue import (
    CouncilFact,
    DeathStatusRecorded,
    Fact,
    PatientDetailsRecorded,
    PatientRestricted,
    PatientRestrictionLifted,
    PatientsLinked,
    PatientsUnlinked,
    StayChanged,
    TaskFact,
    kind_of,
)
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.events.facts.hospital_assessment import HospitalAssessmentAttached
from ascbridge.events.facts.information_pack import InformationPackChanged
from ascbridge.events.facts.referral import RequestFact, SelfAssessmentAnswered
from ascbridge.events.facts.split_work import SubTaskFact
from ascbridge.events.handlers import unknown_types
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.cloud_event import message_of
from ascbridge.events.logs.envelope import following_id
from ascbridge.events.logs.faults import EventFault
from ascbridge.events.logs.log import CARE, DISCHARGE, PERSON, REFERRAL, TASK
from ascbridge.people.membership import keys_of, person_of
from ascbridge.record import care_parts
from ascbridge.record.mapping.care_table import SHOWN
from ascbridge.record.marking import mark
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import record_part
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.logs.log import Record

LINKS = (PatientsLinked, PatientsUnlinked)
TAKE_BACK = (ObjectionRecorded, PatientRestricted, PatientsUnlinked)
"""What may have something go from the record, which waits for nothing else that is said."""
ABOUT_PEOPLE = (
    DeathStatusRecorded,
    PatientDetailsRecorded,
    PatientRestricted,
    PatientRestrictionLifted,
    *LINKS,
)
COUNCIL: tuple[type[Fact], ...] = (RequestFact, SelfAssessmentAnswered, ObjectionRecorded, *SHOWN)
"""What the council's case system said that the record shows, or that says whether it may."""
READ: tuple[type[Fact], ...] = (
    *LINKS,
    *COUNCIL,
    StayChanged,
    TaskFact,
    SubTaskFact,
    HospitalAssessmentAttached,
    InformationPackChanged,
    FrontDoorTask,
)
"""Of these the content is wanted too; of the others only that they were said of somebody."""
Part = tuple[str, str]
"""Kind and id of a record part: ``stay``, ``task``, ``sub``, ``assessed``, ``pack``, ``door``, ``request``,
``answers``, ``care`` and ``objection`` hold a fact, ``patient`` which person its key last was, and ``retired`` stands
for a person whose last key (`patient_key`) has moved on to another.
"""


class Old(NamedTuple):
    """A record part as it was."""

    kind: str
    part_id: str
    patient_key: str
    revision: int
    data: bytes


_EXISTING = Prepared.of(
    lambda one_of: select(*(record_part.c[name] for name in Old._fields)).where(
        record_part.c.generation == bindparam("of"),
        record_part.c.kind == bindparam("which"),
        one_of(record_part.c.part_id, "ids"),
    )
)


@dataclass(frozen=True, slots=True)
class Taken:
    """One event that the record shows something of; `fact` is None where only its kind matters."""

    record: Record
    kind: type[Fact]
    fact: Fact | None

    @property
    def keys(self) -> tuple[str, ...]:
        """The patient keys that it changes something for."""
        if not isinstance(self.fact, LINKS) or not self.fact.other:
            return (self.record.key,)
        return (self.record.key, self.fact.other)

    @property
    def about_person(self) -> bool:
        """Whether it says something of the person, and not of a stay or a task."""
        return issubclass(self.kind, ABOUT_PEOPLE)


class RecordProjection:
    """The handler `record`: writes `record_part`, marks people for a sink, and owes that sink the events."""

    name = "record"
    topics = (PERSON, REFERRAL, DISCHARGE, CARE, TASK)

    def __init__(self, sink: str, clock: Clock, *, generation: int = 1) -> None:
        self._sink = sink
        self._clock = clock
        self._generation = generation

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        """Take in a batch. Raises `EventFault` for an event that its own contract does not fit."""
        taken = [each for each in map(_read, records) if each is not None]
        if not taken:
            return
        now_ms = self._clock.now_ms()
        people = _people(connection, taken)
        known = [each for each in taken if each.record.key in people]
        parts = self._existing(connection, known, people)
        fresh = self._newest(known, parts, now_ms) + self._seen(known, people, parts, now_ms)
        upsert(connection, record_part, fresh)
        left = {old.patient_key for row in fresh if (old := parts.get((row["kind"], row["part_id"])))}
        left_people = person_of(connection, left - people.keys()).values()
        retired = [row["part_id"] for row in fresh if row["kind"] == "retired"]
        mark(connection, self._sink, [*people.values(), *left_people, *retired], now_ms)
        hasty = {key for each in known if issubclass(each.kind, TAKE_BACK) for key in each.keys}
        hasty = {people[key] for key in hasty & people.keys()}
        mark(connection, self._sink, hasty, now_ms, at_once=True)
        owed = [(message_of(each.record), each.record.event_id, each.record.key) for each in known]
        ledger.owe_sink(connection, self._sink, owed, now_ms)

    def _existing(
        self, connection: Connection, taken: Iterable[Taken], people: dict[str, str]
    ) -> dict[Part, Old]:
        wanted = defaultdict[str, set[str]](set, {"patient": set(people)})
        for each in taken:
            if part := _part(each):
                wanted[part[0]].add(part[1])
        return {
            (row[0], row[1]): Old(*row)
            for kind, ids in wanted.items()
            if ids
            for row in _EXISTING.rows(connection, of=self._generation, which=kind, ids=list(ids))
        }

    def _newest(self, taken: Iterable[Taken], parts: dict[Part, Old], now_ms: int) -> list[dict[str, Any]]:
        """Return the rows of stays, tasks and so on whose revision is higher than the one we have."""
        newest: dict[Part, tuple[int, Taken]] = {}
        for each in taken:
            part = _part(each)
            if part is None:
                continue
            kind, part_id, revision = part
            old = parts.get((kind, part_id))
            have = newest[kind, part_id][0] if (kind, part_id) in newest else old.revision if old else -1
            if revision > have:
                newest[kind, part_id] = revision, each
        return [
            self._row(part, each.record.key, revision, _stored(each), each.record, now_ms) | _sealed(each)
            for part, (revision, each) in newest.items()
        ]

    def _seen(
        self, taken: Sequence[Taken], people: dict[str, str], parts: dict[Part, Old], now_ms: int
    ) -> list[dict[str, Any]]:
        """Return who each patient key now is, where that is news, and that whom it was before is retired."""
        said = {key: each.record for each in taken for key in each.keys}
        about = {each.record.key: each.record for each in taken if each.about_person}
        said |= about
        rows: dict[Part, dict[str, Any]] = {}
        for key, person in people.items():
            old = parts.get(("patient", key))
            was = orjson.loads(old.data)["person"] if old is not None else ""
            if was == person and key not in about:
                continue
            record = said.get(key, taken[-1].record)
            data = orjson.dumps({"person": person})
            rows["patient", key] = self._row(("patient", key), key, 0, data, record, now_ms)
            if was and was != person:
                rows["retired", was] = self._row(("retired", was), key, 0, b"{}", record, now_ms)
        return list(rows.values())

    def _row(
        self, part: Part, key: str, revision: int, data: bytes, record: Record, now_ms: int
    ) -> dict[str, Any]:
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
            "sealed": None,
            "key_id": "",
            "changed_ms": now_ms,
        }


def _read(record: Record) -> Taken | None:
    """Return what the record shows something of, parsed only where its content is wanted."""
    kind = kind_of(record.event_type)
    if kind is None:
        unknown_types.leave_alone(RecordProjection.name, record)
        return None
    if not issubclass(kind, (*ABOUT_PEOPLE, *READ)):
        return None
    if not issubclass(kind, READ):
        return Taken(record, kind, None)
    try:
        fact = kind.model_validate_json(record.value)
    except ValidationError:
        raise EventFault(
            f"the record cannot read this {record.event_type}: it does not fit its contract"
        ) from None
    if isinstance(fact, CouncilFact) and "shadow" in fact.marks:
        return None  # nobody signed its feed's profile as it stands
    return Taken(record, kind, fact)


def _stored(taken: Taken) -> bytes:
    """Return the fact as it is kept: those of its fields that are known here, and nothing else."""
    assert taken.fact is not None
    if isinstance(taken.fact, SHOWN) and not isinstance(taken.fact, ObjectionRecorded):
        return care_parts.stored(taken.fact)
    return taken.fact.model_dump_json().encode()


def _sealed(taken: Taken) -> dict[str, Any]:
    """Return what the event sealed of a person's care, or of a document, and under which key."""
    fact = taken.fact
    if fact is None or not isinstance(fact, (*SHOWN, HospitalAssessmentAttached)) or fact.seals is None:
        return {}
    sealed = orjson.loads(taken.record.value).get("sealed")
    key_id = taken.record.headers.get("ce_keyid", "")
    return {"sealed": base64.b64decode(sealed), "key_id": key_id} if sealed else {}


def _people(connection: Connection, taken: Iterable[Taken]) -> dict[str, str]:
    """Return the person of each patient key that is spoken of, and of all the keys that a link may have
    moved.
    """
    people = person_of(connection, {key for each in taken for key in each.keys})
    linked = {key for each in taken if isinstance(each.fact, LINKS) for key in each.keys}
    groups = keys_of(connection, {people[key] for key in linked if key in people})
    return people | {key: person for person, keys in groups.items() for key in keys}


def _part(taken: Taken) -> tuple[str, str, int] | None:
    fact, key = taken.fact, taken.record.key
    match fact:
        case StayChanged():
            return "stay", fact.spell, fact.revision
        case TaskFact():
            return "task", fact.task, fact.revision
        case HospitalAssessmentAttached():
            return "assessed", fact.assessment, fact.revision
        case InformationPackChanged():
            return "pack", fact.task, fact.revision
        case SubTaskFact() | FrontDoorTask():
            return ("sub" if isinstance(fact, SubTaskFact) else "door"), fact.task, fact.revision
        case ObjectionRecorded():
            return "objection", key, _revision(fact) + fact.objects  # of two at one moment, the careful one
        case CouncilFact():
            return _kind_of(fact), _own_id(key, fact), _revision(fact)
        case _:
            return None


def _kind_of(fact: CouncilFact) -> str:
    if isinstance(fact, RequestFact):
        return "request"
    return "answers" if isinstance(fact, SelfAssessmentAnswered) else "care"


def _own_id(patient_key: str, fact: CouncilFact) -> str:
    """Give the id of a thing that the council numbers: its numbers are its own, and may be another system's too."""
    named = f"{patient_key}/{fact.slot}/{getattr(fact, fact.about) if fact.about else ''}"
    return following_id("c", patient_key, named)


def _revision(fact: CouncilFact) -> int:
    """The order of what the council said of one thing: when it was recorded, then how often it was translated."""
    return fact.stamp.recorded_ms * 1000 + min(fact.stamp.translation, 499) * 2

"""The discharge desk as a handler of events: what hospital and council say becomes stays and tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.discharge.folding.stays import Desk, Heard, Stays
from ascbridge.discharge.keeping import cases, late_news, store
from ascbridge.discharge.stay.statements import Said
from ascbridge.discharge.sub_tasks.sub_work import follow_things
from ascbridge.events.facts.care import EquipmentStated
from ascbridge.events.facts.catalogue import (
    FACTS,
    CouncilFact,
    DeathStatusRecorded,
    Fact,
    KnownToCare,
    PackageStated,
    PatientDetailsRecorded,
    PatientRestricted,
    PatientRestrictionLifted,
    PatientsLinked,
    PatientsUnlinked,
    Stamp,
    StayEnteredByHand,
    StayFact,
    VisitMoved,
    WorkerAllocated,
    kind_of,
)
from ascbridge.events.handlers import unknown_types
from ascbridge.events.logs import log
from ascbridge.events.logs.cloud_event import epoch_ms
from ascbridge.events.logs.envelope import Cause, id_millisecond

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.logs.log import Record

_DECIDING = (KnownToCare, PackageStated, WorkerAllocated)
"""What of the council's word a decision about a stay rests on."""
_OF_ALL = (PatientsLinked, PatientsUnlinked, PatientRestricted, PatientRestrictionLifted, *_DECIDING)
"""Facts about a person that may touch every stay of theirs."""
_HEEDED = frozenset(
    fact
    for fact in FACTS.values()
    if issubclass(
        fact, (StayFact, VisitMoved, *_OF_ALL, CouncilFact, DeathStatusRecorded, PatientDetailsRecorded)
    )
)
"""What concerns the desk: all but what it says itself."""


@dataclass(frozen=True, slots=True)
class _Event:
    """One event that concerns the desk."""

    fact: Fact
    heard: Heard
    patients: frozenset[str]
    """Every patient key that it names."""

    @property
    def translation(self) -> int:
        stamp = getattr(self.fact, "stamp", None)
        return stamp.translation if isinstance(stamp, Stamp) else 0

    @property
    def decides(self) -> bool:
        """Whether a decision about a stay may rest on it; what the council says else is only told."""
        return not isinstance(self.fact, CouncilFact) or isinstance(self.fact, _DECIDING)


class DischargeEngine:
    """Handler `discharge`: reads person, referral, discharge and care; emits `StayChanged` and the task events.

    Hearing an event again changes nothing. What it emits itself, and what it does not know, it leaves alone.
    """

    name = "discharge"
    topics = (log.PERSON, log.REFERRAL, log.DISCHARGE, log.CARE)

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk, self._clock = desk, clock

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        """Fold, decide and emit, in one transaction with one query a table."""
        events = [event for record in records if (event := _read(record)) is not None]
        if not events:
            return
        told = [event for event in events if not event.decides]
        cases.keep(connection, told, self._clock.now_ms())
        things = {
            event.heard.subject: event.heard for event in told if isinstance(event.fact, EquipmentStated)
        }
        if things:
            follow_things(connection, self._desk, things, self._clock.now_ms())
        if carers := {event.heard.subject for event in told if getattr(event.fact, "client", "") == "carer"}:
            self._see_carers(connection, carers)
        if deciding := [event for event in events if event.decides]:
            self._decide(connection, deciding)

    def _decide(self, connection: Connection, events: Sequence[_Event]) -> None:
        stays = Stays(connection, self._desk, self._clock.now_ms())
        patients = frozenset[str]().union(*(event.patients for event in events))
        stays.load(self._touched(connection, events), patients)
        for event in sorted(events, key=_after_its_stay):
            _hear(stays, event)
        stays.save()
        now_ms = self._clock.now_ms()
        news = [one for event in events if (one := _news(event, now_ms)) is not None]
        late_news.keep(connection, news, self._desk.late_news_ms)

    def _see_carers(self, connection: Connection, subjects: set[str]) -> None:
        """Somebody is a carer, by the council's word: what that makes urgent while they are in hospital."""
        stays = Stays(connection, self._desk, self._clock.now_ms())
        keys = store.read_patients(connection, subjects).keys() | subjects
        spells = store.spells_of(connection, keys, self._desk.generation)
        if spells:
            stays.load(spells, keys)
            stays.see_urgent(stay for one in sorted(spells) if (stay := stays.known(one)) is not None)

    def _touched(self, connection: Connection, events: Sequence[_Event]) -> set[str]:
        """Find every stay that these events may change."""
        spells = {event.heard.about for event in events if event.heard.about}
        every: set[str] = set()
        working: set[str] = set()
        for event in events:
            match event.fact:
                case DeathStatusRecorded(died=died):
                    (every if died else working).update(event.patients)
                case PatientDetailsRecorded():
                    working |= event.patients
                case StayEnteredByHand():
                    every |= event.patients
                case fact if isinstance(fact, _OF_ALL):
                    every |= event.patients
                case _:
                    pass  # it names its stay
        generation = self._desk.generation
        if every:
            spells |= store.spells_of(
                connection, store.read_patients(connection, every).keys() | every, generation
            )
        if working:
            people = store.read_patients(connection, working).keys() | working
            spells |= store.spells_at_work(connection, people, generation)
        return spells


def _news(event: _Event, now_ms: int) -> late_news.News | None:
    """Return what an event is as news: that of a stay, from a signed feed, and no second reading of its message."""
    fact, heard = event.fact, event.heard
    if not isinstance(fact, StayFact) or "shadow" in fact.marks or event.translation:
        return None
    return late_news.News(fact.spell, heard.cause.message_id, heard.subject, fact.stamp.recorded_ms, now_ms)


def _after_its_stay(event: _Event) -> bool:
    """Let what a retranslated message says of a stay come before what it says of the person.

    Else the stay would be seen for a moment without either translation. Nothing else depends on the order.
    """
    return event.translation > 0 and not event.heard.about


def _read(record: Record) -> _Event | None:
    kind = kind_of(record.event_type)
    if kind is None:
        unknown_types.leave_alone(DischargeEngine.name, record)
        return None
    if kind not in _HEEDED:
        return None
    fact = kind.model_validate_json(record.value)
    if isinstance(fact, CouncilFact) and "shadow" in fact.marks:
        return None  # nobody signed its feed's profile as it stands
    headers = record.headers
    event_id, message = record.event_id, headers.get("ce_correlationid", "") or record.event_id
    trace, read_by = headers.get("ce_traceparent", ""), headers.get("ce_readby", "")
    cause = Cause(message, event_id, id_millisecond(event_id), traceparent=trace, read_by=read_by)
    heard = Heard(
        cause,
        record.key,
        epoch_ms(headers["ce_time"]),
        fact.spell if isinstance(fact, StayFact | VisitMoved) else "",
        record,
    )
    return _Event(fact, heard, frozenset((record.key, *_others(fact))))


def _others(fact: Fact) -> Iterator[str]:
    match fact:
        case PatientsLinked(other=key) | PatientsUnlinked(other=key) | VisitMoved(from_patient=key):
            if key:
                yield key
        case _:
            pass  # it is about its subject alone


def _hear(stays: Stays, event: _Event) -> None:
    fact, heard = event.fact, event.heard
    if event.translation:
        stays.take_back(heard.cause.message_id, event.translation, heard)
    match fact:
        case StayFact() | VisitMoved():
            stays.hear_stay(Said(fact, heard.subject, heard.cause.message_id, heard.cause.event_id), heard)
        case KnownToCare() | PackageStated() | WorkerAllocated():
            stays.hear_council(fact, heard)
        case PatientDetailsRecorded():
            stays.hear_details(heard)
        case _:
            stays.decide_again(event.patients, heard, afresh=isinstance(fact, PatientRestrictionLifted))

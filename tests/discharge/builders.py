"""Facts by hand, as a profile would read them out of messages, and a bench on which a discharge desk hears them."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Select, StaticPool, create_engine, select

from ascbridge.calendars import LONDON
from ascbridge.clock import Clock
from ascbridge.discharge.deciding.reference import Reference, load
from ascbridge.discharge.folding.engine import DischargeEngine
from ascbridge.discharge.folding.stays import Desk
from ascbridge.discharge.stay.statements import Said
from ascbridge.events.facts import catalogue as words
from ascbridge.events.facts.catalogue import (
    Coded,
    Fact,
    SealedPatient,
    Stamp,
    StayFact,
    TaskFact,
    VisitMoved,
    Ward,
    read_fact,
)
from ascbridge.events.logs.cloud_event import to_record
from ascbridge.events.logs.envelope import Cause, derived_id
from ascbridge.events.logs.log import Record
from ascbridge.events.logs.outbox import Outbox
from ascbridge.events.logs.sealing import Keyring
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.persons import learn_batch
from ascbridge.people.release import KnownDraft, known_drafts, release_batch
from ascbridge.storage.tables import GROUPS, event_log, spell, task

PREFIX = "uk.gov.coventry.asc"
REFERENCE = load()
NEED = load("ready-with-need")
W21 = Ward(ward="W21", room="BAY B", bed="BED 4", site="RKB01")
ED = Ward(ward="ED", room="MAJORS", bed="C6", site="RKB01")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
_numbers = count(1)


def at(text: str) -> int:
    """London time as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000)


def stamp(recorded: str | int, rank: int = 0, translation: int = 0) -> Stamp:
    ms = at(recorded) if isinstance(recorded, str) else recorded
    return Stamp(recorded_ms=ms, sent_ms=ms, rank=rank, translation=translation)


def stay(fact: type[StayFact], when: str | int, *, rank: int = 0, translation: int = 0, **more: Any) -> Any:
    """One fact about stay ``s1``, recorded and occurred at `when` unless said otherwise."""
    ms = at(when) if isinstance(when, str) else when
    values = {"spell": "s1", "occurred_ms": ms, "facility": "RKB", "patient_class": "I", **more}
    return fact(stamp=stamp(ms, rank, translation), **values)


def admitted(when: str | int, **more: Any) -> words.PatientAdmitted:
    return stay(words.PatientAdmitted, when, **more)


def ready(when: str | int, **more: Any) -> words.PatientReadyForDischarge:
    return stay(words.PatientReadyForDischarge, when, **{"ready": True, **more})


def not_ready(when: str | int, **more: Any) -> words.PatientNotReadyForDischarge:
    return stay(
        words.PatientNotReadyForDischarge, when, rank=1, **{"ready": False, "clears": ("ready_on",), **more}
    )


def snapshot(when: str | int, **more: Any) -> words.StayDetailsRecorded:
    return stay(words.StayDetailsRecorded, when, **more)


def discharged(
    when: str | int, method: str | None = "1", destination: str | None = "19", **more: Any
) -> words.PatientDischarged:
    ms = at(when) if isinstance(when, str) else when
    return stay(
        words.PatientDischarged,
        when,
        **{
            "discharged_ms": ms,
            "discharge_method": coded(method),
            "discharge_destination": coded(destination),
            **more,
        },
    )


def coded(code: str | None) -> Coded | None:
    return None if code is None else Coded(source_code=code, code=code)


def discharge_cancelled(when: str | int, **more: Any) -> words.DischargeCancelled:
    return stay(words.DischargeCancelled, when, rank=1, **more)


def said(fact: StayFact | VisitMoved, patient: str = "p1", message: str = "") -> Said:
    """A fact in a message of its own, unless named."""
    number = next(_numbers)
    message = message or f"m{number:06d}"
    return Said(fact, patient, message, f"e-{message}-{fact.stamp.translation}-{type(fact).__name__}")


def details(
    when: str | int, age: str = "85+", residence: str = "", **more: Any
) -> words.PatientDetailsRecorded:
    values: dict[str, Any] = {"source_name": "UHCW", "number_state": "none", **more}
    return words.PatientDetailsRecorded(stamp=stamp(when), age_band=age, residence=residence, **values)


def death(when: str | int, *, died: bool = True, died_on: str = "") -> words.DeathStatusRecorded:
    return words.DeathStatusRecorded(stamp=stamp(when), died=died, died_on=died_on)


def known(when: str | int, *, value: bool = True) -> words.KnownToCare:
    return words.KnownToCare(stamp=stamp(when), known=value)


class StandingClock(Clock):
    """A clock that shows what it is set to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ms = at(text)

    def now_ms(self) -> int:
        return self.ms


class Bench:
    """A discharge desk on a real database: messages go in as facts, events and rows come out."""

    database: Any  # a real one, where a test asked for it
    runner: asyncio.Runner

    def __init__(
        self, write: Callable[[Callable[[Connection], Any]], Any], reference: Reference = REFERENCE
    ) -> None:
        self.write = write
        self.keyring = Keyring(b"k" * 32)
        self.data_keys = DataKeys(self.keyring)
        self.outbox = Outbox(4, PREFIX, {"record": ("task", "discharge")})
        self.desk = Desk(reference, self.outbox, self.data_keys, PREFIX)
        self.clock = StandingClock("2026-03-20T12:00")
        self.engine = DischargeEngine(self.desk, self.clock)

    def records(
        self, connection: Connection, message: str, *facts: Fact, patient: str = "p1"
    ) -> list[Record]:
        """Let people learn from one message, and return the records that the desk then reads."""
        kept_ms = at("2026-03-01T00:00")
        translation = max((fact.stamp.translation for fact in facts if hasattr(fact, "stamp")), default=0)
        message_id = derived_id(kept_ms, message)
        cause = Cause(message_id, message_id, kept_ms, translation)
        self.data_keys.ensure(connection, [patient], kept_ms)
        drafts = [
            KnownDraft(patient, f"{type(fact).__name__}.{n}", _happened(fact, kept_ms), fact, _sealed(fact))
            for n, fact in enumerate(facts)
        ]
        follow = learn_batch(connection, self.keyring, [(cause, drafts)], kept_ms)[0]
        drafts += known_drafts(follow, {draft.about: draft.about.value for draft in follow})
        events = release_batch(connection, [(cause, drafts)], self.data_keys, PREFIX, kept_ms)[0]
        return [to_record(event, prefix=PREFIX) for event in events]

    def say(self, *facts: Fact, message: str = "", patient: str = "p1") -> list[Record]:
        """One message that states these facts; the desk hears them at once. Returns what it heard."""

        def work(connection: Connection) -> list[Record]:
            heard = self.records(connection, message or f"message {next(_numbers)}", *facts, patient=patient)
            self.engine.handle(connection, heard)
            return heard

        return self.write(work)

    def only_released(self, *facts: Fact, message: str, patient: str = "p1") -> list[Record]:
        """One message's records, which the desk has yet to hear."""
        return self.write(lambda connection: self.records(connection, message, *facts, patient=patient))

    def hear(self, records: Sequence[Record]) -> None:
        self.write(lambda connection: self.engine.handle(connection, records))

    def ask(self, wanted: Select[Any]) -> list[Any]:
        """Rows of the database; of one column, its values."""
        rows = self.write(lambda connection: connection.execute(wanted).all())
        return [row[0] if len(row) == 1 else row for row in rows]

    def tasks(self) -> list[TaskFact]:
        bodies = self.ask(select(task.c.body).order_by(task.c.spell_key))
        return [TaskFact.model_validate_json(body) for body in bodies]

    def task(self) -> TaskFact:
        (only,) = self.tasks()
        return only

    def stay(self, key: str = "s1") -> dict[str, Any]:
        (row,) = self.ask(select(spell).where(spell.c.spell_key == key))
        return {**row._mapping, "view": orjson.loads(row.view), "explanation": orjson.loads(row.explanation)}

    def emitted(self) -> list[Fact]:
        """Every event that the desk published, in order."""
        rows = self.ask(select(event_log.c.headers, event_log.c.value).order_by(event_log.c.position))
        return [read_fact(orjson.loads(headers)["ce_type"], orjson.loads(value)) for headers, value in rows]

    def task_events(self) -> list[str]:
        return [type(fact).__name__ for fact in self.emitted() if isinstance(fact, TaskFact)]


def _happened(fact: Fact, otherwise: int) -> int:
    if isinstance(fact, StayFact):
        return fact.occurred_ms
    return fact.stamp.recorded_ms if hasattr(fact, "stamp") else otherwise


def _sealed(fact: Fact) -> SealedPatient | words.SealedVisit | None:
    if isinstance(fact, words.PatientDetailsRecorded):
        return SealedPatient(family_name="TESTPATIENT", birth_date="1938-04-12")
    return words.SealedVisit(visit_number="V2026000101") if isinstance(fact, StayFact) else None


def create_tables(connection: Connection) -> None:
    for metadata in GROUPS.values():
        metadata.create_all(connection)


@cache
def _engine() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with engine.begin() as connection:
        create_tables(connection)
    return engine


@contextlib.contextmanager
def bench_in_memory(reference: Reference = REFERENCE) -> Iterator[Bench]:
    """A desk with empty tables; whatever is written is gone afterwards."""
    with _engine().connect() as connection, connection.begin() as transaction:
        yield Bench(lambda work: work(connection), reference)
        transaction.rollback()


def iris() -> Iterable[tuple[str, Fact]]:
    """The first patient of the authored messages: files 02 to 12, as facts."""
    yield (
        "02",
        admitted(
            "2026-03-02T10:15",
            occurred_ms=at("2026-03-02T10:00"),
            admitted_ms=at("2026-03-02T10:00"),
            ward=ED,
        ),
    )
    yield (
        "03",
        stay(words.PatientTransferred, "2026-03-02T16:40", occurred_ms=at("2026-03-02T16:30"), ward=W21),
    )
    yield "04", snapshot("2026-03-03T09:10", ward=W21, expected_discharge="2026-03-09")
    yield (
        "05",
        ready("2026-03-06T11:30", ward=W21, ready_on="2026-03-06", planned_discharge="2026-03-09T14:00"),
    )
    yield "06", not_ready("2026-03-07T10:00", ward=W21)
    yield "07", ready("2026-03-10T09:00", ward=W21, ready_on="2026-03-10", planned_discharge="2026-03-11")
    yield "08", stay(words.PatientWentOnLeave, "2026-03-10T18:00", ward=W21)
    yield "09", stay(words.PatientReturnedFromLeave, "2026-03-11T09:00", ward=W21)
    yield "10", discharged("2026-03-11T16:20", ward=W21, discharged_ms=at("2026-03-11T16:00"))
    yield "11", discharge_cancelled("2026-03-11T17:30", ward=W21)
    yield (
        "12",
        discharged("2026-03-12T15:00", destination="85", ward=W21, discharged_ms=at("2026-03-12T14:45")),
    )

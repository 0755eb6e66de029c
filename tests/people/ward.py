"""A made-up ward for the tests of people: patients of several hospitals, and messages about them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, select
from sqlalchemy.pool import StaticPool

from ascbridge.events.facts.catalogue import (
    DeathStatusRecorded,
    Fact,
    PatientDetailsRecorded,
    PatientRestricted,
    PatientsLinked,
    PatientsUnlinked,
    SealedPatient,
    Stamp,
)
from ascbridge.events.logs.envelope import Cause, Draft, Ref
from ascbridge.events.logs.sealing import Keyring
from ascbridge.people import identities
from ascbridge.people.actor import Actor
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.nhs_numbers import number_state
from ascbridge.people.opening import Erased, SealedValue, open_many
from ascbridge.people.persons import learn
from ascbridge.people.release import release
from ascbridge.storage.tables import GROUPS, link, patient, quarantine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from ascbridge.events.logs.envelope import ReleasedEvent

KEYRING = Keyring(bytes(range(32)))
PREFIX = "uk.gov.coventry.asc"
NOW = 1_800_000_000_000
N1, N2, BAD = "9990001006", "9990001014", "9990001007"
ANNE = Actor("anne", "information-governance", "work")
BEN = Actor("ben", "information-governance", "work")


@cache
def _engine() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with engine.begin() as connection:
        create_tables(connection)
    return engine


def create_tables(connection: Connection) -> None:
    for group in GROUPS.values():
        group.create_all(connection)


@contextlib.contextmanager
def empty_bridge() -> Iterator[Connection]:
    """Give tables with nothing in them; whatever the test writes is gone afterwards."""
    with _engine().connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@dataclass
class Said:
    """One message: what it says, and the cause that its events have."""

    cause: Cause
    drafts: list[Draft]


@dataclass
class Ward:
    """Hears messages about patients, as the translator would, and shows what came of them."""

    connection: Connection
    data_keys: DataKeys = field(default_factory=lambda: DataKeys(KEYRING))
    keys: dict[Ref, str] = field(default_factory=dict)

    def patient(self, local_id: str, authority: str = "RKB", created_ms: int = NOW) -> Ref:
        """Give a patient its keys, as the inbox does before anything is kept."""
        ref = Ref("patient", authority, local_id)
        self.keys |= identities.keys_for(self.connection, KEYRING, [ref], created_ms)
        self.data_keys.ensure(self.connection, [self.keys[ref]], created_ms)
        return ref

    def key(self, ref: Ref) -> str:
        return self.keys[ref]

    def hear(self, said: Said) -> list[Draft]:
        return learn(self.connection, KEYRING, self.keys, said.drafts, said.cause, NOW)

    def publish(self, said: Said) -> list[ReleasedEvent]:
        drafts = [*said.drafts, *self.hear(said)]
        return release(self.connection, drafts, self.keys, said.cause, self.data_keys, PREFIX, NOW)

    def person(self, ref: Ref) -> str:
        return self.row(ref).person_id

    def row(self, ref: Ref) -> Any:
        return self.connection.execute(select(patient).where(patient.c.patient_key == self.keys[ref])).one()

    def sealed(self, ref: Ref) -> SealedPatient | Erased:
        row = self.row(ref)
        value = SealedValue(row.sealed, row.key_id, row.sealed_event)
        return open_many(self.connection, self.data_keys, [(value, False)], model=SealedPatient)[0]

    def quarantined(self) -> set[tuple[str, str, str, str]]:
        rows = self.connection.execute(select(quarantine).where(quarantine.c.state == "open"))
        return {(row.patient_key, row.cause, row.other_key, row.detail) for row in rows}

    def shown(self) -> dict[str, Any]:
        """Return all that was learnt, less what says only when and in which event it was written."""
        rows = self.connection.execute(select(patient).order_by(patient.c.patient_key)).mappings().all()
        values = [
            (SealedValue(r["sealed"], r["key_id"], r["sealed_event"]), False) for r in rows if r["sealed"]
        ]
        opened = iter(open_many(self.connection, self.data_keys, values, model=SealedPatient))
        unlike = {"sealed", "sealed_event", "changed_ms", "renewed", "key_id"}
        said = self.connection.execute(
            select(link.c.low, link.c.high, link.c.statement, link.c.joined, link.c.stamp)
        )
        return {
            "patients": [
                {name: value for name, value in row.items() if name not in unlike}
                | {"opened": next(opened) if row["sealed"] else None}
                for row in rows
            ],
            "quarantine": self.quarantined(),
            "said of links": {tuple(row) for row in said if row.statement != "number"},
        }


def stamp(recorded: int, **more: int) -> Stamp:
    return Stamp(recorded_ms=NOW + recorded, **more)


def cause(message_id: str, *, translation: int = 0, kept: int = 0) -> Cause:
    return Cause(message_id, message_id, NOW + kept, translation)


def details(
    ref: Ref,
    recorded: int = 0,
    *,
    status: str = "01",
    clears: tuple[str, ...] = (),
    gender: str = "unknown",
    **sealed: Any,
) -> Draft:
    fact = PatientDetailsRecorded(
        stamp=stamp(recorded),
        source_name="UHCW",
        number_state=number_state(sealed.get("nhs_number", ""), status),
        number_status=status if sealed.get("nhs_number") else "",
        clears=clears,
        gender=gender,
    )
    return Draft(ref, "person", NOW + recorded, fact, SealedPatient(**sealed))


def fact(ref: Ref, said: Fact, slot: str = "fact") -> Draft:
    return Draft(ref, slot, NOW, said)


def merged(ward: Ward, into: Ref, away: Ref, recorded: int = 0) -> Draft:
    said = PatientsLinked(other=ward.key(away), statement="merged", stamp=stamp(recorded))
    return fact(into, said, "link.0")


def decided(ward: Ward, one: Ref, other: Ref, recorded: int = 0, *, joined: bool) -> Draft:
    kind = PatientsLinked if joined else PatientsUnlinked
    return fact(
        one, kind(other=ward.key(other), statement="decided", stamp=stamp(recorded, rank=9)), "decided"
    )


def died(ref: Ref, recorded: int = 0, *, died: bool = True) -> Draft:
    said = DeathStatusRecorded(stamp=stamp(recorded), died=died, died_on="2026-11-02" if died else "")
    return fact(ref, said, "death")


def restricted(ref: Ref, level: str = "national") -> Draft:
    return fact(ref, PatientRestricted.model_validate({"level": level}), "restriction")

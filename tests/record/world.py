"""A made-up bridge for the tests of the record: messages are heard as the translator would, then taken in."""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ascbridge.clock import Clock
from ascbridge.events.facts.catalogue import (
    Fact,
    PatientDetailsRecorded,
    PatientRestricted,
    PatientsLinked,
    PatientsUnlinked,
    SealedPatient,
    SealedVisit,
    Stamp,
    StayChanged,
    TaskFact,
    Ward,
)
from ascbridge.events.facts.fact import Part
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.cloud_event import to_record
from ascbridge.events.logs.envelope import Cause, Draft, Ref, derived_id
from ascbridge.events.logs.log import Record
from ascbridge.events.logs.sealing import Keyring, seal
from ascbridge.people import identities
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.membership import person_of
from ascbridge.people.persons import learn
from ascbridge.people.release import release
from ascbridge.record.preparing import Preparation
from ascbridge.record.projection import RecordProjection
from ascbridge.storage.database import Database, SqliteDatabase
from ascbridge.storage.tables import (
    GROUPS,
    dirty_person,
    message_state,
    record_part,
    resource,
    sent_resource,
    spell,
)
from tests.record.samples import COUNCIL

KEYRING = Keyring(bytes(range(32)))
PREFIX = "uk.gov.coventry.asc"
SINK = "icr"
NOW = 1_793_600_000_000
NUMBERS = ("9990001006", "9990001014", "9990001022")


class Hands(Clock):
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        super().__init__()
        self.shows = NOW

    def now_ms(self) -> int:
        return self.shows


@dataclass
class World:
    """What is known, and the ways to say something and to look."""

    database: Database
    clock: Hands = field(default_factory=Hands)
    data_keys: DataKeys = field(default_factory=lambda: DataKeys(KEYRING))
    keys: dict[Ref, str] = field(default_factory=dict)
    said: int = 0

    def __post_init__(self) -> None:
        self.projection = RecordProjection(SINK, self.clock)
        self.preparation = Preparation(SINK, COUNCIL, self.data_keys)

    async def patient(self, local_id: str, authority: str = "RKB") -> Ref:
        """Give a patient its keys, as the inbox does."""
        ref = Ref("patient", authority, local_id)

        def give(connection: Connection) -> None:
            self.keys |= identities.keys_for(connection, KEYRING, [ref], self.clock.now_ms())
            self.data_keys.ensure(connection, [self.keys[ref]], self.clock.now_ms())

        await self.database.write(give)
        return ref

    async def say(self, ref: Ref, fact: Fact, sealed: Part | None = None) -> list[Record]:
        """Say one thing in a message of its own; return the events, which the record has taken in."""
        return await self.database.write(lambda c: self.hear(c, ref, fact, sealed))

    def hear(self, connection: Connection, ref: Ref, fact: Fact, sealed: Part | None = None) -> list[Record]:
        """The same in a transaction that goes on."""
        self.said += 1
        message_id = derived_id(self.clock.now_ms(), "message", self.said)
        cause = Cause(message_id, message_id, self.clock.now_ms())
        draft = Draft(ref, "said", self.clock.now_ms(), fact, sealed)

        now_ms = self.clock.now_ms()
        follow = learn(connection, KEYRING, self.keys, [draft], cause, now_ms)
        events = release(connection, [draft, *follow], self.keys, cause, self.data_keys, PREFIX, now_ms)
        records = [to_record(event, prefix=PREFIX) for event in events]
        self.projection.handle(connection, records)
        ledger.translated(connection, message_id, "itk", now_ms, len(events), "", now_ms)
        return records

    async def known(self, local_id: str, number: str = "", **more: Any) -> Ref:
        """Have a hospital say who its patient is."""
        ref = await self.patient(local_id)
        await self.describe(ref, number, **more)
        return ref

    async def describe(
        self, ref: Ref, number: str = "", source_name: str = "UHCW", **more: Any
    ) -> list[Record]:
        details = {"family_name": f"Ash{ref.value}", "birth_date": "1940-02-03", "local_id": ref.value} | more
        fact = PatientDetailsRecorded(
            stamp=self.stamp(),
            source_name=source_name,
            number_state="verified" if number else "none",
            number_status="01" if number else "",
            gender="female",
        )
        return await self.say(ref, fact, SealedPatient(nhs_number=number, **details))

    async def stay(self, ref: Ref, spell_key: str, revision: int = 1, **more: Any) -> list[Record]:
        values = {
            "status": "in-progress",
            "facility": "RKB",
            "patient_class": "I",
            "ward": Ward(ward="Canary Ward"),
        }
        fact = StayChanged(spell=spell_key, revision=revision, admitted_ms=NOW - 10**8, **(values | more))
        return await self.say(ref, fact)

    async def task(
        self, ref: Ref, task_id: str, spell_key: str, kind: type[TaskFact], revision: int = 1, **more: Any
    ) -> list[Record]:
        values = {
            "status": "requested",
            "stage": "new",
            "signal": "ready",
            "owner_team": "Community Discharge Team",
        }
        fact = kind(
            task=task_id, spell=spell_key, revision=revision, opened_ms=NOW - 10**7, **(values | more)
        )
        return await self.say(ref, fact)

    async def merge(self, ref: Ref, other: Ref) -> None:
        fact = PatientsLinked(other=self.keys[other], statement="merged", stamp=self.stamp())
        await self.say(ref, fact)

    async def unmerge(self, ref: Ref, other: Ref) -> None:
        fact = PatientsUnlinked(other=self.keys[other], statement="decided", stamp=self.stamp())
        await self.say(ref, fact)

    async def restrict(self, ref: Ref) -> None:
        await self.say(ref, PatientRestricted(level="national"))

    async def visit_number(self, ref: Ref, spell_key: str, number: str) -> None:
        """Note a stay as the discharge service does, as far as the record reads it."""

        def note(connection: Connection) -> None:
            key = self.data_keys.ensure(connection, [self.keys[ref]], NOW)[self.keys[ref]]
            plain = SealedVisit(visit_number=number).model_dump_json().encode()
            connection.execute(
                spell.insert().values(
                    spell_key=spell_key, patient_key=self.keys[ref], slots=b"{}", view=b"{}", explanation=b"{}",
                    changed_ms=NOW, sealed_event="e1", sealed=seal(plain, key.key, "e1"), key_id=key.key_id,
                )
            )  # fmt: skip

        await self.database.write(note)

    async def erase(self, ref: Ref) -> None:
        await self.database.write(lambda c: self.data_keys.erase(c, [self.keys[ref]], self.clock.now_ms()))

    async def person(self, ref: Ref) -> str:
        return (await self.database.read(lambda c: person_of(c, [self.keys[ref]])))[self.keys[ref]]

    def stamp(self) -> Stamp:
        return Stamp(recorded_ms=self.clock.now_ms() + self.said)

    # -- looking -----------------------------------------------------------------------------------------------

    async def rows(self, table: Any) -> list[Any]:
        return await self.database.read(lambda c: list(c.execute(select(table))))

    async def rows_of_parts(self) -> list[Any]:
        return await self.rows(record_part)

    async def dirty(self) -> dict[str, Any]:
        return {row.person_id: row for row in await self.rows(dirty_person)}

    async def sent(self) -> dict[str, Any]:
        return {row.resource: row for row in await self.rows(sent_resource)}

    async def stored(self) -> dict[str, dict[str, Any]]:
        """What the built-in store holds, by name."""
        return {
            f"{row.resource_type}/{row.resource_id}": orjson.loads(row.body)
            for row in await self.rows(resource)
        }

    async def states(self) -> Counter[str]:
        """How many messages stand where."""
        return Counter(row.state for row in await self.rows(message_state))


def sqlite_world(folder: Path) -> World:
    """Give an empty bridge in one file."""
    path = folder / "bridge.db"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
    raw.close()
    database = SqliteDatabase(path)
    database.write_now(lambda c: [group.create_all(c) for group in GROUPS.values()])
    return World(database)

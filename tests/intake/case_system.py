"""A made-up case system in a real PostgreSQL, and a poller that reads it into a real intake."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from ascbridge.intake.agreed import profiles
from ascbridge.intake.databases.council_database import CouncilDatabase
from ascbridge.intake.doors.table_poll import Pace, TablePoll
from ascbridge.intake.sources.profile import ChangeSection, Profile, TableSection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.intake.keeping.inbox import Arrival
    from ascbridge.intake.keeping.intake_desk import Beside, IntakeDesk
    from ascbridge.storage.database import PostgresDatabase
    from tests.intake.conftest import Intake

SCHEMA = """
CREATE SCHEMA reporting;
CREATE TABLE reporting.clock (ahead interval NOT NULL);
INSERT INTO reporting.clock VALUES ('0');
CREATE SEQUENCE reporting.versions;
CREATE TABLE reporting.packages (
    service_id bigint PRIMARY KEY, person_id text NOT NULL, nhs_number text, nhs_status text, surname text NOT NULL,
    forenames text, born date NOT NULL, gender char(1) NOT NULL, service text, status text NOT NULL, started timestamp,
    ended timestamp, changed_at timestamptz NOT NULL, written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
    version int NOT NULL DEFAULT 0);
CREATE INDEX ON reporting.packages (written_by, service_id);
CREATE INDEX ON reporting.packages (changed_at, service_id);
CREATE FUNCTION reporting.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.changed_at := clock_timestamp() + (SELECT ahead FROM reporting.clock);
    NEW.written_by := pg_current_xact_id(); NEW.version := nextval('reporting.versions');
    NEW.service := 'v' || NEW.version;
    RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON reporting.packages FOR EACH ROW EXECUTE FUNCTION reporting.stamp();
"""
INSERT = """INSERT INTO reporting.packages
    (service_id, person_id, surname, forenames, born, gender, status, started, changed_at)
    VALUES ($1::bigint, 'C' || $1::bigint, 'Marlowe', 'Ada Jane', '1941-03-07', 'F', $2, '2025-06-01', now())"""
PROFILE = profiles.read("council-views")
(PACKAGES,) = PROFILE.database.tables
TIME = ChangeSection(kind="time", column="changed_at", overlap_minutes=15)
TRANSACTION = ChangeSection(kind="transaction", column="written_by")
XMIN = ChangeSection(kind="xmin", column="xmin")


def profile_of(change: ChangeSection | None, **more: Any) -> Profile:
    """The shipped example, whose table tells its changes in another way."""
    table = TableSection(**(PACKAGES.model_dump() | {"change": change} | more))
    return PROFILE.model_copy(update={"database": PROFILE.database.model_copy(update={"tables": (table,)})})


@dataclass
class FileShelf:
    """Keeps what is read in the files of an intake. `before` is called before each page is kept."""

    intake: Intake
    before: Callable[[], None] = lambda: None
    pages: list[int] = field(default_factory=list)

    async def keep(self, arrivals: Sequence[Arrival], beside: Beside) -> None:
        self.before()
        self.pages.append(len(arrivals))
        self.intake.desk.keep_in_files(self.intake.keys, self.intake.kept, arrivals, beside)

    async def read(self, question: Callable[[Connection], Any]) -> Any:
        return self.intake.kept.read_now(question)

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        return self.intake.kept.write_now(work)

    def digest(self, content: bytes) -> str:
        return self.intake.desk.digest(content)

    def seal_note(self, plain: bytes, about: str) -> bytes:
        return self.intake.desk.seal_note(plain, about)

    def open_note(self, sealed: bytes, about: str) -> bytes:
        return self.intake.desk.open_note(sealed, about)

    def now_ms(self) -> int:
        return self.intake.clock.now_ms()


class CaseSystem:
    """The database, as its own people use it."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def connect(self) -> asyncpg.Connection[Any]:
        return await asyncpg.connect(self.url.replace("+asyncpg", ""))

    async def do(self, *statements: str) -> None:
        """Run statements, all in one transaction."""
        connection = await self.connect()
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
        await connection.close()

    async def open_packages(self, *numbers: int, status: str = "Open") -> None:
        connection = await self.connect()
        await connection.executemany(INSERT, [(number, status) for number in numbers])
        await connection.close()

    async def versions(self) -> dict[str, str]:
        """What is so now: the version of each row."""
        connection = await self.connect()
        found = await connection.fetch("SELECT service_id::text, service FROM reporting.packages")
        await connection.close()
        return {row[0]: row[1] for row in found}

    async def make(self) -> None:
        await self.do(SCHEMA)


def table_poll(
    system: CaseSystem, shelf: FileShelf | PostgresShelf, profile: Profile, **pace: Any
) -> tuple[TablePoll, CouncilDatabase]:
    """Give what reads the table of a profile, and its connection, to be closed."""
    database = CouncilDatabase(system.url, statement_s=30)
    (section,) = profile.database.tables
    return TablePoll(database, profile, section, shelf, Pace(**({"pause_s": 0} | pace))), database


def kept_facts(intake: Intake, outcome: str = "kept") -> list[dict[str, Any]]:
    """Every fact that was kept, in the order in which it came."""
    return [json.loads(intake.opened(row)) for row in intake.rows() if row.outcome == outcome]


def last_said(intake: Intake) -> dict[str, str]:
    """What a reader holds for so in the end: of each package the statement that was recorded last."""
    return {
        fact["package"]["id"]: fact["package"]["kind"] for fact in sorted(kept_facts(intake), key=recorded_ms)
    }


def recorded_ms(fact: dict[str, Any]) -> int:
    """When a fact was recorded, in UTC epoch milliseconds."""
    return round(datetime.fromisoformat(fact["recorded"]).timestamp() * 1000)


@dataclass
class PostgresShelf:
    """Keeps what is read in a PostgreSQL of ours, as `intake` does on many machines."""

    database: PostgresDatabase
    desk: IntakeDesk

    async def keep(self, arrivals: Sequence[Arrival], beside: Beside) -> None:
        await self.database.write(lambda c: self.desk.keep_in_postgres(c, arrivals, beside))

    async def read(self, question: Callable[[Connection], Any]) -> Any:
        return await self.database.read(question)

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        return await self.database.write(work)

    def digest(self, content: bytes) -> str:
        return self.desk.digest(content)

    def seal_note(self, plain: bytes, about: str) -> bytes:
        return self.desk.seal_note(plain, about)

    def open_note(self, sealed: bytes, about: str) -> bytes:
        return self.desk.open_note(sealed, about)

    def now_ms(self) -> int:
        return 0

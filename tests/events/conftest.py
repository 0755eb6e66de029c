"""The two machines that every behaviour of events must hold on: SQLite alone, and PostgreSQL with Apache Kafka."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ascbridge.config_sections import KafkaSettings
from ascbridge.events.logs.kafka_log import KafkaEventLog
from ascbridge.events.logs.kafka_topics import create
from ascbridge.events.logs.sqlite_log import SqliteEventLog
from ascbridge.events.topics import Topic, Topics
from ascbridge.storage.database import Database, PostgresDatabase, SqliteDatabase
from tests.events.machines import PREFIX, HandClock, Machine, empty_tables, make_tables, sqlite_file
from tests.servers.postgres import Postgres


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(sqlite_file(tmp_path))
    await database.write(make_tables)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: Postgres) -> Iterator[str]:
    """Give a database with every table, made once: making it anew takes longer than most tests."""
    name = f"events_{uuid.uuid4().hex}"
    url = postgres_server.create_database(name)

    async def fill() -> None:
        database = PostgresDatabase(url)
        await database.write(make_tables)
        await database.close()

    asyncio.run(fill())
    yield url
    postgres_server.drop_database(name)


@pytest.fixture
async def postgres_database(postgres_tables: str) -> AsyncIterator[PostgresDatabase]:
    database = PostgresDatabase(postgres_tables)
    await database.write(empty_tables)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """Give a database with every table, on SQLite and on PostgreSQL."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
async def sqlite_machine(sqlite_database: SqliteDatabase, clock: HandClock) -> AsyncIterator[Machine]:
    def new_log() -> SqliteEventLog:
        return SqliteEventLog(sqlite_database, clock=clock, prefix=PREFIX, partitions=2, poll_s=0.02)

    machine = Machine("sqlite", sqlite_database, clock, new_log, 2)
    machine.log = new_log()
    yield machine
    await machine.log.close()


@pytest.fixture
async def kafka_machine(
    kafka_server: Any, postgres_database: PostgresDatabase, clock: HandClock
) -> AsyncIterator[Machine]:
    settings = KafkaSettings(bootstrap=kafka_server.bootstrap, partitions=2)
    logs: list[KafkaEventLog] = []

    def new_log(session_timeout_ms: int = 3_000) -> KafkaEventLog:
        logs.append(KafkaEventLog(settings, session_timeout_ms=session_timeout_ms))
        return logs[-1]

    machine = Machine("kafka", postgres_database, clock, new_log, 2)
    machine.log = new_log()
    names = [machine.topic(name) for name in ("person", "discharge")]
    made = Topics(partitions=2, topic={name: Topic(about="test", retention_days=1) for name in names})
    assert await create(settings, made) == []
    yield machine
    for log in logs:
        await log.close()


@pytest.fixture(
    params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.postgres])],
)
def machine(request: pytest.FixtureRequest) -> Machine:
    """Give a machine to run on: SQLite alone, then PostgreSQL with Kafka."""
    found: Machine = request.getfixturevalue(f"{request.param}_machine")
    return found

"""A front door for a test: in memory, and on both real databases where a test asks for those."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from tests.discharge.builders import create_tables
from tests.frontdoor.builders import DoorBench, door_in_memory


@pytest.fixture
def bench() -> Iterator[DoorBench]:
    with door_in_memory() as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def real_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DoorBench]:
    """A front door whose every step is one transaction of a real database."""
    with asyncio.Runner() as runner:
        made: SqliteDatabase | PostgresDatabase
        if request.param == "sqlite":
            made = SqliteDatabase(tmp_path / "bridge.db")
        else:
            made = PostgresDatabase(request.getfixturevalue("postgres_url"))
        runner.run(made.write(create_tables))
        bench = DoorBench(lambda work: runner.run(made.write(work)))
        bench.database, bench.runner = made, runner
        yield bench
        runner.run(made.close())

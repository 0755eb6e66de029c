"""A discharge desk for a test: in memory, and on both real databases where a test asks for those."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from tests.discharge.builders import Bench, bench_in_memory, create_tables


@pytest.fixture
def bench() -> Iterator[Bench]:
    with bench_in_memory() as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def real_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A desk whose every step is one transaction of a real database."""
    with asyncio.Runner() as runner:
        made: SqliteDatabase | PostgresDatabase
        if request.param == "sqlite":
            made = SqliteDatabase(tmp_path / "bridge.db")
        else:
            made = PostgresDatabase(request.getfixturevalue("postgres_url"))
        runner.run(made.write(create_tables))
        bench = Bench(lambda work: runner.run(made.write(work)))
        bench.database, bench.runner = made, runner
        yield bench
        runner.run(made.close())

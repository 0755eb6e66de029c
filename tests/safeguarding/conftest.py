"""A wall for a test: on SQLite, and on both real databases where a test asks for those."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from tests.safeguarding.behind import Behind, create_walled, vault_on


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    database = SqliteDatabase(tmp_path / "safeguarding.db")
    database.write_now(create_walled)
    yield Behind(vault_on(database), database.write_now)
    asyncio.run(database.close())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def real_behind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Behind]:
    """A wall whose every step is one transaction of a real database."""
    with asyncio.Runner() as runner:
        made: SqliteDatabase | PostgresDatabase
        if request.param == "sqlite":
            made = SqliteDatabase(tmp_path / "safeguarding.db")
            runner.run(made.write(create_walled))
        else:
            url = request.getfixturevalue("postgres_url")
            bridge = PostgresDatabase(url)
            runner.run(bridge.write(lambda c: c.exec_driver_sql("CREATE SCHEMA safeguarding")))
            runner.run(bridge.close())
            runner.run(migration.upgrade_walled_postgres(url))
            made = PostgresDatabase(url, walled=True)
        yield Behind(vault_on(made), lambda work: runner.run(made.write(work)))
        runner.run(made.close())

"""Tables on both databases, for the stores of people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from tests.people import ward

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def write(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[Callable[[Connection], Any]], Any]]:
    """Run a store in one transaction of its own, on SQLite and on PostgreSQL."""
    with asyncio.Runner() as runner:
        made: SqliteDatabase | PostgresDatabase
        if request.param == "sqlite":
            made = SqliteDatabase(tmp_path / "bridge.db")
        else:
            made = PostgresDatabase(request.getfixturevalue("postgres_url"))
        runner.run(made.write(ward.create_tables))
        yield lambda work: runner.run(made.write(work))
        runner.run(made.close())


@pytest.fixture
def bridge() -> Iterator[ward.Ward]:
    """Give an empty ward on SQLite in memory."""
    with ward.empty_bridge() as connection:
        yield ward.Ward(connection)

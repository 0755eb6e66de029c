"""The schema that migrations make is the one that tables.py says, on both databases, and keeps what is in it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.storage import migration
from ascbridge.storage.tables import GROUPS

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def differences(connection: Connection, metadata: MetaData) -> list[object]:
    context = MigrationContext.configure(connection)
    return [d for d in compare_metadata(context, metadata) if "alembic_version" not in str(d)]


@pytest.mark.parametrize("group", list(GROUPS))
def test_sqlite_schema_is_the_one_on_the_page(tmp_path: Path, group: str) -> None:
    migration.upgrade_sqlite(tmp_path)
    engine = create_engine(f"sqlite:///{migration.sqlite_file(tmp_path, group)}")  # type: ignore[arg-type]
    with engine.connect() as connection:
        assert differences(connection, GROUPS[group]) == []  # type: ignore[index]
        assert migration.current(connection) == migration.head()
    engine.dispose()


def test_sqlite_files_use_write_ahead_logging_from_the_start(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    for group in GROUPS:
        raw = sqlite3.connect(migration.sqlite_file(tmp_path, group))
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        raw.close()


def test_a_second_upgrade_keeps_what_is_there(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "kept"))
    raw.execute("INSERT INTO feed_heard (feed, last_ms, last_control_id) VALUES ('f', 7, 'C1')")
    raw.commit()
    raw.close()
    migration.upgrade_sqlite(tmp_path)
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "kept"))
    assert raw.execute("SELECT * FROM feed_heard").fetchall() == [("f", 7, "C1")]
    raw.close()


@pytest.mark.postgres
async def test_postgres_schema_is_the_one_on_the_page_and_keeps_its_data(postgres_url: str) -> None:
    await migration.upgrade_postgres(postgres_url)
    engine = create_async_engine(postgres_url)
    async with engine.begin() as connection:
        insert = "INSERT INTO feed_heard (feed, last_ms, last_control_id) VALUES ('f', 7, 'C1')"
        await connection.execute(text(insert))
    await migration.upgrade_postgres(postgres_url)
    every = MetaData()
    for metadata in GROUPS.values():
        for table in metadata.tables.values():
            table.to_metadata(every)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences, every) == []
        assert (await connection.execute(text("SELECT last_ms FROM feed_heard"))).scalar_one() == 7
    await engine.dispose()


def test_what_waited_in_quarantine_is_kept_by_the_second_revision(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path, "0001")
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "bridge"))
    raw.execute("INSERT INTO quarantine (patient_key, cause, since_ms, state) VALUES ('p1', 'c', 7, 'open')")
    raw.commit()
    raw.close()
    migration.upgrade_sqlite(tmp_path)
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "bridge"))
    found = raw.execute("SELECT patient_key, state, number FROM quarantine").fetchall()
    assert found == [("p1", "open", "")]
    raw.close()

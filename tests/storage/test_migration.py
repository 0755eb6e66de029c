"""The schema that migrations make is the one that tables.py says, on both databases, and keeps what is in it."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.discharge.lists.task_columns import LAST
from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from ascbridge.storage.tables import GROUPS, message, walled
from tests.storage import next_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.storage.database import Database


def differences(connection: Connection, metadata: MetaData) -> list[object]:
    context = MigrationContext.configure(connection)
    return [d for d in compare_metadata(context, metadata) if "alembic_version" not in str(d)]


# SQLAlchemy cannot read an index by an expression back from SQLite; the next test compares those by their own words.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.parametrize("group", list(GROUPS))
def test_sqlite_schema_is_the_one_on_the_page(tmp_path: Path, group: str) -> None:
    migration.upgrade_sqlite(tmp_path)
    engine = create_engine(f"sqlite:///{migration.sqlite_file(tmp_path, group)}")  # type: ignore[arg-type]
    with engine.connect() as connection:
        assert differences(connection, GROUPS[group]) == []  # type: ignore[index]
        assert migration.current(connection) == migration.head()
    engine.dispose()


def test_sqlite_indexes_are_word_for_word_those_on_the_page(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    for group, metadata in GROUPS.items():
        page = create_engine("sqlite://")
        metadata.create_all(page)
        made = create_engine(f"sqlite:///{migration.sqlite_file(tmp_path, group)}")
        indexes = text("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql <> '' ORDER BY name")
        with made.connect() as migrated, page.connect() as drawn:
            assert migrated.execute(indexes).all() == drawn.execute(indexes).all()
        made.dispose()
        page.dispose()


def test_what_is_behind_the_wall_is_the_one_on_the_page_and_in_no_other_file(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    engine = create_engine(f"sqlite:///{migration.sqlite_file(tmp_path, 'safeguarding')}")
    with engine.connect() as connection:
        assert differences(connection, walled) == []
        assert migration.current(connection) == migration.head()
    engine.dispose()
    for group in GROUPS:
        raw = sqlite3.connect(migration.sqlite_file(tmp_path, group))
        found = {name for (name,) in raw.execute("SELECT name FROM sqlite_schema")}
        raw.close()
        assert found & {"concern", "concern_act", "adult", "walled_message"} == set()


def walled_role(url: str) -> str:
    """The URL of a role that has the schema behind the wall, and of the bridge's tables nothing."""
    return url.replace("postgres@", "walled@")


@pytest.mark.postgres
async def test_on_postgresql_a_role_of_its_own_has_the_walls_schema_and_nothing_else(
    postgres_url: str,
) -> None:
    await migration.upgrade_postgres(postgres_url)
    engine = create_async_engine(postgres_url)
    async with engine.begin() as connection:
        there = await connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'walled'"))
        if not there:
            await connection.execute(text("CREATE ROLE walled LOGIN"))
        await connection.execute(text("CREATE SCHEMA safeguarding AUTHORIZATION walled"))
    await migration.upgrade_walled_postgres(walled_role(postgres_url))
    await migration.upgrade_walled_postgres(walled_role(postgres_url))
    wall = PostgresDatabase(walled_role(postgres_url), walled=True)
    assert await wall.read(lambda c: differences(c, walled)) == []
    with pytest.raises(ProgrammingError, match="does not exist"):
        await wall.read(lambda c: c.execute(text("SELECT 1 FROM message")))
    with pytest.raises(ProgrammingError, match="permission denied"):
        await wall.read(lambda c: c.execute(text("SELECT 1 FROM public.message")))
    await wall.close()
    bridge = PostgresDatabase(postgres_url)
    with pytest.raises(ProgrammingError, match="does not exist"):
        await bridge.read(lambda c: c.execute(text("SELECT 1 FROM concern")))
    await bridge.close()
    await engine.dispose()


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


def test_work_that_is_to_be_done_is_found_by_the_views_from_the_first_moment(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path, "0011")
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "bridge"))
    body = b'{"ward": {"ward": "W21", "site": "RKB01"}, "planned_discharge": "2026-03-09T14:00"}'
    told = b'{"looks": [{"since_ms": 3, "settled": true}, {"since_ms": 5, "settled": false}]}'
    tasks = [
        ("open", "requested", 0, 9),
        ("paused", "on-hold", 0, None),
        ("look", "cancelled", 1, 8),
        ("closed", "completed", 0, 7),
    ]
    for name, status, looks, due_ms in tasks:
        raw.execute(
            "INSERT INTO spell (spell_key, slots, view, explanation, changed_ms) VALUES (?, '', '', ?, 0)",
            (name, told),
        )
        row = (name, name, status, looks, due_ms, body)
        raw.execute(
            "INSERT INTO task (task_id, spell_key, status, looks, due_ms, body, opened_ms, changed_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, 1, 6)",
            row,
        )
    raw.commit()
    raw.close()
    migration.upgrade_sqlite(tmp_path)
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "bridge"))
    columns = "task_id, due_order, look_ms, ward, leaves_on, moved_ms"
    found = raw.execute(f"SELECT {columns} FROM task WHERE to_do > 0 ORDER BY due_order").fetchall()
    raw.close()
    where = ("W21, RKB01", "2026-03-09", 6)
    assert found == [("look", 8, 5, *where), ("open", 9, 0, *where), ("paused", LAST, 0, *where)]


def test_restricted_people_whom_a_sink_was_given_are_published_again(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path, "0091")
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "bridge"))
    for person, restricted in (("hidden", 1), ("waits", 1), ("unsent", 1), ("open", 0)):
        raw.execute(
            "INSERT INTO patient (patient_key, person_id, restricted, first_ms, changed_ms) VALUES (?, ?, ?, 1, 1)",
            (f"p-{person}", person, restricted),
        )
        for resource in ("Patient", "CareTeam") if person != "unsent" else ():
            raw.execute(
                "INSERT INTO sent_resource (sink, resource, person_id, sent_ms) VALUES ('icr', ?, ?, 1)",
                (f"{resource}/{person}", person),
            )
    raw.execute(
        "INSERT INTO dirty_person (sink, person_id, since_ms, mark, next_try_ms) VALUES ('icr', 'waits', 5, 5, 9)"
    )
    raw.commit()
    raw.close()
    migration.upgrade_sqlite(tmp_path)
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "bridge"))
    found = raw.execute("SELECT person_id, next_try_ms FROM dirty_person ORDER BY person_id").fetchall()
    raw.close()
    assert found == [("hidden", 0), ("waits", 9)]


# -- while others write ----------------------------------------------------------------------------------------------


def insert(connection: Connection, number: int) -> None:
    connection.execute(
        message.insert(), [{"message_id": f"m{number}", "received_ms": 7, "body": b"b", "answer": b"a"}]
    )


async def keep_writing(database: Database, stop: asyncio.Event) -> int:
    """Write one row after the other, as the version before does, and return how many."""
    number = 0
    while not stop.is_set():
        number += 1
        await database.write(partial(insert, number=number))
        found = await database.read(
            lambda c: c.execute(select(message).order_by(message.c.position.desc())).first()
        )
        assert found is not None
        assert found.message_id == f"m{number}"
        await asyncio.sleep(0)
    return number


async def migrate_in_the_midst(database: Database, migrate: Callable[[], Any]) -> None:
    stop = asyncio.Event()
    writing = asyncio.create_task(keep_writing(database, stop))

    async def written() -> int:
        return len(await database.read(lambda c: c.execute(select(message.c.position)).all()))

    async def grown(by: int) -> None:
        wanted = await written() + by
        async with asyncio.timeout(120):
            while await written() < wanted:
                assert not writing.done(), writing
                await asyncio.sleep(0.01)

    await grown(20)
    await migrate()
    await grown(20)
    stop.set()
    wrote = await writing  # it may be in the midst of one more row
    assert await written() == wrote
    added = await database.read(
        lambda c: c.exec_driver_sql("SELECT DISTINCT urgency FROM message").scalars().all()
    )
    assert added == [""]


async def test_a_file_is_migrated_while_the_version_before_writes_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration.upgrade_sqlite(tmp_path)
    database = SqliteDatabase(migration.sqlite_file(tmp_path, "kept"))
    next_version.known(tmp_path / "next", monkeypatch)
    await migrate_in_the_midst(database, lambda: asyncio.to_thread(migration.upgrade_sqlite, tmp_path))
    assert await database.read(migration.current) == next_version.REVISION
    await database.close()


@pytest.mark.postgres
async def test_postgres_is_migrated_while_the_version_before_writes_to_it(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migration.upgrade_postgres(postgres_url)
    database = PostgresDatabase(postgres_url)
    next_version.known(tmp_path / "next", monkeypatch)
    await migrate_in_the_midst(database, lambda: migration.upgrade_postgres(postgres_url))
    assert await database.read(migration.current) == next_version.REVISION
    await database.close()


@pytest.mark.postgres
async def test_a_table_that_somebody_holds_is_waited_for_in_turns_so_that_others_get_by(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migration.upgrade_postgres(postgres_url)
    database = PostgresDatabase(postgres_url)
    monkeypatch.setattr(migration, "LOCK_PATIENCE_MS", 50)
    monkeypatch.setattr(migration, "LOCK_PAUSE_S", 0.05)
    next_version.known(tmp_path / "next", monkeypatch)
    async with database.connect() as reader:
        await reader.execute(select(message))  # a long report: its transaction is open
        monkeypatch.setattr(migration, "LOCK_TRIES", 2)
        with pytest.raises(migration.TablesInUse, match="migrate again"):
            await migration.upgrade_postgres(postgres_url)
        monkeypatch.setattr(migration, "LOCK_TRIES", 5_000)  # until the rest is done, however long that takes
        # Alone from here: Alembic keeps what it works on in one place for the whole process.
        migrating = asyncio.create_task(migration.upgrade_postgres(postgres_url))
        for number in range(20):
            await asyncio.wait_for(database.write(partial(insert, number=number)), 120)
        assert not migrating.done()
    await asyncio.wait_for(migrating, 120)
    assert await database.read(migration.current) == next_version.REVISION
    await database.close()


def test_a_revision_that_breaks_off_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration.upgrade_sqlite(tmp_path)
    before = migration.head()
    broken = next_version.TEXT + "    op.drop_table('there_is_no_such_table')\n"
    with monkeypatch.context() as patched:
        next_version.known(tmp_path / "next", patched, broken)
        with pytest.raises(OperationalError, match="no such table"):
            migration.upgrade_sqlite(tmp_path)
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "kept"))
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(before,)]
    assert "urgency" not in [row[1] for row in raw.execute("PRAGMA table_info(message)")]
    raw.close()


def test_the_version_before_leaves_a_schema_of_later_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patched:
        next_version.known(tmp_path / "next", patched)
        migration.upgrade_sqlite(tmp_path)
    migration.upgrade_sqlite(tmp_path)
    raw = sqlite3.connect(migration.sqlite_file(tmp_path, "bridge"))
    assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(next_version.REVISION,)]
    raw.close()
    assert "is of a later version" in capsys.readouterr().out

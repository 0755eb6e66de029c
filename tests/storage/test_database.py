"""The same promises on SQLite and PostgreSQL: all or nothing, readers that cannot write, attached files read-only."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import await_only

from ascbridge.storage import migration
from ascbridge.storage.database import Database, PostgresDatabase, SqliteDatabase
from ascbridge.storage.tables import feed_heard, ledger_count
from ascbridge.storage.upsert import add_counts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made: Database
    if request.param == "sqlite":
        migration.upgrade_sqlite(tmp_path)
        made = SqliteDatabase(tmp_path / "bridge.db")
    else:
        url = request.getfixturevalue("postgres_url")
        await migration.upgrade_postgres(url)
        made = PostgresDatabase(url)
    yield made
    await made.close()


def _add(connection: Connection) -> None:
    add_counts(connection, ledger_count, [{"feed": "f", "state": "dead", "n": 1}])


def _count(connection: Connection) -> int:
    return connection.execute(select(func.coalesce(func.sum(ledger_count.c.n), 0))).scalar_one()


async def test_a_write_that_returns_is_kept(database: Database) -> None:
    await database.write(_add)
    assert await database.read(_count) == 1


async def test_a_write_that_raises_leaves_nothing(database: Database) -> None:
    def fails(connection: Connection) -> None:
        _add(connection)
        raise RuntimeError("stop here")

    with pytest.raises(RuntimeError, match="stop here"):
        await database.write(fails)
    assert await database.read(_count) == 0


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.read(_add)
    assert await database.read(_count) == 0


async def test_an_error_quotes_no_value(database: Database) -> None:
    row = ledger_count.insert().values(feed="f", state="dead", n=1)
    await database.write(lambda c: c.execute(row))
    with pytest.raises(DBAPIError) as raised:  # once more
        await database.write(lambda c: c.execute(row))
    assert "[parameters:" not in str(raised.value)


async def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    await asyncio.gather(*(database.write(_add) for _ in range(40)))
    assert await database.read(_count) == 40


async def test_writing_goes_on_after_a_commit_that_failed(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    database = SqliteDatabase(tmp_path / "bridge.db")
    await database.write(_add)

    def ends_its_transaction_itself(connection: Connection) -> None:
        _add(connection)
        connection.connection.driver_connection.execute("ROLLBACK")  # so that there is nothing to commit

    with pytest.raises(DBAPIError, match="no transaction is active"):
        await database.write(ends_its_transaction_itself)
    await database.write(_add)
    assert await database.read(_count) == 2
    await database.close()


async def test_a_step_may_be_taken_back_inside_a_transaction(database: Database) -> None:
    def one_of_two(connection: Connection) -> None:
        _add(connection)
        step = connection.begin_nested()
        _add(connection)
        step.rollback()

    await database.write(one_of_two)
    await database.write(one_of_two)
    assert await database.read(_count) == 2


async def test_a_file_that_another_connection_holds_is_told_as_core_tells_it(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    database, holder = SqliteDatabase(tmp_path / "bridge.db"), sqlite3.connect(tmp_path / "bridge.db")
    await database.write(lambda c: (_add(c), c.exec_driver_sql("PRAGMA busy_timeout=1")))
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DBAPIError, match="locked"):
        await database.write(_add)
    holder.rollback()
    holder.close()
    await database.write(_add)
    assert await database.read(_count) == 2
    await database.close()


async def test_attached_files_are_read_in_the_writers_transaction_and_never_written(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    kept = SqliteDatabase(tmp_path / "kept.db")
    heard = {"feed": "f", "last_ms": 7, "last_control_id": "C1"}
    await kept.write(lambda c: c.execute(feed_heard.insert(), [heard]))
    bridge = SqliteDatabase(tmp_path / "bridge.db", attached={"kept": tmp_path / "kept.db"})

    def reads_both(connection: Connection) -> int:
        _add(connection)
        return connection.execute(select(feed_heard.c.last_ms)).scalar_one()

    assert await bridge.write(reads_both) == 7
    with pytest.raises(DBAPIError, match="readonly"):
        await bridge.write(lambda c: c.execute(text("DELETE FROM feed_heard")))
    # intake goes on while work holds its write transaction: two files, two writers
    later = {"feed": "g", "last_ms": 8, "last_control_id": "C2"}
    await bridge.write(lambda c: (_add(c), kept.write_now(lambda k: k.execute(feed_heard.insert(), [later]))))
    assert (
        await bridge.read(lambda c: c.execute(select(func.count()).select_from(feed_heard)).scalar_one()) == 2
    )
    await bridge.close()
    await kept.close()


async def test_a_database_opened_for_reading_says_who_writes_it(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    reading = SqliteDatabase(tmp_path / "bridge.db", writable=False)
    with pytest.raises(PermissionError, match=r"bridge\.db is written by another process"):
        await reading.write(_add)
    await reading.close()


async def _hang_up(url: str) -> None:
    """End every other connection to this database, as a server does that is started again."""
    own = PostgresDatabase(url)
    ends = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    others = f"{ends} WHERE datname = current_database() AND pid <> pg_backend_pid()"
    assert await own.write(lambda c: c.execute(text(others)).scalar_one())
    await own.close()


@pytest.mark.postgres
async def test_a_read_does_not_hear_of_a_server_that_was_started_again(postgres_url: str) -> None:
    await migration.upgrade_postgres(postgres_url)
    database = PostgresDatabase(postgres_url)
    assert await database.read(_count) == 0
    await _hang_up(postgres_url)
    assert await database.read(_count) == 0
    await database.close()


@pytest.mark.postgres
async def test_a_write_after_a_rest_does_not_either(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migration.upgrade_postgres(postgres_url)
    database = PostgresDatabase(postgres_url)
    await database.write(_add)
    await _hang_up(postgres_url)
    monkeypatch.setattr("ascbridge.storage.database.RESTED_S", 0.0)
    await database.write(_add)
    assert await database.read(_count) == 2
    await database.close()


@pytest.mark.postgres
async def test_who_gives_way_in_a_deadlock_is_tried_again_and_both_are_done(postgres_url: str) -> None:
    await migration.upgrade_postgres(postgres_url)
    database = PostgresDatabase(postgres_url)
    await database.write(lambda c: add_counts(c, ledger_count, [_row("a"), _row("b")]))
    began: list[str] = []
    both = asyncio.Barrier(2)

    def adding(first: str, then: str) -> Callable[[Connection], None]:
        def add(connection: Connection) -> None:
            add_counts(connection, ledger_count, [_row(first)])
            began.append(first)
            if len(began) <= both.parties:  # whoever gave way goes on alone
                await_only(both.wait())
            add_counts(connection, ledger_count, [_row(then)])

        return add

    await asyncio.gather(database.write(adding("a", "b")), database.write(adding("b", "a")))
    counted = select(ledger_count.c.feed, func.sum(ledger_count.c.n)).group_by(ledger_count.c.feed)
    found = await database.read(lambda c: {row[0]: row[1] for row in c.execute(counted)})
    assert found == {"a": 3, "b": 3}
    assert len(began) == 3, "no deadlock came about"
    await database.close()


def _row(feed: str) -> dict[str, object]:
    return {"feed": feed, "state": "dead", "n": 1}

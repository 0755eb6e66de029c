"""Insert-or-ignore, insert-or-update and counting, alike on both databases."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, UniqueConstraint, select, text

from ascbridge.storage.database import Database, PostgresDatabase, SqliteDatabase
from ascbridge.storage.upsert import add_counts, insert_missing, update_rows, upsert

metadata = MetaData()
ward = Table(
    "ward",
    metadata,
    Column("site", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("beds", Integer, nullable=False, server_default="0"),
    Column("phone", String, nullable=False, server_default=""),
    UniqueConstraint("phone", name="one_phone"),
)
tally = Table(
    "tally", metadata, Column("name", String, primary_key=True), Column("n", Integer, nullable=False)
)
seat = Table(
    "seat",
    metadata,
    Column("name", String, primary_key=True),
    Column("who", String),
    Column("free", Integer, nullable=False),
    Index("seat_taken", "who", sqlite_where=text("free = 0"), postgresql_where=text("free = 0")),
)


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "x.db")
    await database.write(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    database = PostgresDatabase(postgres_url)
    await database.write(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """Give a database, on SQLite and on PostgreSQL."""
    found: Database = request.getfixturevalue(request.param)
    return found


async def rows(database: Database, table: Table) -> list[tuple[Any, ...]]:
    ordered = select(table).order_by(*table.primary_key)
    return [tuple(row) for row in await database.read(lambda c: c.execute(ordered).all())]


def beds(name: str, count: int, phone: str) -> dict[str, Any]:
    return {"site": "RKB", "name": name, "beds": count, "phone": phone}


async def test_what_is_there_stays_as_it_was(database: Database) -> None:
    await database.write(lambda c: insert_missing(c, ward, [beds("W1", 10, "1")]))
    await database.write(lambda c: insert_missing(c, ward, [beds("W1", 99, "9"), beds("W2", 20, "2")]))
    assert await rows(database, ward) == [("RKB", "W1", 10, "1"), ("RKB", "W2", 20, "2")]


async def test_any_unique_key_makes_a_row_be_there(database: Database) -> None:
    await database.write(lambda c: insert_missing(c, ward, [beds("W1", 10, "1")]))
    await database.write(lambda c: insert_missing(c, ward, [beds("W2", 20, "1")]))
    assert await rows(database, ward) == [("RKB", "W1", 10, "1")]


async def test_an_upsert_sets_every_other_column(database: Database) -> None:
    await database.write(lambda c: upsert(c, ward, [beds("W1", 10, "1"), beds("W2", 20, "2")]))
    await database.write(lambda c: upsert(c, ward, [beds("W2", 22, "3"), beds("W3", 30, "4")]))
    assert await rows(database, ward) == [
        ("RKB", "W1", 10, "1"),
        ("RKB", "W2", 22, "3"),
        ("RKB", "W3", 30, "4"),
    ]


async def test_an_upsert_can_leave_columns_alone(database: Database) -> None:
    await database.write(lambda c: upsert(c, ward, [beds("W1", 10, "1")]))
    await database.write(lambda c: upsert(c, ward, [beds("W1", 12, "9")], changed=["beds"]))
    assert await rows(database, ward) == [("RKB", "W1", 12, "1")]


async def test_the_last_of_two_rows_with_one_key_holds(database: Database) -> None:
    await database.write(lambda c: upsert(c, ward, [beds("W1", 10, "1"), beds("W1", 11, "1")]))
    assert await rows(database, ward) == [("RKB", "W1", 11, "1")]


async def test_counts_add_up_and_can_go_down(database: Database) -> None:
    await database.write(lambda c: add_counts(c, tally, [{"name": "kept", "n": 3}, {"name": "held", "n": 1}]))
    await database.write(
        lambda c: add_counts(c, tally, [{"name": "kept", "n": 4}, {"name": "held", "n": -1}])
    )
    await database.write(lambda c: add_counts(c, tally, [{"name": "kept", "n": 1}, {"name": "kept", "n": 1}]))
    assert await rows(database, tally) == [("held", 0), ("kept", 9)]


@pytest.mark.parametrize("act", [insert_missing, upsert, add_counts])
async def test_no_rows_is_no_statement(database: Database, act: Any) -> None:
    await database.write(lambda c: act(c, tally, []))
    assert await rows(database, tally) == []


async def test_rows_are_changed_where_they_are_and_not_made(database: Database) -> None:
    await database.write(lambda c: upsert(c, ward, [beds("W1", 10, "1"), beds("W2", 20, "2")]))
    await database.write(lambda c: update_rows(c, ward, [beds("W1", 11, "1"), beds("W9", 90, "9")]))
    await database.write(lambda c: update_rows(c, ward, [{"site": "RKB", "name": "W2", "phone": "4"}]))
    assert await rows(database, ward) == [("RKB", "W1", 11, "1"), ("RKB", "W2", 20, "4")]


async def test_nothing_to_change_is_nothing_done(database: Database) -> None:
    await database.write(lambda c: update_rows(c, ward, []))
    assert await rows(database, ward) == []


async def test_a_null_is_another_value_than_a_text(database: Database) -> None:
    await database.write(lambda c: upsert(c, seat, [{"name": "A", "who": None, "free": 1}]))
    await database.write(lambda c: upsert(c, seat, [{"name": "A", "who": "x", "free": 0}]))
    assert await rows(database, seat) == [("A", "x", 0)]
    await database.write(lambda c: upsert(c, seat, [{"name": "A", "who": None, "free": 0}]))
    assert await rows(database, seat) == [("A", None, 0)]


async def test_of_two_rows_with_one_key_the_last_one_holds(database: Database) -> None:
    await database.write(lambda c: upsert(c, ward, [beds("W1", 10, "1")]))
    await database.write(lambda c: upsert(c, ward, [beds("W1", 11, "2"), beds("W1", 12, "1")]))
    assert await rows(database, ward) == [("RKB", "W1", 12, "1")]


@pytest.mark.parametrize("change", [upsert, update_rows])
async def test_an_index_is_not_written_where_its_columns_stay(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "y.db"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
    raw.close()
    database = SqliteDatabase(path)
    try:
        await database.write(metadata.create_all)
        await database.write(lambda c: upsert(c, ward, [beds("W1", 10, "1")]))
        log = tmp_path / "y.db-wal"
        pages = []
        for row in (beds("W1", 11, "1"), beds("W1", 11, "2")):
            before = log.stat().st_size
            await database.write(lambda c, row=row: change(c, ward, [row]))
            pages.append((log.stat().st_size - before) // 4_000)
        assert pages == [1, 2]  # the row; the row and the index of telephones
    finally:
        await database.close()

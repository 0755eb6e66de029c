"""Insert-or-ignore, insert-or-update and counting, alike on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, UniqueConstraint, select

from ascbridge.storage.database import Database, PostgresDatabase, SqliteDatabase
from ascbridge.storage.upsert import add_counts, insert_missing, upsert

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

"""Prepared statements: one meaning on both databases, lists of any length, and Core's own exceptions."""

import gc
import importlib
import pkgutil
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError

import ascbridge
from ascbridge.storage.database import Database, PostgresDatabase, SqliteDatabase, sqlite_engine
from ascbridge.storage.files import sqlite_file
from ascbridge.storage.migration import upgrade_sqlite
from ascbridge.storage.prepared import Prepared
from tests.web.test_pages_read_little import LITTLE, OF_FEW

metadata = MetaData()
bed = Table(
    "bed",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("ward", String, nullable=False),
    Column("note", LargeBinary),
)
INSERT = Prepared(bed.insert(), bed.insert(), ["number", "ward", "note"])
BY_NUMBER = Prepared.of(
    lambda one_of: (
        select(bed.c.number, bed.c.ward).where(one_of(bed.c.number, "numbers")).order_by(bed.c.number)
    )
)
ON_WARDS = Prepared.of(
    lambda one_of: (
        select(bed.c.number)
        .where(one_of(bed.c.ward, "wards"), bed.c.number > bindparam("least"), bed.c.note.is_(None))
        .order_by(bed.c.number)
    )
)
MOVE = Prepared.of(
    lambda _: (
        update(bed)
        .where(bed.c.number == bindparam("which"))
        .values(ward=bindparam("to"))
        .returning(bed.c.ward)
    )
)


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "x.db")
    await filled(database)
    yield database
    await database.close()


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    database = PostgresDatabase(postgres_url)
    await filled(database)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """Give a database with three beds on two wards, on SQLite and on PostgreSQL."""
    found: Database = request.getfixturevalue(request.param)
    return found


async def filled(database: Database) -> None:
    beds = [
        {"number": 1, "ward": "W1", "note": None},
        {"number": 2, "ward": "W2", "note": b"\x00by the window"},
        {"number": 3, "ward": "W\"2'", "note": None},
    ]
    await database.write(metadata.create_all)
    await database.write(lambda c: INSERT.run(c, beds))


async def numbers(database: Database, *wanted: int) -> list[tuple[int, str]]:
    return [tuple(row) for row in await database.read(lambda c: BY_NUMBER.rows(c, numbers=list(wanted)))]


async def test_a_list_may_be_of_numbers_or_texts_and_as_long_as_it_likes(database: Database) -> None:
    assert await numbers(database, 3, 1, *range(10, 40_000)) == [(1, "W1"), (3, "W\"2'")]
    assert await numbers(database) == []
    wards = ["W1", "W\"2'", "W9"]
    found = await database.read(lambda c: ON_WARDS.rows(c, wards=wards, least=1))
    assert [row[0] for row in found] == [3]


async def test_bytes_come_back_as_they_went_in(database: Database) -> None:
    note = await database.read(lambda c: c.execute(select(bed.c.note).where(bed.c.number == 2)).scalar_one())
    assert note == b"\x00by the window"


async def test_a_change_tells_what_it_changed(database: Database) -> None:
    moved = await database.write(lambda c: MOVE.rows(c, which=1, to="W7"))
    assert [tuple(row) for row in moved] == [("W7",)]
    assert await database.write(lambda c: list(MOVE.rows(c, which=99, to="W7"))) == []
    assert await numbers(database, 1) == [(1, "W7")]


async def test_many_rows_run_one_statement_each(database: Database) -> None:
    gone = Prepared.of(lambda _: delete(bed).where(bed.c.number == bindparam("which")))
    await database.write(lambda c: gone.run(c, [{"which": 1}, {"which": 2}]))
    assert await numbers(database, 1, 2, 3) == [(3, "W\"2'")]


async def test_what_fails_is_cores_exception_and_quotes_nobody(database: Database) -> None:
    beds = [{"number": 7, "ward": "W1", "note": None}, {"number": 7, "ward": "secret", "note": None}]
    with pytest.raises(IntegrityError) as failed:
        await database.write(lambda c: INSERT.run(c, beds))
    assert await numbers(database, 7) == []
    if database.dialect == "sqlite":
        assert "secret" not in str(failed.value)


async def test_a_snapshot_may_not_be_written_to(sqlite: SqliteDatabase) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await sqlite.read(lambda c: INSERT.run(c, [{"number": 1, "ward": "W1", "note": None}]))


async def test_within_a_savepoint_it_is_undone_with_it(database: Database) -> None:
    def work(connection):
        nested = connection.begin_nested()
        MOVE.rows(connection, which=1, to="W7")
        nested.rollback()
        MOVE.rows(connection, which=2, to="W8")

    await database.write(work)
    assert await numbers(database, 1, 2) == [(1, "W1"), (2, "W8")]


def test_a_connection_begins_by_itself_as_with_core(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "y.db", writing=True)
    with engine.begin() as connection:
        metadata.create_all(connection)
    with engine.connect() as connection:
        INSERT.run(connection, [{"number": 5, "ward": "W1", "note": None}])
        assert [tuple(row) for row in BY_NUMBER.rows(connection, numbers=[5])] == [(5, "W1")]
        connection.rollback()
        assert list(BY_NUMBER.rows(connection, numbers=[5])) == []
    engine.dispose()


OF_LITTLE = (*LITTLE, *OF_FEW, "SCAN found", "SCAN CONSTANT ROW")
"""What holds little however much is stored; `found` are the names that were found so far."""


def every_module() -> None:
    for module in pkgutil.walk_packages(ascbridge.__path__, "ascbridge."):
        if module.name.split(".")[1] in {"people", "events", "intake", "discharge", "record", "operations"}:
            importlib.import_module(module.name)


def test_no_statement_reads_more_rows_than_it_asks_for(tmp_path: Path) -> None:
    every_module()
    upgrade_sqlite(tmp_path)
    plain = sqlite3.connect(sqlite_file(tmp_path, "bridge"))
    for name in ("kept", "keys"):
        plain.execute(f"ATTACH DATABASE '{sqlite_file(tmp_path, name)}' AS {name}")
    gc.unfreeze()  # a service that ran in this process before hid what was loaded by then
    texts = {one._text for one in gc.get_objects() if isinstance(one, Prepared)}
    ours = [text for text in texts if "bed" not in text and not text.startswith("INSERT")]
    assert len(ours) > 30
    for text in ours:
        steps = [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?"))]
        reads = [step for step in steps if step.startswith(("SCAN", "SEARCH")) and "anon" not in step]
        through = [
            step for step in reads if step.startswith("SCAN") and not any(few in step for few in OF_LITTLE)
        ]
        assert not through, (text, steps)
        if "FROM quarantine" in text:
            continue  # it goes by what waits for a person, which is little
        for column in re.findall(r'\.(?:"?)(\w+)(?:"?) IN \(SELECT anon', text):
            named = {f"{column}=?", "rowid=?" if column == "position" else f"{column}=?"}  # a key's two names
            assert any(name in step for step in reads for name in named), (column, text, steps)
    plain.close()

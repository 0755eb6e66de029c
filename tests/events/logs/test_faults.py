"""Whose fault it is decides who waits: one person, or everything."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ascbridge.events.logs.faults import (
    CommonFault,
    EventFault,
    InfrastructureFault,
    cause_of,
    is_infrastructure,
    reason_of,
)
from ascbridge.events.logs.log import Assignment
from ascbridge.events.logs.positions import Zombie
from ascbridge.storage.database import Database, PostgresDatabase


@pytest.mark.parametrize(
    "fault",
    [
        InfrastructureFault("x"), CommonFault("x", 21), OSError("disk full"), ConnectionResetError(), TimeoutError(),
        MemoryError(),
    ],
)  # fmt: skip
def test_what_says_nothing_about_the_event_is_the_machines(fault: Exception) -> None:
    assert is_infrastructure(fault)


@pytest.mark.parametrize(
    "fault", [EventFault("x"), KeyError("x"), ValueError("x"), ZeroDivisionError(), AssertionError()]
)
def test_everything_else_is_the_events(fault: Exception) -> None:
    assert not is_infrastructure(fault)


async def failure(database: Database, statement: str) -> Exception:
    def work(connection: Connection) -> None:
        connection.execute(text(statement))

    with pytest.raises(DBAPIError) as raised:
        await database.write(work)
    return raised.value


async def test_a_row_that_the_database_refuses_is_the_events(database: Database) -> None:
    twice = "insert into position (consumer, topic, partition, moved_ms) values ('a', 'a', 0, 0), ('a', 'a', 0, 0)"
    fault = await failure(database, twice)
    assert isinstance(fault, IntegrityError)
    assert not is_infrastructure(fault)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "code,machines",
    [
        ("40P01", True),
        ("40001", True),
        ("53100", True),
        ("57P01", True),
        ("22001", False),
        ("22003", False),
        ("23502", False),
    ],
)
async def test_postgres_says_by_its_state_whose_fault_it_is(
    postgres_database: PostgresDatabase, code: str, *, machines: bool
) -> None:
    fault = await failure(
        postgres_database, f"do $$ begin raise exception 'x' using errcode = '{code}'; end $$"
    )
    assert is_infrastructure(fault) is machines


@pytest.mark.postgres
async def test_a_connection_that_was_cut_is_the_machines(postgres_database: PostgresDatabase) -> None:
    assert is_infrastructure(
        await failure(postgres_database, "select pg_terminate_backend(pg_backend_pid())")
    )


def test_a_locked_file_is_the_machines(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}", connect_args={"timeout": 0})
    holder = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    holder.execute("create table x (y)")
    holder.execute("begin immediate")
    with engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text("insert into x values (1)"))
    holder.close()
    engine.dispose()
    assert is_infrastructure(raised.value)
    assert reason_of(raised.value) == "the database refuses: OperationalError"


def test_a_cause_is_told_in_our_words_and_never_in_somebodys_values() -> None:
    assert (
        cause_of(EventFault("ward W9 is not on the profile; add it"))
        == "ward W9 is not on the profile; add it"
    )
    try:
        int("943 476 5919")
    except ValueError as fault:
        told = cause_of(fault)
    assert told.startswith("ValueError in test_faults.py:")
    assert "943" not in told
    assert cause_of(KeyError("Ann")) == "KeyError: the program did not expect this; report it"


def test_one_mistake_of_ours_gives_one_cause() -> None:
    told = set()
    for value in ("Ann", "Bob", "Cat"):
        try:
            raise KeyError(value)
        except KeyError as fault:
            told.add(cause_of(fault))
    assert len(told) == 1


def test_a_reason_quotes_only_what_cannot_name_anybody() -> None:
    assert reason_of(Zombie("record", Assignment("person", 3))) == "record no longer owns person-3"
    assert reason_of(CommonFault("no such ward", 30)) == "30 people are held with one cause: no such ward"
    assert reason_of(ConnectionRefusedError("nobody listens")) == "ConnectionRefusedError: nobody listens"
    assert "Ann" not in reason_of(RuntimeError("Ann Archer"))
    statement = "insert into patient values (?)"
    assert reason_of(IntegrityError(statement, ("Ann",), sqlite3.IntegrityError("Ann"))) == (
        "the database refuses: IntegrityError"
    )

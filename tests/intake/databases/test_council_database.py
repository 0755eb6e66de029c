"""The door to the council's database: it only reads, it holds nothing, and what goes wrong is told and not quoted."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from ascbridge.intake.databases.council_database import CannotAsk, CouncilDatabase, NoAnswer, missing_columns
from tests.servers.process import free_port


@pytest.mark.postgres
async def test_it_reads_and_cannot_write(postgres_url: str) -> None:
    database = CouncilDatabase(postgres_url, statement_s=30)
    assert await database.ask(text("SELECT 1, 'a'")) == [(1, "a")]
    assert await database.names(text("SELECT 1 AS one, 2 AS two")) == ("one", "two")
    with pytest.raises(NoAnswer):
        await database.ask(text("CREATE TABLE ours (n int)"))
    await database.close()


@pytest.mark.postgres
async def test_nothing_is_held_between_two_questions(postgres_url: str) -> None:
    database = CouncilDatabase(postgres_url, statement_s=30)
    await database.ask(text("SELECT 1"))
    looker = CouncilDatabase(postgres_url, statement_s=30)
    held = "SELECT state, xact_start, backend_xmin FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    mine = f"{held} AND application_name = 'ascbridge' AND datname = current_database()"
    assert await looker.ask(text(mine)) == [("idle", None, None)]
    await looker.close()
    await database.close()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "question,reason",
    [
        ("SELECT * FROM nowhere", "there is no such table"),
        ("SELECT nothing FROM pg_class", "a column is missing"),
        ("SELECT pg_sleep(60)", "it took longer than statement_seconds"),
        ("SELECT 'Marlowe'::int", "DataError 22P02|InvalidTextRepresentationError 22P02|Error 22P02"),
    ],
)
async def test_what_goes_wrong_is_told_and_not_quoted(postgres_url: str, question: str, reason: str) -> None:
    database = CouncilDatabase(postgres_url, statement_s=1)
    with pytest.raises(NoAnswer) as caught:
        await database.ask(text(question))
    assert re.search(reason, str(caught.value))
    assert "Marlowe" not in str(caught.value)
    assert await database.ask(text("SELECT 1")) == [(1,)]
    await database.close()


@pytest.mark.postgres
async def test_a_view_that_was_changed_is_read_as_it_is_now(postgres_url: str) -> None:
    database, owner = (
        CouncilDatabase(postgres_url, statement_s=30),
        CouncilDatabase(postgres_url, statement_s=30),
    )
    owner._engine = owner._engine.execution_options(postgresql_readonly=False)
    everything = text("SELECT * FROM v")
    async with owner._engine.begin() as connection:
        await connection.execute(text("SET TRANSACTION READ WRITE"))
        await connection.execute(text("CREATE VIEW v AS SELECT 1 AS one"))
    assert await database.names(everything) == ("one",)
    async with owner._engine.begin() as connection:
        await connection.execute(text("SET TRANSACTION READ WRITE"))
        await connection.execute(text("CREATE OR REPLACE VIEW v AS SELECT 1 AS one, 2 AS two"))
    assert await database.names(everything) == ("one", "two")
    await owner.close()
    await database.close()


async def test_a_database_that_is_away_is_told() -> None:
    database = CouncilDatabase(f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/x", statement_s=5)
    with pytest.raises(NoAnswer, match="it cannot be reached"):
        await database.ask(text("SELECT 1"))
    await database.close()


@pytest.mark.parametrize(
    "url,reason",
    [
        (
            "mssql+aioodbc://u:secret@h/d",
            "needs the driver .*, which is not installed .* mssql was never run",
        ),
        (
            "oracle+oracledb://u:secret@h/d",
            "needs the driver .*, which is not installed .* oracle was never run",
        ),
        ("mysql+aiomysql://u:secret@h/d", "begins with 'mysql"),
        ("postgresql://u:secret@h/d", "must be one of postgresql"),
        ("postgresql+asyncpg://u:secret@h:port/d", "is not an address such as"),
        ("", "must be one of"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(CannotAsk, match=reason) as caught:
        CouncilDatabase(url, statement_s=5)
    assert "secret" not in str(caught.value)


def test_missing_columns_are_named_once() -> None:
    assert missing_columns(("a", "b"), ("a", "c", "c", "d")) == ["c", "d"]

"""Of several processes exactly one has the turn; who dies, or lets go, passes it on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from ascbridge.storage.alone import AlwaysMine, PostgresTurn
from ascbridge.storage.database import PostgresDatabase


async def test_a_process_without_others_always_has_the_turn() -> None:
    turn = AlwaysMine()
    assert await turn.mine()
    await turn.let_go()
    assert await turn.mine()


@pytest.mark.postgres
async def test_exactly_one_has_the_turn_until_it_lets_go(postgres_url: str) -> None:
    one, two = PostgresDatabase(postgres_url), PostgresDatabase(postgres_url)
    try:
        first, second, other = PostgresTurn(one, "a"), PostgresTurn(two, "a"), PostgresTurn(two, "b")
        assert [await first.mine(), await first.mine(), await second.mine()] == [True, True, False]
        assert await other.mine()
        await first.let_go()
        assert [await second.mine(), await first.mine()] == [True, False]
        await second.let_go()
        await other.let_go()
    finally:
        await one.close()
        await two.close()


@pytest.mark.postgres
async def test_whoever_lost_its_connection_lost_its_turn_and_hears_of_it(postgres_url: str) -> None:
    one, two = PostgresDatabase(postgres_url), PostgresDatabase(postgres_url)
    try:
        first, second = PostgresTurn(one, "a"), PostgresTurn(two, "a")
        assert await first.mine()
        connection = first._connection
        assert connection is not None
        pid = await connection.scalar(select(func.pg_backend_pid()))
        await connection.commit()
        await two.write(lambda c: c.execute(text(f"SELECT pg_terminate_backend({pid}, 30000)")))
        with pytest.raises(DBAPIError):
            await first.mine()
        assert await second.mine()
        assert not await first.mine()
        await second.let_go()
    finally:
        await one.close()
        await two.close()

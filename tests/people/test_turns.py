"""Turns: nothing to wait for on SQLite, and on PostgreSQL one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.people.turns import take
from tests.people.ward import Ward

if TYPE_CHECKING:
    from sqlalchemy import Connection


def test_one_writer_waits_for_nobody(bridge: Ward) -> None:
    assert not take(bridge.connection, ["links", "n1"])


@pytest.mark.postgres
async def test_turns_are_held_until_the_transaction_ends(postgres_url: str) -> None:
    engine = create_async_engine(postgres_url)

    def held(connection: Connection) -> Any:
        of_mine = (
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
            "WHERE locktype = 'advisory' AND datname = current_database()"
        )
        return connection.execute(text(of_mine)).scalar_one()

    async with engine.connect() as one, engine.connect() as other:
        assert await one.run_sync(take, ["n2", "n1", "n2"])
        assert not await one.run_sync(take, [])
        assert await other.run_sync(held) == 2
        await one.commit()
        assert await other.run_sync(held) == 0
    await engine.dispose()

"""Taking up a restored database: only while no service runs, with its own key, and never on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from ascbridge.bootstrap.backups import after_restore
from ascbridge.bootstrap.backups.manifest import BackupFault
from ascbridge.bootstrap.commands import migrate
from ascbridge.bootstrap.parts import settled
from ascbridge.events.logs import relay
from ascbridge.events.logs.sealing import Keyring
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage.database import PostgresDatabase
from ascbridge.storage.tables import audit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.config import Settings


@pytest.fixture
async def shared(make_settings: Callable[..., Settings], postgres_url: str) -> Settings:
    """Settings of many machines, on a database with a key that opens it, of which nobody has read anything yet."""
    made = make_settings(database_url=postgres_url, kafka={"bootstrap": "127.0.0.1:9"})
    made.data_dir.mkdir()
    await migrate(made)
    keyring = Keyring.load(settled.master_key_path(made), create=True)
    database = PostgresDatabase(postgres_url)
    await database.write(lambda c: DataKeys(keyring).ensure(c, ["p1"], 7))
    await database.close()
    return made


@pytest.mark.postgres
async def test_it_says_what_was_done_and_that_erasures_are_not_known(
    shared: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        after_restore, "EVERY_READER", {}
    )  # topics are in the journey's test, with a broker of its own
    told = await after_restore.take_up(shared)
    assert told[0] == "topics: 0 events put back that are still owed, 0 left out"
    assert "no journal was given (--erasures)" in told[1]
    (tmp_path / "journal").write_bytes(b"")
    assert (await after_restore.take_up(shared, tmp_path / "journal"))[1].startswith("erasures: 0 done again")
    database = PostgresDatabase(shared.database_url)
    assert await database.read(lambda c: c.execute(select(audit.c.what)).scalars().all()) == [
        "restored database taken up", "restored database taken up",
    ]  # fmt: skip
    async with database.connect() as running:
        await running.scalar(select(func.pg_try_advisory_lock(relay.LOCK)))
        with pytest.raises(BackupFault, match="stop all of them first"):
            await after_restore.take_up(shared)
    await database.close()
    settled.master_key_path(shared).write_bytes(b"o" * 32)
    with pytest.raises(BackupFault, match="another bridge's master key"):
        await after_restore.take_up(shared)


async def test_one_machine_and_a_database_that_is_away_are_told(
    make_settings: Callable[..., Settings],
) -> None:
    with pytest.raises(BackupFault, match="one machine is restored by `ascbridge restore`"):
        await after_restore.take_up(make_settings())
    away = make_settings(
        database_url="postgresql+asyncpg://nobody@127.0.0.1:9/none", kafka={"bootstrap": "127.0.0.1:9"}
    )
    away.data_dir.mkdir()
    with pytest.raises(BackupFault, match="no master key here"):
        await after_restore.take_up(away)
    Keyring.load(settled.master_key_path(away), create=True)
    with pytest.raises(BackupFault, match="the database cannot be reached: nothing was changed"):
        await after_restore.take_up(away)

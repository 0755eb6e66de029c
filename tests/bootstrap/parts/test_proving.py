"""A bridge on files or keys that do not belong together says so, and starts nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap import listening, working
from ascbridge.bootstrap.commands import migrate, prepare
from ascbridge.bootstrap.parts import proving, settled
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.config import ConfigError
from ascbridge.events.logs.sealing import Keyring
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.config import Settings

OTHER_KEY = b"another bridge's master key" + b"." * 5


async def nothing_starts(settings: Settings, told: str) -> None:
    """See that neither the command nor any service of this machine begins, and that nothing is made."""
    before = sorted(settings.data_dir.iterdir())
    for beginning in (
        asyncio.to_thread(prepare, settings),
        listening.listen(settings, asyncio.Event()),
        working.work(settings, asyncio.Event()),
    ):
        with pytest.raises(ConfigError, match=told):
            await asyncio.wait_for(beginning, 120)
    assert sorted(settings.data_dir.iterdir()) == before


async def test_without_the_master_key_nothing_starts(used: Settings) -> None:
    settled.master_key_path(used).unlink()
    await nothing_starts(used, "no master key here")


async def test_on_another_bridges_master_key_nothing_starts(used: Settings) -> None:
    settled.master_key_path(used).write_bytes(OTHER_KEY)
    await nothing_starts(used, "another bridge's master key: what is stored here does not open with it")


@pytest.mark.parametrize("group", files.GROUPS)
async def test_with_a_file_missing_nothing_starts(used: Settings, group: files.Group) -> None:
    settled.file_of(used, group).unlink()
    await nothing_starts(used, rf"{group}\.db is missing beside")


async def test_on_a_restore_that_was_cut_off_nothing_starts(used: Settings) -> None:
    (used.data_dir / settled.HALF_RESTORED).mkdir()
    await nothing_starts(used, "was cut off: nothing is started")


def test_a_first_start_that_was_cut_off_is_begun_again(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    prepare(settings)
    settled.file_of(settings, "bridge").unlink()
    settled.file_of(settings, "keys").write_bytes(b"")
    prepare(settings)
    proving.files_are_there(settings)


async def test_a_service_on_an_empty_folder_says_how_to_begin(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    settings.data_dir.mkdir()
    Keyring.load(settled.master_key_path(settings), create=True)
    with pytest.raises(ConfigError, match="`ascbridge migrate` makes a new bridge's files"):
        await listening.listen(settings, asyncio.Event())
    assert [path.name for path in settings.data_dir.iterdir()] == ["master.key"]


async def test_a_database_that_is_away_is_asked_again_and_its_answer_holds(
    make_settings: Callable[..., Settings],
) -> None:
    away = make_settings(
        database_url="postgresql+asyncpg://nobody@127.0.0.1:9/none", kafka={"bootstrap": "127.0.0.1:9"}
    )
    away.data_dir.mkdir()
    Keyring.load(settled.master_key_path(away), create=True)
    ground = await open_ground(away).prove()
    assert not ground.proved
    await ground.log.close()
    await ground.database.close()


@pytest.mark.postgres
async def test_on_postgresql_another_bridges_key_starts_nothing(
    make_settings: Callable[..., Settings], postgres_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url=postgres_url, kafka={"bootstrap": "127.0.0.1:9"})
    settings.data_dir.mkdir()
    await migrate(settings)
    keyring = Keyring.load(settled.master_key_path(settings), create=True)
    ground = await open_ground(settings).prove()
    await ground.database.write(lambda c: DataKeys(keyring).ensure(c, ["p1"], 7))
    assert (await ground.prove()).proved
    await ground.database.close()
    settled.master_key_path(settings).write_bytes(OTHER_KEY)
    with pytest.raises(ConfigError, match="another bridge's master key"):
        await asyncio.wait_for(working.record(settings, asyncio.Event()), 120)
    ground = open_ground(settings)
    with pytest.raises(ConfigError, match="another bridge's master key"):
        await proving.until_key_opens(settings, ground.keyring, ground.database, asyncio.Event())
    await ground.database.close()

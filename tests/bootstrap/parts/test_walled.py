"""The wall is opened by its own key alone, does not stop the bridge where it is shut, and is never made anew by mistake."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import orjson
import pytest

from ascbridge.bootstrap.backups import backing_up, restoring
from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.parts import settled, walled
from ascbridge.bootstrap.parts.proving import DoNotBelongTogether
from ascbridge.clock import Clock
from ascbridge.people.behind_wall import NoWall, ToldApart, WallShut
from ascbridge.safeguarding.practice_rules import PracticeFault
from ascbridge.safeguarding.wall_slot import WallSlot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.bootstrap.parts.walled import Wall
    from ascbridge.config import Settings

NOTE = ToldApart("n1", "Nia Brown", "discharge-team", "t1.1", "CANARYWORDS of hers", family_name="CANARYNAME")


def opened(settings: Settings) -> Wall:
    return walled.open_wall(settings, Clock.system(), "test")


async def put(settings: Settings) -> None:
    wall = opened(settings)
    assert wall.trouble == ""
    await wall.slot.put(NOTE)
    await wall.close()


async def test_the_first_opening_makes_a_key_of_its_own_and_the_next_finds_what_was_put(
    settings: Settings,
) -> None:
    await put(settings)
    key = settled.wall_key_path(settings)
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_bytes() != settled.master_key_path(settings).read_bytes()
    again = opened(settings)
    assert isinstance(again.slot, WallSlot)
    assert again.vault is not None
    rows = await again.vault.database.read(lambda c: list(c.exec_driver_sql("SELECT team FROM concern")))
    assert len(rows) == 1
    await again.close()


async def test_without_its_key_or_with_another_the_wall_is_shut_and_says_so(settings: Settings) -> None:
    await put(settings)
    key = settled.wall_key_path(settings)
    mine = key.read_bytes()
    key.unlink()
    shut = opened(settings)
    assert shut.vault is None
    assert "no master key here" in shut.trouble
    assert not key.exists(), "a new key would seal beside what it cannot open"
    with pytest.raises(WallShut):
        await shut.slot.put(NOTE)
    key.write_bytes(bytes(32))
    key.chmod(0o600)
    assert "is not the key of safeguarding.db" in opened(settings).trouble
    key.write_bytes(mine)
    assert opened(settings).trouble == ""


async def test_a_file_that_was_there_is_not_made_anew(settings: Settings) -> None:
    await put(settings)
    settled.file_of(settings, "safeguarding").unlink()
    assert "is missing" in opened(settings).trouble
    with pytest.raises(DoNotBelongTogether, match=r"safeguarding\.db is missing beside"):
        prepare(settings)
    settled.wall_key_path(settings).unlink()
    prepare(settings)
    assert settled.file_of(settings, "safeguarding").exists()


async def test_no_other_file_and_no_back_up_but_its_own_file_holds_what_was_put(
    settings: Settings, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    await put(settings)
    told = backing_up.back_up(settings, tmp_path / "copy", with_key=True)
    assert any("the key of safeguarding is not in it" in line for line in told)
    assert not (tmp_path / "copy" / "safeguarding.key").exists()
    for path in [*settings.data_dir.rglob("*"), *(tmp_path / "copy").rglob("*")]:
        if path.is_file():
            assert b"CANARY" not in path.read_bytes(), path.name
    there = make_settings(data_dir=tmp_path / "there")
    lines = restoring.restore(tmp_path / "copy", there)
    assert any(line.startswith("safeguarding: put its own key's copy") for line in lines)
    assert "no master key here" in opened(there).trouble
    shutil.copy(settled.wall_key_path(settings), settled.wall_key_path(there))
    back = opened(there)
    assert back.vault is not None
    rows = await back.vault.database.read(lambda c: list(c.exec_driver_sql("SELECT team FROM concern")))
    assert len(rows) == 1
    await back.close()


async def test_a_back_up_of_an_earlier_version_restores_without_it(
    settings: Settings, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settled.file_of(settings, "safeguarding").unlink()
    backing_up.back_up(settings, tmp_path / "copy", with_key=True)
    there = make_settings(data_dir=tmp_path / "there")
    lines = restoring.restore(tmp_path / "copy", there)
    assert not any("safeguarding" in line for line in lines)
    prepare(there)
    assert opened(there).trouble == ""


async def test_on_postgresql_there_is_none_until_a_role_is_named(
    make_settings: Callable[..., Settings],
) -> None:
    wall = await walled.open_shared_wall(make_settings(), Clock.system(), "web")
    assert (wall.vault, wall.trouble) == (None, "")
    assert isinstance(wall.slot, NoWall)
    assert walled.relay_of(make_settings(), wall, Clock.system()) is None


def test_values_that_cannot_be_used_stop_the_start(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    (tmp_path / "bad.toml").write_text("x")
    settings = make_settings(safeguarding={"rules_file": tmp_path / "bad.toml"})
    with pytest.raises(PracticeFault):
        prepare(settings)


async def test_keeping_ends_when_it_is_told_to(settings: Settings) -> None:
    wall, stop = opened(settings), asyncio.Event()
    keeping = asyncio.create_task(walled.keep(settings, wall, Clock.system(), stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(keeping, 60)
    empty = asyncio.create_task(walled.keep(settings, walled.Wall(), Clock.system(), stop))
    await asyncio.wait_for(empty, 60)


async def test_a_case_systems_file_is_taken_from_the_folder_that_settings_name(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings(safeguarding={"folder": tmp_path / "in"})
    prepare(settings)
    (tmp_path / "in").mkdir()
    concern = {"origin": "asc-direct", "account": "Worried", "adult": {"council_id": "C1"}}
    (tmp_path / "in" / "a.jsonl").write_bytes(orjson.dumps({"id": "1", "concern": concern}))
    wall, stop = opened(settings), asyncio.Event()
    assert wall.vault is not None
    keeping = asyncio.create_task(walled.keep(settings, wall, Clock.system(), stop))
    async with asyncio.timeout(60):
        while (tmp_path / "in" / "a.jsonl").exists():  # noqa: ASYNC110  # the folder tells nobody
            await asyncio.sleep(0.01)
    rows = await wall.vault.database.read(lambda c: list(c.exec_driver_sql("SELECT team FROM concern")))
    assert len(rows) == 1
    stop.set()
    await asyncio.wait_for(keeping, 60)


@pytest.mark.postgres
async def test_on_postgresql_its_role_opens_it_and_its_relay_counts_nowhere(
    make_settings: Callable[..., Settings], postgres_url: str, tmp_path: Path
) -> None:
    from ascbridge import telemetry
    from ascbridge.storage import migration
    from ascbridge.storage.database import PostgresDatabase

    key = tmp_path / "wall.key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    bridge = PostgresDatabase(postgres_url)
    await bridge.write(lambda c: c.exec_driver_sql("CREATE SCHEMA safeguarding"))
    await migration.upgrade_walled_postgres(postgres_url)
    settings = make_settings(
        database_url=postgres_url, kafka={"bootstrap": "127.0.0.1:1"},
        safeguarding={"database_url": postgres_url + "?x=", "master_key_file": key},
    )  # fmt: skip
    settings = settings.model_copy(
        update={"safeguarding": settings.safeguarding.model_copy(update={"database_url": postgres_url})}
    )
    wall = await walled.open_shared_wall(settings, Clock.system(), "web")
    await wall.slot.put(NOTE)
    assert wall.vault is not None
    rows = await wall.vault.database.read(lambda c: list(c.exec_driver_sql("SELECT team FROM concern")))
    assert len(rows) == 1
    before = {
        one.labels.get("consumer") for metric in telemetry.backlog_age.collect() for one in metric.samples
    }
    carrier = walled.relay_of(settings, wall, Clock.system())
    assert carrier is not None
    after = {
        one.labels.get("consumer") for metric in telemetry.backlog_age.collect() for one in metric.samples
    }
    assert after == before
    await carrier[1].close()
    await wall.close()
    await bridge.close()

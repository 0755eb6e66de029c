"""Restoring: proved before anything is written, whole or not at all, and nobody who was erased comes back unsaid."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from ascbridge.bootstrap import listening, working
from ascbridge.bootstrap.backups import backing_up, manifest, restoring
from ascbridge.bootstrap.backups.manifest import BackupFault
from ascbridge.bootstrap.parts import settled
from ascbridge.config import Settings
from ascbridge.people import erasure_journal
from ascbridge.people.data_keys import opens
from ascbridge.storage.tables import audit, data_key, message, patient
from tests.bootstrap.erasures import Files, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def files(used: Settings) -> AsyncIterator[Files]:
    made = Files(used)
    yield made
    await made.close()


@pytest.fixture
def folder(used: Settings, tmp_path: Path) -> Path:
    """A back-up of a bridge that has heard of one patient, with its key."""
    backing_up.back_up(used, tmp_path / "copy", with_key=True)
    return tmp_path / "copy"


@pytest.fixture
def target(used: Settings, tmp_path: Path) -> Settings:
    return used.model_copy(update={"data_dir": tmp_path / "restored"})


async def test_all_of_it_comes_back_and_the_restore_is_in_the_audit(
    folder: Path, target: Settings, files: Files
) -> None:
    told = restoring.restore(folder, target)
    assert "control id T0001; have the sender send again everything after it" in told[1]
    assert "no journal was given" in told[2]
    assert sorted(path.name for path in target.data_dir.iterdir()) == [
        "bridge.db", "kept.db", "keys.db", "master.key", "safeguarding.db",
    ]  # fmt: skip
    assert target.data_dir.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in target.data_dir.iterdir()} == {0o600}
    back = Files(target)
    for table in (message, patient, data_key):
        assert await back.rows(table) == await files.rows(table)
    assert [row.what for row in await back.rows(audit)] == ["back-up restored"]
    assert await back.keys.read(lambda c: opens(c, settled.keyring_of(target)))
    await back.close()


def nothing_restored(folder: Path, target: Settings, told: str, **more: Path) -> None:
    with pytest.raises(BackupFault, match=told):
        restoring.restore(folder, target, **more)
    assert not target.data_dir.exists() or list(target.data_dir.iterdir()) == []


def test_without_the_keys_it_says_so_and_restores_nothing(
    folder: Path, target: Settings, tmp_path: Path
) -> None:
    (folder / "master.key").rename(tmp_path / "elsewhere.key")
    nothing_restored(folder, target, r"is not whole: master\.key is missing")
    shutil.rmtree(folder)
    backing_up.back_up(target.model_copy(update={"data_dir": tmp_path / "data"}), folder)
    nothing_restored(folder, target, "the master key is missing, and without it nothing that names anybody")
    (tmp_path / "other.key").write_bytes(b"o" * 32)
    (tmp_path / "other.key").chmod(0o600)
    nothing_restored(folder, target, "another bridge's master key", key_file=tmp_path / "other.key")
    (tmp_path / "other.key").chmod(0o644)
    nothing_restored(folder, target, "chmod 600", key_file=tmp_path / "other.key")
    (folder / "keys.db").unlink()
    nothing_restored(folder, target, r"keys\.db is missing", key_file=tmp_path / "elsewhere.key")


def test_the_key_may_be_where_the_settings_say_and_stays_there(
    folder: Path, target: Settings, tmp_path: Path
) -> None:
    shutil.rmtree(folder)
    (tmp_path / "data" / "master.key").rename(tmp_path / "vault.key")
    vaulted = {"master_key_file": tmp_path / "vault.key"}
    backing_up.back_up(target.model_copy(update={"data_dir": tmp_path / "data", **vaulted}), folder)
    restoring.restore(folder, target.model_copy(update=vaulted))
    assert sorted(path.name for path in target.data_dir.iterdir()) == [
        "bridge.db", "kept.db", "keys.db", "safeguarding.db",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["bridge.db", "kept.db", "keys.db", "master.key", "safeguarding.db"])
def test_a_file_that_was_changed_is_told_before_anything_is_restored(
    folder: Path, target: Settings, name: str
) -> None:
    before = (folder / name).read_bytes()
    (folder / name).write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    nothing_restored(folder, target, f"{name} is not as it was written")
    with pytest.raises(BackupFault, match="is not as it was written"):
        restoring.check(folder, target)


def test_a_sound_back_up_is_said_to_be(folder: Path, target: Settings) -> None:
    assert restoring.check(folder, target)[0].startswith("sound: 6 files of ")
    assert not target.data_dir.exists()


def test_nothing_is_restored_over_anything(folder: Path, target: Settings) -> None:
    target.data_dir.mkdir()
    (target.data_dir / "kept.db").write_bytes(b"theirs")
    with pytest.raises(BackupFault, match="is not empty"):
        restoring.restore(folder, target)
    assert [path.read_bytes() for path in target.data_dir.iterdir()] == [b"theirs"]


def test_a_restore_that_fails_leaves_nothing_to_start_on(
    folder: Path, target: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    nothing_restored(folder, target, "not restored: .*No space left")


async def test_whoever_was_erased_after_the_back_up_is_erased_again(
    folder: Path, target: Settings, files: Files, tmp_path: Path
) -> None:
    person = await files.approve()
    journal = tmp_path / "erasures.jsonl"
    journal.write_bytes(await files.bridge.read(erasure_journal.lines))
    told = restoring.restore(folder, target, erasures=journal)
    assert told[-3] == "erasures: 1 done again that were not finished in the back-up"
    back = Files(target)
    (row,) = await back.rows(patient)
    gone = select(data_key.c.wrapped).where(data_key.c.owner_key == row.patient_key)
    assert await back.keys.read(lambda c: c.execute(gone).scalars().all()) == [None]
    stop = asyncio.Event()
    running = [asyncio.create_task(one(target, stop)) for one in (working.work, listening.listen)]

    async def done() -> bool:
        return await back.state() == "done"

    await until(done, *running)
    (row,) = await back.rows(patient)
    assert (row.person_id, row.sealed, row.nhs_lookup) == (person, b"", "")
    stop.set()
    await asyncio.gather(*running)
    await back.close()


def test_a_journal_that_cannot_be_read_restores_nothing(
    folder: Path, target: Settings, tmp_path: Path
) -> None:
    nothing_restored(folder, target, "journal of erasures", erasures=tmp_path / "none")
    (tmp_path / "some").write_text("hello")
    nothing_restored(folder, target, "line 1 tells no erasure", erasures=tmp_path / "some")


def test_an_unfinished_back_up_is_none(folder: Path, target: Settings) -> None:
    (folder / manifest.NAME).unlink()
    nothing_restored(folder, target, "no back-up that was finished")

"""Making a back-up: in the order in which it can be restored, whole or not at all, and never over another."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap.backups import backing_up, manifest, restoring
from ascbridge.bootstrap.backups.manifest import BackupFault
from ascbridge.bootstrap.parts import settled
from ascbridge.storage import copying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ascbridge.config import Settings


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir() if path.name != "data")


def test_a_back_up_holds_every_file_for_its_owner_alone_and_the_key_only_if_told(
    used: Settings, tmp_path: Path
) -> None:
    settings = used
    without, told = tmp_path / "safe" / "one", "keep a copy of"
    assert told in backing_up.back_up(settings, without)[1]
    assert (
        "whoever has this folder can read everything"
        in backing_up.back_up(settings, tmp_path / "two", with_key=True)[1]
    )
    names = ["bridge.db", "kept.db", "keys.db", "manifest.json", "safeguarding.db", "setup.tar"]
    assert sorted(path.name for path in without.iterdir()) == names
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == [
        *names[:-2],
        "master.key",
        "safeguarding.db",
        "setup.tar",
    ]
    every = [*without.iterdir(), *(tmp_path / "two").iterdir()]
    assert {path.stat().st_mode & 0o777 for path in every} == {0o600}
    assert without.stat().st_mode & 0o777 == 0o700
    made, signature = manifest.read(without)
    manifest.prove(made, signature, settled.keyring_of(settings), settled.master_key_path(settings))
    assert [one.feed for one in made.heard] == ["itk-v24"]


def test_bridge_is_copied_before_kept_and_keys_come_last(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = []
    really = copying.copy_file

    def copy(source: Path, target: Path) -> None:
        copied.append(target.name)
        really(source, target)

    monkeypatch.setattr(copying, "copy_file", copy)
    backing_up.back_up(settings, tmp_path / "one")
    assert copied == ["safeguarding.db", "bridge.db", "kept.db", "keys.db"]


def test_nothing_is_overwritten(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    with pytest.raises(BackupFault, match="never overwrites anything"):
        backing_up.back_up(settings, tmp_path / "one")
    assert list((tmp_path / "one").iterdir()) == []


def test_what_cannot_be_read_back_is_not_backed_up(settings: Settings, tmp_path: Path) -> None:
    with settled.file_of(settings, "kept").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(BackupFault, match="no back-up was made"):
        backing_up.back_up(settings, tmp_path / "one")
    assert left(tmp_path) == []


def test_without_the_key_that_opens_it_no_back_up_is_made(settings: Settings, tmp_path: Path) -> None:
    settled.master_key_path(settings).unlink()
    with pytest.raises(BackupFault, match="no master key here"):
        backing_up.back_up(settings, tmp_path / "one")
    assert left(tmp_path) == []


def test_in_the_middle_of_a_migration_no_back_up_is_made(settings: Settings, tmp_path: Path) -> None:
    raw = sqlite3.connect(settled.file_of(settings, "kept"))
    raw.execute("UPDATE alembic_version SET version_num = '0001'")
    raw.commit()
    raw.close()
    with pytest.raises(BackupFault, match="are being migrated"):
        backing_up.back_up(settings, tmp_path / "one")
    assert left(tmp_path) == []


def test_where_there_is_no_room_it_says_how_much_is_needed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(BackupFault, match="MB are needed"):
        backing_up.back_up(settings, tmp_path / "one")
    assert left(tmp_path) == []


def test_of_a_shared_database_the_set_up_alone_is_backed_up_and_put_back(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    shared = make_settings(
        database_url="postgresql+asyncpg://nobody@127.0.0.1:9/none", kafka={"bootstrap": "127.0.0.1:9"}
    )
    key = settled.master_key_path(shared)
    key.parent.mkdir(parents=True)
    settled.keyring_of(shared, create=True)
    own = tmp_path / "settings.toml"
    own.write_text("x = 1")
    told = backing_up.back_up(shared, tmp_path / "one", with_key=True, config_file=own)
    assert told[0].endswith("2 files, the set-up alone")
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [
        "manifest.json",
        "master.key",
        "setup.tar",
    ]
    assert restoring.check(tmp_path / "one", shared)[0].endswith("the set-up alone")
    own.unlink()
    assert restoring.restore(tmp_path / "one", shared, with_setup=True) == [f"{own}: put back"]
    assert own.read_text() == "x = 1"

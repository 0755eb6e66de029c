"""Settings, profiles and certificates go into a back-up and come back; secrets only if told, keys of their own never."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from ascbridge import config
from ascbridge.bootstrap.backups import setup_files
from ascbridge.bootstrap.backups.manifest import BackupFault

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.config import Settings


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    for name in ("uhcw.toml", "cert.pem", "key.pem", "smtp", "master.key", "wall.key", "erasures.jsonl"):
        (folder / name).write_text(name)
        (folder / name).chmod(0o600 if name in {"key.pem", "smtp", "master.key"} else 0o644)
    (folder / "settings.toml").write_text(
        f"""
        master_key_file = "{folder}/master.key"
        erasures_file = "{folder}/erasures.jsonl"
        [mllp]
        feed = "{folder}/uhcw.toml"
        tls = {{ certificate = "{folder}/cert.pem", private_key = "{folder}/key.pem" }}
        [nudges]
        smtp_password_file = "{folder}/smtp"
        [safeguarding]
        master_key_file = "{folder}/wall.key"
        """
    )
    return folder


def settings(etc: Path) -> Settings:
    return config.load(etc / "settings.toml", data_dir=etc.parent / "data")


def names(archive: bytes) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as held:
        return {name.rsplit("/", 1)[-1] for name in held.getnames()}


def test_what_is_open_is_taken_and_secrets_are_named(etc: Path) -> None:
    body, left = setup_files.packed(settings(etc), etc / "settings.toml", with_secrets=False)
    assert names(body) == {"settings.toml", "uhcw.toml", "cert.pem"}
    assert left == [str(etc / "key.pem"), str(etc / "smtp")]


def test_with_secrets_all_is_taken_but_the_keys_and_the_journal(etc: Path) -> None:
    body, left = setup_files.packed(settings(etc), etc / "settings.toml", with_secrets=True)
    assert names(body) == {"settings.toml", "uhcw.toml", "cert.pem", "key.pem", "smtp"}
    assert left == []


def test_each_comes_back_where_it_stood_and_nothing_is_overwritten(etc: Path, tmp_path: Path) -> None:
    body, _ = setup_files.packed(settings(etc), etc / "settings.toml", with_secrets=True)
    archive, root = tmp_path / "setup.tar", tmp_path / "root"
    archive.write_bytes(body)
    there = root / str(etc).lstrip("/")
    there.mkdir(parents=True)
    (there / "uhcw.toml").write_text("newer")
    told = setup_files.put_back(archive, root)
    assert (there / "uhcw.toml").read_text() == "newer"
    assert [one for one in told if "AND OTHERWISE" in one] == [
        f"{there}/uhcw.toml: THERE ALREADY, AND OTHERWISE: left as it is"
    ]
    assert (there / "key.pem").read_text() == "key.pem"
    assert (there / "key.pem").stat().st_mode & 0o777 == 0o600
    assert (there / "cert.pem").stat().st_mode & 0o777 == 0o644
    assert sum("there already, as it was" in one for one in setup_files.put_back(archive, root)) == 4


@pytest.mark.parametrize("name", ["../outside", "/etc/absolute"])
def test_an_archive_that_is_none_of_ours_puts_nothing(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "setup.tar", "w") as held:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        held.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(BackupFault, match="no back-up of ours"):
        setup_files.put_back(tmp_path / "setup.tar", tmp_path / "root")
    assert not (tmp_path / "root").exists()

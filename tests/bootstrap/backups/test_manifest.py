"""The manifest of a back-up: it comes back as it was written, and a change of it or another key shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ascbridge.bootstrap.backups import manifest
from ascbridge.bootstrap.backups.manifest import BackupFault, CopiedFile, Heard, Manifest
from ascbridge.events.logs.sealing import Keyring

OURS, THEIRS = Keyring(b"o" * 32), Keyring(b"t" * 32)
KEY = Path("master.key")
MADE = Manifest(
    format=manifest.FORMAT,
    made_ms=1_762_084_800_000,
    made_by="backup",
    version="0.1.0",
    schema_revision="0002",
    key_check=manifest.key_check(OURS),
    files=(CopiedFile(name="kept.db", bytes=7, sha256="0" * 64),),
    heard=(Heard(feed="itk-v24", last_ms=1_762_084_700_000, control_id="C1"),),
)


def test_it_comes_back_as_it_was_written_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = manifest.write(tmp_path, MADE, OURS)
    assert (path.stat().st_mode & 0o777) == 0o600
    made, signature = manifest.read(tmp_path)
    assert made == MADE
    manifest.prove(made, signature, OURS, KEY)


def test_another_master_key_is_told(tmp_path: Path) -> None:
    manifest.write(tmp_path, MADE, OURS)
    with pytest.raises(BackupFault, match=r"master\.key is another bridge's master key"):
        manifest.prove(*manifest.read(tmp_path), THEIRS, KEY)


def test_a_changed_word_is_told(tmp_path: Path) -> None:
    path = manifest.write(tmp_path, MADE, OURS)
    path.write_text(path.read_text().replace("itk-v24", "itk-v25"))
    with pytest.raises(BackupFault, match="was changed after the back-up was made"):
        manifest.prove(*manifest.read(tmp_path), OURS, KEY)


@pytest.mark.parametrize(
    "text, told",
    [
        (None, "no back-up that was finished"),
        ("{", "cannot be read as a manifest"),
        ("[]", "cannot be read as a manifest"),
        ('{"manifest": {}, "signature": ""}', "cannot be read as a manifest"),
    ],
)
def test_what_is_no_manifest_is_told(tmp_path: Path, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / manifest.NAME).write_text(text)
    with pytest.raises(BackupFault, match=told):
        manifest.read(tmp_path)


def test_a_format_of_later_is_told(tmp_path: Path) -> None:
    manifest.write(tmp_path, MADE.model_copy(update={"format": 2}), OURS)
    with pytest.raises(BackupFault, match="is of format 2, this version reads 1"):
        manifest.read(tmp_path)

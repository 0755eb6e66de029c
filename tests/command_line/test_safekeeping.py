"""The commands that keep a bridge safe: their exit codes, and words that say what to do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.test_cli import run, told

if TYPE_CHECKING:
    from pathlib import Path


def test_a_back_up_goes_round_and_says_what_matters(tmp_path: Path) -> None:
    data, copy, back = tmp_path / "data", tmp_path / "copy", tmp_path / "back"
    told(0, "migrate", "--data-dir", data)
    told(0, "master-key", data / "master.key")
    assert "the master key is not in it" in told(0, "backup", copy, "--data-dir", data)
    assert "never overwrites" in told(1, "backup", copy, "--data-dir", data)
    assert "Nothing was restored" in told(1, "restore", copy, "--data-dir", back)
    assert not back.exists()
    assert "sound" in told(0, "restore", copy, "--check", "--key", data / "master.key")
    said = told(0, "restore", copy, "--data-dir", back, "--key", data / "master.key")
    assert "no journal was given" in said
    assert "ok    bridge.db" in run("doctor", "--data-dir", back).output
    assert "is not empty" in told(1, "restore", copy, "--data-dir", back, "--key", data / "master.key")


def test_settings_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("batch = 0\n")
    for command in ("backup", "restore"):
        said = told(2, command, tmp_path / "copy", "--config", tmp_path / "s.toml")
        assert said.startswith("These settings cannot be used:\n")


def test_without_the_keys_a_restored_bridge_says_so_and_starts_nothing(tmp_path: Path) -> None:
    data, copy, back = tmp_path / "data", tmp_path / "copy", tmp_path / "back"
    told(0, "migrate", "--data-dir", data)
    told(0, "master-key", data / "master.key")
    with closing(sqlite3.connect(data / "kept.db")) as raw:
        raw.execute(
            "INSERT INTO message (message_id, received_ms, body, answer) VALUES ('m', 7, x'00', x'00')"
        )
        raw.commit()
    told(0, "backup", copy, "--data-dir", data, "--with-key")
    told(0, "restore", copy, "--data-dir", back)
    (back / "master.key").unlink()
    assert "no master key here. Restore it" in told(2, "up", "--data-dir", back)
    told(0, "master-key", back / "master.key")
    (back / "keys.db").unlink()
    assert "keys.db is missing beside kept.db" in told(2, "up", "--data-dir", back)
    assert not (back / "keys.db").exists()

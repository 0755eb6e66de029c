"""The commands that look after history: how far it is, hold it still, let it go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.doors.history_drop import PAUSE, PROGRESS
from tests.test_cli import told

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.toml"
    path.write_text(
        f'[council.folders.past]\nfolder = "{tmp_path / "past"}"\nprofile = "council-history"\n'
        f'[council.folders.now]\nfolder = "{tmp_path / "now"}"\n'
    )
    return path


def test_it_is_held_still_and_goes_on(settings_file: Path, tmp_path: Path) -> None:
    assert told(0, "backfill", "pause", "--config", settings_file) == "past\tpaused\n"
    assert (tmp_path / "past" / PAUSE).exists()
    assert not (tmp_path / "now").exists()
    assert told(0, "backfill", "status", "--config", settings_file).startswith("past\tpaused\t0 files")
    assert told(0, "backfill", "resume", "--config", settings_file) == "past\tgoes on\n"
    assert not (tmp_path / "past" / PAUSE).exists()


def test_it_says_how_far_it_is(settings_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "past"
    folder.mkdir()
    found = told(0, "backfill", "status", "--config", settings_file)
    assert found == f"past\tnothing waits\t0 files\t{folder}\n"
    (folder / "a.jsonl").touch()
    said = {"file": "a.jsonl", "state": "reading", "lines": 900, "kept": 800, "duplicate": 90, "refused": 10,
            "lines_a_second": 123.4}  # fmt: skip
    (folder / PROGRESS).write_text(json.dumps(said))
    text = told(1, "backfill", "status", "--config", settings_file)
    assert "past\tunder way\t1 files" in text
    assert "a.jsonl\treading\tline 900: 800 kept, 90 duplicate, 10 refused\t123.4 lines/s" in text


@pytest.mark.parametrize("command", ["status", "pause", "resume"])
def test_without_history_it_says_so(command: str, tmp_path: Path) -> None:
    path = tmp_path / "bridge.toml"
    path.write_text("batch = 7\n")
    assert "feed.history" in told(2, "backfill", command, "--config", path)

"""The commands about messages: exit codes, and words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.intake.messages import adt
from tests.servers.process import free_port
from tests.test_cli import told

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", [["send"], ["try", "itk-v24"]])
def test_a_file_that_cannot_be_read_is_told(command: list[str], tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.hl7", "does not exist"), (tmp_path, "is a directory")):
        assert why in " ".join(
            told(2, *command, path).replace("│", " ").split()
        )  # typer draws a box around it


def test_sending_to_nobody_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "one.hl7").write_bytes(adt("A01"))
    port = free_port()
    said = told(1, "send", tmp_path / "one.hl7", "--mllp", f"127.0.0.1:{port}")
    assert f"nobody listens at 127.0.0.1:{port}" in said
    assert "is not HOST:PORT" in told(2, "send", tmp_path / "one.hl7", "--mllp", "here")


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["7", "--consumer", "record"],
        ["--consumer", "record"],
        ["--consumer", "record", "--from-time", "2026-11-22T10:00Z", "--from-position", "person/0/1"],
        ["--from-time", "2026-11-22T10:00Z"],
        ["7", "--dry-run"],
    ],
)
def test_replay_says_which_of_its_two_ways_is_meant(options: list[str], tmp_path: Path) -> None:
    assert "--consumer" in told(2, "replay", *options, "--data-dir", tmp_path)


def test_trying_shows_what_is_not_mapped_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "one.hl7"
    file.write_bytes(adt("A01") + adt("A03", control_id="T2", pv1={36: "ZZ"}))
    monkeypatch.chdir(tmp_path)
    said = told(0, "try", "itk-v24", file)
    assert "discharge_method ZZ" in said
    assert said.endswith("events; nothing was changed\n")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["in", "one.hl7"]


def test_trying_ends_with_1_where_a_message_is_refused_and_2_where_there_is_no_profile(
    tmp_path: Path,
) -> None:
    file = tmp_path / "one.hl7"
    file.write_bytes(adt("A03", visit=""))
    assert "1 messages, 1 not accepted, 0 events" in told(1, "try", "itk-v24", file)
    assert "feed profile 'nobody'" in told(2, "try", "nobody", file)

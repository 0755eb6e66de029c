"""What every command says of settings, of an address, and of a bridge that does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.process import free_port
from tests.test_cli import told

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", [["up"], ["serve", "work"], ["migrate"], ["doctor"], ["topics"]])
def test_settings_that_cannot_be_used_are_told_all_at_once(command: list[str], tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('batch = 0\nno_such = 1\n[sink]\nkind = "fhir"\n')
    said = told(2, *command, "--config", file)
    assert said.startswith("These settings cannot be used:\n")
    assert [name for name in ("batch", "no_such", "sink") if name not in said] == []


@pytest.mark.parametrize("option", ["--http", "--mllp"])
def test_an_address_that_is_none_is_told(option: str, tmp_path: Path) -> None:
    assert "is not HOST:PORT" in told(2, "up", "--data-dir", tmp_path / "data", option, "somewhere")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["trace", "T1"],
        ["dead-letters"],
        ["replay", "7"],
        ["replay", "--consumer", "record", "--from-time", "2026-11-22T10:00Z"],
        ["complete"],
    ],
)
def test_asking_a_bridge_that_does_not_run_ends_with_1(command: list[str], tmp_path: Path) -> None:
    http = f"127.0.0.1:{free_port()}"
    assert "No token" in told(1, *command, "--data-dir", tmp_path / "none", "--http", http)
    told(0, "master-key", tmp_path / "master.key")
    assert f"nobody answers at http://{http}" in told(1, *command, "--data-dir", tmp_path, "--http", http)

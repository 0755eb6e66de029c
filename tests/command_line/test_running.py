"""The commands that install, start and check: exit codes, and words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.access import ROLES
from ascbridge.bootstrap.parts.services import SERVICES
from ascbridge.storage import migration
from tests.test_cli import told

if TYPE_CHECKING:
    from pathlib import Path


def test_a_start_that_cannot_be_is_told_and_makes_nothing(tmp_path: Path) -> None:
    said = told(2, "up", "--data-dir", tmp_path / "data", "--feed", "nobody")
    assert said.startswith("Cannot start:\nfeed profile 'nobody'")
    assert not (tmp_path / "data").exists()


def test_no_token_where_no_bridge_was_ever_started(tmp_path: Path) -> None:
    said = told(1, "token", "--role", "auditor", "--data-dir", tmp_path)
    assert said.startswith("No token: ")
    assert "no master key here" in said


def test_names_that_are_none_are_told_with_those_that_are() -> None:
    service, role = told(2, "serve", "kitchen"), told(2, "token", "--role", "boss")
    assert "There is no service 'kitchen'" in service
    assert [name for name in SERVICES if name not in service] == []
    assert "There is no role 'boss'" in role
    assert [name for name in ROLES if name not in role] == []


def test_from_nothing_to_a_place_that_the_doctor_finds_sound(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "FAULT master key" in told(1, "doctor", "--data-dir", data)
    assert told(0, "migrate", "--data-dir", data) == f"schema {migration.head()}\n"
    told(0, "master-key", data / "master.key")
    assert "FAULT" not in told(0, "doctor", "--data-dir", data)


def test_a_master_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    assert told(0, "master-key", path).startswith(f"made {path}")
    key = path.read_bytes()
    assert "is there already" in told(1, "master-key", path)
    assert path.read_bytes() == key
    assert len(key) == 32


def test_a_token_is_printed_where_a_bridge_was_started_and_nowhere_else(tmp_path: Path) -> None:
    told(0, "master-key", tmp_path / "master.key")
    token = told(0, "token", "--role", "auditor", "--data-dir", tmp_path).strip()
    assert token.count(".") == 2
    narrowed = ["token", "--data-dir", tmp_path, "--scope", "patient/*.rs"]
    assert "need the id of the person" in told(1, *narrowed, "--role", "integration")
    assert "reads no FHIR" in told(1, *narrowed, "--role", "auditor", "--patient", "p1")
    assert len(list((tmp_path / "minted").glob("*.json"))) == 1


def test_a_profile_says_whether_it_is_live_or_in_shadow() -> None:
    assert "runs      in shadow" in told(0, "profile", "uhcw")
    assert "runs      live" in told(0, "profile", "itk-v24")
    assert "one of" in told(2, "profile", "nobody")

"""The command: its exit codes, and words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ascbridge import __version__
from ascbridge.access import ROLES
from ascbridge.bootstrap.services import SERVICES
from ascbridge.cli import app
from ascbridge.storage import migration
from tests.intake.messages import adt
from tests.servers.process import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def told(code: int, *arguments: object) -> str:
    """What a command said, once it ended with `code`."""
    done = run(*arguments)
    assert done.exit_code == code, done.output
    return done.output


def test_without_a_command_it_says_which_there_are() -> None:
    said = run().output
    for name in (
        "up",
        "serve",
        "send",
        "try",
        "trace",
        "dead-letters",
        "replay",
        "complete",
        "doctor",
        "master-key",
    ):
        assert name in said
    assert f"ascbridge {__version__}" in told(0, "version")


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


def test_a_start_that_cannot_be_is_told_and_makes_nothing(tmp_path: Path) -> None:
    said = told(2, "up", "--data-dir", tmp_path / "data", "--feed", "nobody")
    assert said.startswith("Cannot start:\nfeed profile 'nobody'")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", [["send"], ["try", "itk-v24"]])
def test_a_file_that_cannot_be_read_is_told(command: list[str], tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.hl7", "does not exist"), (tmp_path, "is a directory")):
        assert why in " ".join(
            told(2, *command, path).replace("│", " ").split()
        )  # typer draws a box around it


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


def test_sending_to_nobody_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "one.hl7").write_bytes(adt("A01"))
    port = free_port()
    said = told(1, "send", tmp_path / "one.hl7", "--mllp", f"127.0.0.1:{port}")
    assert f"nobody listens at 127.0.0.1:{port}" in said
    assert "is not HOST:PORT" in told(2, "send", tmp_path / "one.hl7", "--mllp", "here")


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


def test_a_profile_says_whether_it_is_live_or_in_shadow() -> None:
    assert "runs      in shadow" in told(0, "profile", "uhcw")
    assert "runs      live" in told(0, "profile", "itk-v24")
    assert "one of" in told(2, "profile", "nobody")

"""The deployables: each has a thin main that starts, stops and tells its faults, and settings that load."""

from __future__ import annotations

import ast
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ascbridge import config
from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.parts.services import SERVICES as RUN

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
NAMES = sorted(folder.name for folder in SERVICES.iterdir() if (folder / "main.py").is_file())
TOPICS = ("Ports", "Health", "Reads", "Writes", "well")


def started(name: str, settings: Path) -> subprocess.Popen[str]:
    """Start a service's main as a deployer does, without the settings of this machine's own environment."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ASCBRIDGE_")}
    command = [sys.executable, str(SERVICES / name / "main.py"), str(settings)]
    return subprocess.Popen(command, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_there_is_a_folder_for_every_service_and_one_for_the_simulator() -> None:
    assert set(NAMES) == {*RUN, "simulator"}


@pytest.mark.parametrize("name", NAMES)
def test_settings_load_with_no_variable_set(name, monkeypatch) -> None:
    for key in [key for key in os.environ if key.startswith("ASCBRIDGE_")]:
        monkeypatch.delenv(key)
    settings = config.load(SERVICES / name / "service.toml")
    assert settings.mllp.address.loopback
    assert settings.http.address.loopback
    on_many_machines = name in {"intake", "discharge", "record", "web"}
    assert settings.on_postgres == on_many_machines
    assert bool(settings.kafka.bootstrap) == on_many_machines


def test_services_that_share_a_log_agree_on_it() -> None:
    shared = [
        config.load(SERVICES / name / "service.toml") for name in ("intake", "discharge", "record", "web")
    ]
    for one in shared:
        assert one.kafka == shared[0].kafka
        assert one.database_url == shared[0].database_url
        assert one.council == shared[0].council
        assert one.mllp.feed == shared[0].mllp.feed


@pytest.mark.parametrize("name", NAMES)
def test_a_main_is_thin_and_starts_the_service_of_its_folder(name) -> None:
    text = (SERVICES / name / "main.py").read_text("utf-8")
    assert len(text.splitlines()) <= 25
    strings = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    assert name in strings or name == "simulator"


@pytest.mark.parametrize("name", NAMES)
def test_the_page_for_the_person_on_call_says_what_they_need(name) -> None:
    page = (SERVICES / name / "README.md").read_text("utf-8")
    missing = [topic for topic in TOPICS if topic not in page]
    assert missing == []
    settings = config.load(SERVICES / name / "service.toml")
    if name in {"listen", "intake"}:
        assert str(settings.mllp.address.port) in page
    if name in {"work", "web"}:
        assert str(settings.http.address.port) in page
        assert "/health/ready" in page


@pytest.mark.parametrize("name", [name for name in NAMES if name != "simulator"])
def test_settings_that_cannot_be_used_are_told_and_end_with_2(name, tmp_path) -> None:
    wrong = tmp_path / "service.toml"
    wrong.write_text('[http]\naddress = { host = "0.0.0.0", port = 8080 }\n')
    with started(name, wrong) as process:
        _, said = process.communicate(timeout=240)
    assert process.returncode == 2
    assert "http.address: 0.0.0.0 can be reached from other machines" in said


@pytest.mark.parametrize("name,ready", [("listen", "listening for HL7 v2"), ("work", "pages are served")])
def test_a_service_of_one_machine_starts_and_ends_well_when_told_to(name, ready, tmp_path) -> None:
    file = tmp_path / "service.toml"
    file.write_text(
        f'data_dir = "{tmp_path / "data"}"\n'
        '[mllp]\naddress = { host = "127.0.0.1", port = 0 }\n[http]\naddress = { host = "127.0.0.1", port = 0 }\n'
    )
    prepare(config.load(file))
    with started(name, file) as process:
        assert process.stderr is not None
        try:
            seen = []
            for line in process.stderr:
                seen.append(line)
                if ready in line:
                    break
            assert any(ready in line for line in seen), "".join(seen)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=240)
            assert process.returncode == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


def test_a_service_without_its_files_says_what_is_missing_and_ends_with_1(tmp_path) -> None:
    file = tmp_path / "service.toml"
    file.write_text(f'data_dir = "{tmp_path / "nowhere"}"\n')
    with started("listen", file) as process:
        _, said = process.communicate(timeout=240)
    assert process.returncode == 1, said
    assert "master" in said

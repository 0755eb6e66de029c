"""Settings are read from file, environment and command line; every fault is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ascbridge import config


def faults(**values: object) -> str:
    with pytest.raises(config.ConfigError) as caught:
        config.load(**values)
    return str(caught.value)


def test_the_defaults_run_on_this_machine_alone() -> None:
    settings = config.load()
    assert settings.mllp.feed == "itk-v24"
    assert settings.mllp.address.loopback
    assert settings.http.address.loopback
    assert not settings.on_postgres


def test_a_file_is_read_and_the_command_line_wins(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('batch = 7\n[mllp]\nfeed = "uhcw"\nidle_seconds = 5\n')
    settings = config.load(path, mllp__feed="cerner-millennium")
    assert (settings.batch, settings.mllp.feed, settings.mllp.idle_seconds) == (7, "cerner-millennium", 5)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("batch = 7\npause_ms = 3\n")
    monkeypatch.setenv("ASCBRIDGE_BATCH", "9")
    monkeypatch.setenv("ASCBRIDGE_COUNCIL__NAME", "Another Council")
    settings = config.load(path)
    assert (settings.batch, settings.pause_ms, settings.council.name) == (9, 3, "Another Council")


def test_every_fault_is_told_at_once_with_its_setting() -> None:
    said = faults(batch=0, mllp__max_frame_bytes=1, sink={"kind": "fhir"}, no_such_setting=1)
    for name in ("batch", "mllp.max_frame_bytes", "sink", "no_such_setting"):
        assert name in said
    assert len(said.splitlines()) == 4


@pytest.mark.parametrize("part", ["http", "mllp"])
def test_a_listener_beyond_loopback_needs_protection(part: str) -> None:
    said = faults(**{f"{part}__address": {"host": "0.0.0.0", "port": 1}})
    assert f"{part}.address 0.0.0.0 can be reached from other machines" in said


def test_a_protected_listener_may_leave_loopback() -> None:
    settings = config.load(
        mllp__address={"host": "0.0.0.0", "port": 2575}, mllp__allowed_senders=["192.0.2.7"]
    )
    assert not settings.mllp.address.loopback


def test_kafka_and_postgres_come_together() -> None:
    assert "Kafka needs PostgreSQL" in faults(kafka__bootstrap="localhost:9092")
    assert "PostgreSQL needs Kafka" in faults(database_url="postgresql+asyncpg://x/y")
    assert "postgresql+asyncpg://" in faults(database_url="mysql://x", kafka__bootstrap="localhost:9092")


def test_a_file_that_is_missing_or_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match="there is no such file"):
        config.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[mllp\n")
    with pytest.raises(config.ConfigError, match="not TOML"):
        config.load(tmp_path / "bad.toml")


@pytest.mark.parametrize(
    "text, host, port",
    [("127.0.0.1:2575", "127.0.0.1", 2575), (":80", "127.0.0.1", 80), ("[::1]:443", "::1", 443)],
)
def test_an_address_is_host_and_port(text: str, host: str, port: int) -> None:
    address = config.HostPort.parse(text)
    assert (address.host, address.port) == (host, port)


@pytest.mark.parametrize("text", ["", "host", "host:port", "host:70000"])
def test_another_text_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        config.HostPort.parse(text)

"""Settings are read from file, environment and command line; every fault is told at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from ascbridge import config
from ascbridge.config_sections import HostPort


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
    assert f"{part}.address: 0.0.0.0 can be reached from other machines" in said


def test_a_protected_listener_may_leave_loopback() -> None:
    settings = config.load(
        mllp__address={"host": "0.0.0.0", "port": 2575}, mllp__allowed_senders=["192.0.2.7"]
    )
    assert not settings.mllp.address.loopback


def test_workers_are_for_one_machine() -> None:
    told = faults(workers=1, database_url="postgresql+asyncpg://x@h/d", kafka__bootstrap="localhost:9092")
    assert "more `record` services" in told


def test_kafka_and_postgres_come_together() -> None:
    assert "Kafka needs PostgreSQL" in faults(kafka__bootstrap="localhost:9092")
    assert "PostgreSQL needs Kafka" in faults(database_url="postgresql+asyncpg://x/y")
    assert "postgresql+asyncpg://" in faults(database_url="mysql://x", kafka__bootstrap="localhost:9092")


def test_brokers_that_ask_who_we_are_need_a_name_and_a_password_file(tmp_path: Path) -> None:
    sasl = {"bootstrap": "b:9093", "security_protocol": "SASL_SSL"}
    for some in ({}, {"sasl_username": "bridge"}, {"sasl_password_file": tmp_path / "password"}):
        assert "SASL_SSL needs sasl_username and sasl_password_file" in faults(kafka={**sasl, **some})
    unused = {"sasl_username": "bridge", "sasl_password_file": tmp_path / "password"}
    assert "not used with PLAINTEXT" in faults(kafka=unused)


def test_each_service_says_how_it_is_at_an_address_of_its_own() -> None:
    settings = config.load()
    ports = {
        name: settings.health_address(name) for name in ("intake", "discharge", "record", "web", "listen")
    }
    assert {name: found and found.port for name, found in ports.items()} == {
        "intake": 8081, "discharge": 8082, "record": 8083, "web": 8080, "listen": None,
    }  # fmt: skip
    assert all(found.loopback for found in ports.values() if found is not None)
    moved = config.load(health__address={"port": 9000})
    assert moved.health_address("listen") == moved.health_address("record") == HostPort(port=9000)


def test_a_file_that_is_missing_or_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match="there is no such file"):
        config.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[mllp\n")
    with pytest.raises(config.ConfigError, match="not TOML"):
        config.load(tmp_path / "bad.toml")


WRONG: dict[str, object] = {
    "data_dir": 7, "database_url": 7, "workers": 65, "invented_people": "perhaps", "clock_file": 7,
    "master_key_file": 7, "batch": 0, "batch_behind": 0, "pause_ms": -1, "hold_minutes": float("inf"), "hold_tries": 0,
    "feeds": {"itk-v24": {"hold_tries": 0}}, "erasures_file": 7,
    "log_level": "loud",
    "mllp.address": "here", "mllp.feed": "", "mllp.tls": {"certificate": "a"}, "mllp.allowed_senders": ["trust.example"],
    "mllp.max_frame_bytes": 999, "mllp.idle_seconds": 0, "mllp.resend_window_hours": float("nan"),
    "http.address": {"host": "h", "port": 70_000}, "http.tls": True,
    "health.address": {"port": -1}, "health.behind_seconds": 5,
    "sign_in.issuer": "login.example", "sign_in.client_id": 7, "sign_in.client_secret_file": 7, "sign_in.role_claim": "",
    "sign_in.organisation_claim": "", "sign_in.team_claim": "", "sign_in.own_organisation": "elsewhere",
    "sign_in.organisations": {"Elsewhere": "elsewhere"}, "sign_in.table_agreed_by": 7,
    "kafka.bootstrap": "broker", "kafka.partitions": 0, "kafka.replication": 101, "kafka.security_protocol": "TLS",
    "kafka.ca_file": 7, "kafka.sasl_mechanism": "MD5", "kafka.sasl_username": 7, "kafka.sasl_password_file": 7,
    "kafka.topics_file": 7, "kafka.session_seconds": 0,
    "sink.name": "", "sink.kind": "csv", "sink.url": "ftp://x", "sink.token_file": 7, "sink.people_per_bundle": 501,
    "sink.strategy": "by-guess", "sink.provenance": "often", "sink.message_source": "ftp://x", "sink.message_event": "told",
    "sink.safeguarding_flag.on": "perhaps", "sink.safeguarding_flag.approved_by": 7,
    "sink.safeguarding_flag.approved_on": "soon", "sink.safeguarding_flag.read_by": "elsewhere",
    "sink.in_flight": 33, "sink.timeout_seconds": 1e300, "sink.catch_up_per_second": 0,
    "council.name": "", "council.ods_code": "", "council.event_prefix": "UK", "council.identifier_base": "",
    "council.folders": {"extract": {"folder": 7}}, "council.sftp": {
        "a": {"into": "a", "host": "h", "user": "u", "remote_folder": "/", "whole": "soon", "look_every_seconds": 0}
    },
    "council.databases": {"views": {"profile": "council-views", "url_file": 7}},
    "webhook.address": "here", "webhook.feed": "", "webhook.secret_files": "one", "webhook.tls": True,
    "webhook.replay_seconds": 9, "webhook.max_body_bytes": 999,
    "cutover.old": 7, "cutover.new": 7, "cutover.ids": "both", "cutover.rules_file": 7, "cutover.keep_days": 29,
    "nudges.to": {"Community Discharge Team": ["nobody"]},
    "nudges.allocated": {"North": "n@x.example"}, "nudges.workers": {"Amina Yusuf": ["nobody"]}, "nudges.openings": ["nobody"], "nudges.smtp": "here", "nudges.smtp_tls": "ssl",
    "nudges.smtp_user": 7, "nudges.smtp_password_file": 7, "nudges.sender": "bridge", "nudges.link": "here",
    "nudges.minutes_ahead": 4, "nudges.minutes_apart": 0, "nudges.quiet_from": "late", "nudges.quiet_to": "early",
    "alerts.to": ["nobody"], "alerts.then": [["nobody"]], "alerts.webhooks": {"desk": {"url": "ftp://x", "secret_file": "s"}},
    "alerts.escalate_minutes": 0, "alerts.quiet_from": "late", "alerts.quiet_to": "early", "alerts.docs": 7,
    "alerts.least_free_mb": 0,
    "alerts.sender_clock_minutes": 0,
    "retention.messages_days": -1, "retention.refused_days": "long", "retention.letters_days": 40_000, "retention.alerts_days": None,
    "elsewhere": {"uhcw": {"title": "UHCW", "url": "ftp://x"}},
    "replies": {"uhcw": {"facility": "RKB", "host": "h", "port": 0, "message": "RRI"}},
    "discharge.rules": "", "discharge.owner_team": "", "discharge.downtime_folder": 7,
    "discharge.downtime_minutes": 0, "discharge.late_news_minutes": 4, "discharge.document_hosts": ["https://x"], "front_door.rules_file": 7, "telemetry.otlp_url": "ftp://x",
    "in_context.link_seconds": 5, "in_context.frame_origins": ["https://cases.council.example/path"],
    "relationship.open_minutes": 4, "relationship.review_hours": 0, "relationship.agreed_by": 7, "relationship.shift_ends": ["late"],
    "safeguarding.database_url": 7, "safeguarding.master_key_file": 7, "safeguarding.rules_file": 7, "safeguarding.folder": 7,
    "safeguarding.webhook.address": "here", "safeguarding.webhook.secret_files": "one", "safeguarding.webhook.tls": True,
    "safeguarding.webhook.replay_seconds": 9, "safeguarding.webhook.max_body_bytes": 999,
    "safeguarding.sasl_username": 7, "safeguarding.sasl_password_file": 7,
}  # fmt: skip
SAYS_WHAT_TO_DO = re.compile(r"must|is needed|there is no such setting|is not ")


def leaves(model: type[BaseModel], above: str = "") -> list[str]:
    found = []
    for name, one in model.model_fields.items():
        default = one.get_default(call_default_factory=True)
        if isinstance(default, BaseModel) and not isinstance(default, HostPort):
            found += leaves(type(default), f"{above}{name}.")
        else:
            found.append(above + name)
    return found


def test_every_setting_given_a_wrong_value_is_told_all_at_once_with_its_name_and_what_to_do() -> None:
    assert sorted(WRONG) == sorted(leaves(config.Settings)), "a setting that nobody got wrong yet"
    said = faults(**{name.replace(".", "__"): value for name, value in WRONG.items()}).splitlines()
    for name in WRONG:
        lines = [line for line in said if line.partition(": ")[0].startswith(name)]
        assert lines, f"nothing is said of {name}"
        assert all(SAYS_WHAT_TO_DO.search(line.partition(": ")[2]) for line in lines), lines


@pytest.mark.parametrize("name", sorted(WRONG))
def test_each_setting_given_a_wrong_value_is_told_by_itself(name: str) -> None:
    said = faults(**{name.replace(".", "__"): WRONG[name]}).splitlines()
    assert {line.partition(": ")[0].startswith(name) for line in said} == {True}
    assert len(said) <= 2


def test_faults_of_one_setting_and_of_settings_together_are_told_in_one_go() -> None:
    said = faults(
        batch=0, kafka={"bootstrap": "b:9092", "partitions": 0, "sasl_username": "bridge"},
        sink={"kind": "fhir", "in_flight": 0}, http__address={"host": "0.0.0.0", "port": 80},
    ).splitlines()  # fmt: skip
    assert [line.partition(": ")[0] for line in said] == [
        "batch", "kafka.partitions", "sink.in_flight", "database_url", "kafka.security_protocol", "sink.url", "http.address",
    ]  # fmt: skip


def test_what_rests_on_a_wrong_setting_is_not_held_against_the_others() -> None:
    (said,) = faults(
        database_url="postgresql+asyncpg://x@h/d", kafka__bootstrap="no port"
    ).splitlines()  # not: Kafka is missing
    assert said.startswith("kafka.bootstrap: ")


def test_variables_are_told_as_settings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCBRIDGE_MLLP__ALLOWED_SENDERS", "192.0.2.7")
    monkeypatch.setenv("ASCBRIDGE_SINK", "builtin")
    monkeypatch.setenv("ASCBRIDGE_BATHC", "7")
    monkeypatch.setenv("ASCBRIDGE_MLLP__FED", "uhcw")
    monkeypatch.setenv("ASCBRIDGE_MEMBER", "intake-1")
    said = dict(line.split(": ", 1) for line in faults().splitlines())
    assert set(said) == {"ASCBRIDGE_BATHC", "mllp.allowed_senders", "mllp.fed", "sink"}
    assert said["mllp.allowed_senders"] == 'must be a list, such as ["192.0.2.7"]'
    assert "settings of its own" in said["sink"]


def test_a_file_that_gives_a_section_one_value_is_told(tmp_path: Path) -> None:
    (tmp_path / "flat.toml").write_text("mllp = 3\n")
    with pytest.raises(config.ConfigError, match="mllp: must be a section"):
        config.load(tmp_path / "flat.toml", mllp__feed="uhcw")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match="cannot be read: Is a directory"):
        config.load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"[council]\nname = 'Caf\xe9'\n")
    with pytest.raises(config.ConfigError, match="not TOML"):
        config.load(tmp_path / "latin.toml")

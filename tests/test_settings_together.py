"""Settings that rest on one another: what is missing or too open is told by the name of the one to change first."""

from __future__ import annotations

from pathlib import Path

from ascbridge import config
from ascbridge.settings_together import disagreements
from tests.test_config import faults


def test_the_defaults_agree() -> None:
    assert list(disagreements(config.load())) == []


def test_a_webhook_needs_a_secret_and_beyond_loopback_certificates(tmp_path: Path) -> None:
    here = {"port": 9443}
    assert "webhook.secret_files: a webhook needs a file" in faults(webhook={"address": here})
    secret = [tmp_path / "secret"]
    assert "webhook.address: 0.0.0.0 can be reached" in faults(
        webhook={"address": {"host": "0.0.0.0", "port": 9443}, "secret_files": secret}
    )
    three = faults(webhook={"address": here, "secret_files": secret * 3})
    assert "webhook.secret_files" in three
    for name, value in (("replay_seconds", 9), ("replay_seconds", 3601), ("max_body_bytes", 999)):
        assert f"webhook.{name}" in faults(webhook={name: value})
    settings = config.load(webhook={"address": here, "secret_files": secret})
    assert settings.webhook.feed == "council-webhook"


def test_a_remote_folder_says_into_which_of_ours_whom_to_trust_and_who_we_are(tmp_path: Path) -> None:
    folders = {"extract": {"folder": tmp_path / "a"}}
    right = {
        "into": "extract", "host": "files.example", "user": "bridge", "remote_folder": "/out",
        "host_keys": ["ssh-ed25519 AAAA"], "key_file": tmp_path / "key",
    }  # fmt: skip

    def said(**changed: object) -> str:
        return faults(council={"folders": folders, "sftp": {"a": right | changed}})

    assert config.load(council={"folders": folders, "sftp": {"a": right}}).council.sftp["a"].whole == "still"
    assert "into = 'other' is not a name of council.folders" in said(into="other")
    assert "host_keys, or host_keys_file" in said(host_keys=[])
    assert "host_keys, or host_keys_file" in said(host_keys_file=tmp_path / "keys")
    assert "key_file or password_file" in said(key_file=None)
    assert "key_file or password_file" in said(password_file=tmp_path / "password")
    assert "needs moved_to" in said(afterwards="move")
    assert "needs moved_to" in said(moved_to="/old")
    assert "moved_to must be another folder" in said(afterwards="move", moved_to="/out/")
    assert "reports_to must be another folder" in said(reports_to="/out")
    two = faults(council={"folders": folders, "sftp": {"a": right, "b": right}})
    assert "a and b fetch into one folder" in two


def test_two_council_folders_are_two_folders(tmp_path: Path) -> None:
    two = {"old": {"folder": tmp_path / "a"}, "new": {"folder": tmp_path / "a"}}
    assert "council.folders: old and new name one folder" in faults(council={"folders": two})
    two["new"] = {"folder": tmp_path / "b", "profile": "council-extract"}
    folders = config.load(council={"folders": two}).council.folders
    assert (folders["old"].profile, folders["new"].profile) == ("council-facts", "council-extract")


def test_a_cut_over_is_between_two_feeds() -> None:
    for chosen in ({"old": "a"}, {"new": "b"}, {"old": "a", "new": "a"}):
        assert "cutover.new: a cut-over is between two feeds" in faults(cutover=chosen)
    assert config.load(cutover={"old": "a", "new": "b"}).cutover.new == "b"


def test_safeguarding_has_a_role_a_key_and_a_name_on_the_brokers_of_its_own(tmp_path: Path) -> None:
    shared = {"database_url": "postgresql+asyncpg://bridge@h/d", "kafka": {"bootstrap": "b:9092"}}
    url, key = "postgresql+asyncpg://wall@h/d", tmp_path / "wall.key"

    def said(more: dict[str, object] | None = None, **wall: object) -> str:
        return faults(**(shared | (more or {})), safeguarding=wall)

    right = config.load(**shared, safeguarding={"database_url": url, "master_key_file": key})
    assert list(disagreements(right)) == []
    assert "on one machine safeguarding has a file of its own" in faults(safeguarding={"database_url": url})
    assert "a role of its own" in said(database_url=shared["database_url"], master_key_file=key)
    assert "safeguarding.database_url: must begin with postgresql" in said(
        database_url="mysql://x", master_key_file=key
    )
    assert "needs the file of a key of its own" in said(database_url=url)
    assert "not the bridge's" in said({"master_key_file": key}, database_url=url, master_key_file=key)
    asked = {"kafka": {"bootstrap": "b:9092", "security_protocol": "SASL_SSL", "sasl_username": "bridge",
                       "sasl_password_file": tmp_path / "p"}}  # fmt: skip
    assert "by a name of its own" in said(asked, database_url=url, master_key_file=key)
    assert "are used only on PostgreSQL and with SASL" in said(
        database_url=url, master_key_file=key, sasl_username="w"
    )
    for way in (
        {"folder": tmp_path},
        {"webhook": {"address": {"port": 9444}, "secret_files": [tmp_path / "s"]}},
    ):
        assert "safeguarding.database_url: is needed on PostgreSQL" in said(None, **way)
        assert list(disagreements(config.load(safeguarding=way))) == [], "one machine has a wall always"


def test_a_bare_flag_leaves_only_where_somebody_answers_for_it_and_nothing_of_it_comes_back() -> None:
    answered = {"on": True, "approved_by": "Anne Hall", "approved_on": "2026-12-01", "read_by": "uhcw"}
    sink = {"kind": "fhir", "url": "https://icr.example/fhir"}
    for missing in ("approved_by", "approved_on", "read_by"):
        less = {name: value for name, value in answered.items() if name != missing}
        assert "needs who approved it, on what date" in faults(sink=sink | {"safeguarding_flag": less})
    assert "needs who approved it" in faults(
        sink=sink | {"safeguarding_flag": answered | {"approved_by": "  "}}
    )
    for other in ({}, sink | {"strategy": "message"}, sink | {"strategy": "by-identifier"}):
        assert "takes our ids" in faults(sink=other | {"safeguarding_flag": answered})
    icr = {"icr": {"title": "ICR", "url": "https://icr.example/fhir", "shows": ["Condition", "Flag"]}}
    assert "icr: shows must not have Flag" in faults(
        sink=sink | {"safeguarding_flag": answered}, elsewhere=icr
    )
    assert config.load(sink=sink | {"safeguarding_flag": answered}).sink.safeguarding_flag.on
    off = config.load(sink=sink | {"safeguarding_flag": answered | {"on": False}}, elsewhere=icr)
    assert not off.sink.safeguarding_flag.on
    assert not config.load().sink.safeguarding_flag.on, "it ships off"


def test_a_hospital_beyond_this_machine_is_told_by_tls_and_of_each_stay_by_one_receiver() -> None:
    here = {"facility": "RKB", "host": "127.0.0.1", "port": 2580}
    away = here | {"facility": "RLT", "host": "pas.example"}
    said = faults(replies={"uhcw": here, "george": away})
    assert said == "replies: george: pas.example is another machine: set replies.george.tls"
    assert "a certificate needs its private_key" in faults(
        replies={"g": away | {"tls": {"certificate": "a"}}}
    )
    twice = faults(replies={"uhcw": here, "walsgrave": here | {"facility": "RKB01"}})
    assert twice == "replies: uhcw and walsgrave are both told of RKB01"
    assert config.load(replies={"uhcw": here, "george": away | {"tls": {}}}).replies["uhcw"].tries == 10


def test_teams_are_written_to_by_a_server_that_nobody_listens_to(tmp_path: Path) -> None:
    to = {"Community Discharge Team": ["cdt@council.example"]}
    said = faults(nudges={"to": to})
    for name in ("smtp", "sender", "link"):
        assert f"nudges.{name}: is needed where teams are written to" in said
    right = {"to": to, "smtp": {"host": "mail.example", "port": 587}, "sender": "b@council.example",
             "link": "https://bridge.example"}  # fmt: skip
    assert config.load(nudges=right).nudges.minutes_ahead == 30
    assert "must be 'starttls' or 'tls' beyond this machine" in faults(nudges=right | {"smtp_tls": "none"})
    assert "must be set with smtp_user" in faults(nudges=right | {"smtp_password_file": tmp_path / "p"})

"""Preparing, migrating and examining an installation: each fault told with what to do, and no key made beside old data."""

from __future__ import annotations

import os
import pwd
import sqlite3
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap import commands
from ascbridge.config import ConfigError, Settings
from ascbridge.cutover.comparison_rules import RulesFault
from ascbridge.discharge.deciding.reference import ReferenceFault
from ascbridge.operations import tokens
from ascbridge.storage import files, migration
from tests.test_cli import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., Settings]


def faults(settings: Settings) -> list[str]:
    lines, sound = commands.examine(settings)
    told = [line for line in lines if line.startswith("FAULT")]
    assert sound == (not told)
    assert len(lines) == 8 + (settings.webhook.address is not None)
    return told


def test_what_prepare_made_is_sound(settings: Settings) -> None:
    assert faults(settings) == []
    assert (settings.data_dir.stat().st_mode & 0o777) == 0o700
    assert {path.stat().st_mode & 0o077 for path in settings.data_dir.glob("*.db*")} == {0}
    key = (settings.data_dir / "master.key").read_bytes()
    commands.prepare(settings)
    assert (settings.data_dir / "master.key").read_bytes() == key


def test_no_new_key_is_made_beside_old_data(settings: Settings) -> None:
    (settings.data_dir / "master.key").unlink()
    with pytest.raises(ConfigError, match="no master key here"):
        commands.prepare(settings)
    assert not (settings.data_dir / "master.key").exists()


@pytest.mark.parametrize(
    "wrong, fault",
    [
        ({"mllp": {"feed": "nobody"}}, ConfigError),
        ({"discharge": {"rules": "none"}}, ReferenceFault),
        ({"cutover": {"rules_file": "/nowhere/rules.toml"}}, RulesFault),
    ],
)
def test_nothing_is_made_where_settings_name_what_is_not_there(
    make_settings: Make, wrong: dict[str, object], fault: type[Exception]
) -> None:
    settings = make_settings(**wrong)
    with pytest.raises(fault):
        commands.prepare(settings)
    assert not settings.data_dir.exists()


def test_examine_tells_every_fault_of_an_empty_place_and_makes_nothing(make_settings: Make) -> None:
    settings = make_settings()
    told = faults(settings)
    assert [line.split(":")[0] for line in told] == [
        "FAULT master key",
        "FAULT kept.db",
        "FAULT keys.db",
        "FAULT bridge.db",
        "FAULT safeguarding.db",
    ]
    assert all("`ascbridge migrate` makes it" in line for line in told[1:])
    assert not settings.data_dir.exists()


def test_examine_tells_a_profile_rules_and_certificates_that_cannot_be_used(
    make_settings: Make, tmp_path: Path
) -> None:
    tls = {"certificate": tmp_path / "none.pem", "private_key": tmp_path / "none.key"}
    told = faults(make_settings(mllp={"feed": "nobody", "tls": tls}, discharge={"rules": "none"}))
    assert [line.split(":")[0] for line in told[:4]] == [
        "FAULT feed profile", "FAULT reference data", "FAULT master key", "FAULT mllp certificates",
    ]  # fmt: skip


def test_examine_tells_a_webhook_that_cannot_be_served(make_settings: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    made = make_settings(webhook={"address": {"port": 1}, "secret_files": [secret]})
    commands.prepare(made)
    (told,) = faults(made)
    assert told.startswith("FAULT webhook: webhook.secret_files")
    secret.write_bytes(b"s" * 32)
    secret.chmod(0o600)
    assert faults(made) == []


def test_examine_tells_a_key_that_others_may_read(settings: Settings) -> None:
    (settings.data_dir / "master.key").chmod(0o644)
    (told,) = faults(settings)
    assert "chmod 600" in told


def test_examine_tells_a_file_that_is_damaged_not_ours_or_of_another_schema(settings: Settings) -> None:
    path = files.sqlite_file(settings.data_dir, "kept")
    path.write_bytes(b"this was a database once" * 100)
    with sqlite3.connect(files.sqlite_file(settings.data_dir, "keys")) as raw:
        raw.execute("DROP TABLE alembic_version")
    raw.close()
    with sqlite3.connect(files.sqlite_file(settings.data_dir, "bridge")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
    raw.close()
    kept, keys, bridge = faults(settings)
    assert "not a database" in kept
    assert "alembic_version" in keys
    assert "is at schema 0001" in bridge
    assert "run `ascbridge migrate`" in bridge


def test_examine_says_that_a_later_version_was_here(settings: Settings) -> None:
    with sqlite3.connect(files.sqlite_file(settings.data_dir, "bridge")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    lines, sound = commands.examine(settings)
    assert sound
    assert (
        "ok    bridge.db: schema 9999, of a later version than this one, which runs on it as it is" in lines
    )


def test_examine_says_when_a_feed_is_in_shadow(make_settings: Make) -> None:
    lines, _ = commands.examine(make_settings(mllp={"feed": "uhcw"}))
    assert lines[0] == "ok    feed profile: uhcw, in shadow: not signed as it stands, so no task is opened"


async def test_migrate_brings_files_to_the_present_schema(make_settings: Make) -> None:
    settings = make_settings()
    assert await commands.migrate(settings) == migration.head()
    assert [line.split(":")[0] for line in faults(settings)] == ["FAULT master key"]


@pytest.mark.postgres
async def test_migrate_brings_postgresql_to_the_present_schema(
    make_settings: Make, postgres_url: str
) -> None:
    settings = make_settings(database_url=postgres_url, kafka={"bootstrap": "127.0.0.1:9"})
    assert await commands.migrate(settings) == migration.head()
    assert await commands.migrate(settings) == migration.head()
    assert not settings.data_dir.exists()
    lines, _ = commands.examine(settings)
    assert not [line for line in lines if ".db" in line]


async def test_without_kafka_there_are_no_topics_to_make(make_settings: Make) -> None:
    with pytest.raises(ConfigError, match=r"kafka\.bootstrap is not set"):
        await commands.create_topics(make_settings())


def test_a_token_leaves_its_slip_for_the_audit(settings: Settings) -> None:
    text = commands.mint_token(settings, "auditor")
    ((_, slip),) = tokens.slips(settings.data_dir)
    assert (slip.role, slip.why) == ("auditor", "command line")
    assert text not in next((settings.data_dir / "minted").glob("*.json")).read_text()


def test_the_audit_hears_the_systems_word_for_who_minted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "somebody else")
    commands.mint_token(settings, "auditor")
    monkeypatch.setattr(os, "getuid", lambda: 987_654)  # as in a container, where it has no name
    commands.mint_token(settings, "auditor")
    found = {slip.who for _, slip in tokens.slips(settings.data_dir)}
    assert found == {pwd.getpwuid(os.geteuid()).pw_name, "uid 987654"}


def test_a_token_is_made_for_a_role_that_its_organisation_holds_and_for_no_other(settings: Settings) -> None:
    commands.mint_token(settings, "integration", organisation="RKB", scope=["system/Task.rs"])
    commands.mint_token(settings, "hospital", "RJC")
    commands.mint_token(settings, "discharge-team", organisation="agency")
    found = {(slip.role, slip.organisation) for _, slip in tokens.slips(settings.data_dir)}
    assert found == {("integration", "RKB"), ("hospital", ""), ("discharge-team", "agency")}
    for role, facility, organisation in (
        ("auditor", "", "agency"), ("it-operations", "", "uhcw"), ("auditor", "", "Elsewhere"), ("hospital", "RKB", "council"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="is not held at"):
            commands.mint_token(settings, role, facility, organisation=organisation)
    with pytest.raises(ValueError, match="reads no FHIR"):
        commands.mint_token(settings, "discharge-team", organisation="agency", scope=["system/Task.rs"])


def test_a_role_that_is_none_and_a_key_that_is_not_there_make_no_token(settings: Settings) -> None:
    with pytest.raises(ValueError, match="there is no role 'boss'"):
        commands.mint_token(settings, "boss")
    (settings.data_dir / "master.key").unlink()
    with pytest.raises(ConfigError, match="no master key here"):
        commands.mint_token(settings, "auditor")
    assert list(tokens.slips(settings.data_dir)) == []


def test_a_profile_is_described_with_its_hash_and_what_nobody_knows() -> None:
    signed, draft = commands.describe("itk-v24"), commands.describe("uhcw")
    assert "runs      live" in signed
    assert any(line.startswith("signed    by ascbridge maintainers") for line in signed)
    assert "signed    by nobody" in draft
    assert "runs      in shadow: events and evidence, no task, nothing published" in draft
    assert len([line for line in draft if line.startswith("not known ")]) > 5
    assert signed[1] != draft[1]


def test_what_a_profile_says_otherwise_than_another_is_told_on_the_command_line(tmp_path: Path) -> None:
    text = (resources.files("ascbridge.intake.sources") / "profiles" / "itk-v24.toml").read_text("utf-8")
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(text, "utf-8")
    new.write_text(text.replace("late_after_minutes = ", "late_after_minutes = 1", 1), "utf-8")
    assert told(0, "profile", str(old), "--against", str(old)) == ""
    said = told(1, "profile", str(new), "--against", str(old))
    assert said.startswith("changed: feed.late_after_minutes: 1")


def test_two_profiles_that_cannot_be_read_are_both_told() -> None:
    with pytest.raises(ConfigError, match=r"(?s)'nosuch'.*'neither'"):
        commands.differences("nosuch", "neither")

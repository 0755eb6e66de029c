"""What is deployed: alerts speak of metrics that exist, the image's build pins exist, Compose reads its file."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml

from ascbridge import config, telemetry
from ascbridge.config_sections import HEALTH_PORTS
from ascbridge.intake.agreed import profiles
from tests.needs import require
from tests.servers import promtool

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def metrics() -> set[str]:
    """Return every name under which Prometheus stores what we count."""
    names = set()
    for metric in telemetry.registry.collect():
        endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(metric.type, [""])
        names |= {metric.name + ending for ending in endings}
    return names


def test_alerts_ask_only_for_metrics_that_exist() -> None:
    asked = {name for rule in rules() for name in re.findall(r"\bascbridge_\w+", rule["expr"])}
    assert asked
    assert asked - metrics() == set()


def test_no_alert_calls_the_council_silent_because_it_speaks_once_a_day() -> None:
    (hourly,) = [rule for rule in rules() if rule["alert"] == "NoMessages"]
    (daily,) = [rule for rule in rules() if rule["alert"] == "NoCouncilFacts"]
    assert "unless on (feed) max by (feed) (ascbridge_council_feed)" in hourly["expr"]
    assert "and on (feed) max by (feed) (ascbridge_council_feed)" in daily["expr"]
    window = re.search(r"\[(\d+)h\]", daily["expr"])
    assert window is not None
    assert int(window[1]) * 60 >= profiles.read("council-facts").feed.late_after_minutes


def test_no_alert_calls_a_council_feed_silent_that_nobody_uses() -> None:
    (daily,) = [rule for rule in rules() if rule["alert"] == "NoCouncilFacts"]
    assert "increase(ascbridge_messages_total[14d])) > 0" in daily["expr"]


@pytest.mark.parametrize("name", ["CouncilFeedStandsStill", "WebhookRefused"])
def test_a_council_feed_that_stands_still_and_posts_that_are_refused_are_told(name: str) -> None:
    (rule,) = [rule for rule in rules() if rule["alert"] == name]
    assert "docs/how-to/connect-the-council.md" in rule["annotations"]["do"]


def test_prometheus_asks_where_the_services_answer() -> None:
    """That every name is exported with a value is shown on running bridges: tests/journeys/test_looking_after.py."""

    def targets(file: str) -> set[str]:
        loaded = yaml.safe_load((DEPLOY / "prometheus" / file).read_text("utf-8"))
        assert loaded["rule_files"] == ["alerts.yml"]
        (job,) = loaded["scrape_configs"]
        assert f'job="{job["job_name"]}"' in ALERTS.read_text("utf-8")
        return {target for group in job["static_configs"] for target in group["targets"]}

    def address(name: str) -> str:
        found = config.load(ROOT / "services" / name / "service.toml").health_address(name)
        assert found is not None
        return f"{found.host}:{found.port}"

    assert targets("one-machine.yml") == {address("work")}
    assert targets("many-machines.yml") == {address(name) for name in ("web", *HEALTH_PORTS)}


@pytest.mark.parametrize("name", ["work", "web", *HEALTH_PORTS])
def test_the_page_for_the_person_on_call_names_the_port(name: str) -> None:
    found = config.load(ROOT / "services" / name / "service.toml").health_address(name)
    assert found is not None
    page = (ROOT / "services" / name / "README.md").read_text("utf-8")
    assert f":{found.port}/health/ready" in page
    assert f"127.0.0.1:{found.port}" in (DEPLOY / "README.md").read_text("utf-8")


def test_every_alert_says_how_urgent_it_is_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]
        assert rule["annotations"]["summary"]
        for page in re.findall(r"[\w/-]+\.md", rule["annotations"]["do"]):
            assert (ROOT / page).is_file(), page


@pytest.mark.parametrize(
    "what, file", [("rules", "alerts"), ("config", "one-machine"), ("config", "many-machines")]
)
def test_promtool_reads_what_prometheus_is_given(what: str, file: str) -> None:
    require(promtool.found(), promtool.WANTED)
    code, said = promtool.run("check", what, str(DEPLOY / "prometheus" / f"{file}.yml"))
    assert code == 0, said


def test_compose_reads_its_file(tmp_path) -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("Docker with its compose plugin, to read docker-compose.yml")
    command = ["docker", "compose", "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_image_is_built_with_is_pinned_in_the_locks() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    found = re.search(r"\^\(([\w|-]+)\)==", dockerfile)
    assert found is not None
    named = set(found[1].split("|"))
    lock = (DEPLOY / "requirements" / "dev.lock").read_text("utf-8")
    assert [one for one in named if not re.search(rf"^{one}==.*\\$", lock, re.MULTILINE)] == []
    needs = {
        re.split(r"[^\w-]", one)[0] for one in requires("hatchling") or [] if "python_version" not in one
    }
    assert needs - named == set()


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path) -> None:
    (tmp_path / "deploy").mkdir()
    script = shutil.copy(DEPLOY / "make-secrets.sh", tmp_path / "deploy")
    subprocess.run(["bash", script], check=True, capture_output=True)
    secrets = tmp_path / "data" / "secrets"
    first = {file.name: file.read_bytes() for file in secrets.iterdir()}
    assert set(first) == {"master_key", "postgres_password", "pgpass"}
    assert len(first["master_key"]) == 32
    assert first["pgpass"].decode().strip().endswith(first["postgres_password"].decode())
    assert {file.stat().st_mode & 0o777 for file in secrets.iterdir()} == {0o600}
    subprocess.run(["bash", script], check=True, capture_output=True)
    assert {file.name: file.read_bytes() for file in secrets.iterdir()} == first

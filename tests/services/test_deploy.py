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

from ascbridge import telemetry

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


def test_every_alert_says_how_urgent_it_is_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]
        assert rule["annotations"]["summary"]
        for page in re.findall(r"[\w/-]+\.md", rule["annotations"]["do"]):
            assert (ROOT / page).is_file(), page


def test_promtool_reads_the_alerts() -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool, to check the alert rules")
    done = subprocess.run(
        ["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


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

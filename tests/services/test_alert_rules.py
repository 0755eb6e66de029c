"""Each alert rule fires when it should and not otherwise, and leads to a place in the documents that exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ascbridge.alerts.causes import CAUSES
from tests.needs import require
from tests.servers import promtool

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
CASES = PROMETHEUS / "alerts_test.yml"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#{2,3} (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_rule_fires_in_one_case_and_not_in_another() -> None:
    asked: dict[str, set[bool]] = {}
    for case in yaml.safe_load(CASES.read_text("utf-8"))["tests"]:
        (wanted,) = case["promql_expr_test"]
        (name,) = re.findall(r'ALERTS{alertname="(\w+)"', wanted["expr"])
        assert case["name"].startswith(f"{name}: ")
        asked.setdefault(name, set()).add(wanted["exp_samples"][0]["value"] > 0)
    assert asked == {rule["alert"]: {True, False} for rule in rules()}


def test_the_rules_do_in_prometheus_what_the_cases_say() -> None:
    require(promtool.found(), promtool.WANTED)
    code, said = promtool.run("test", "rules", CASES.name, inside=PROMETHEUS)
    assert code == 0, said
    assert "SUCCESS" in said


def test_a_rule_that_does_not_fire_is_noticed(tmp_path: Path) -> None:
    require(promtool.found(), promtool.WANTED)
    wrong = (
        (PROMETHEUS / "alerts.yml").read_text("utf-8").replace("ascbridge_well == 0", "ascbridge_well == 2")
    )
    (tmp_path / "alerts.yml").write_text(wrong, "utf-8")
    cases = yaml.safe_load(CASES.read_text("utf-8"))
    cases["tests"] = [one for one in cases["tests"] if one["name"].startswith("PartStandsStill: ")]
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(cases), "utf-8")
    code, said = promtool.run("test", "rules", "cases.yml", inside=tmp_path)
    assert code != 0
    assert "PartStandsStill" in said


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_rule_leads_to_a_place_in_the_documents(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor in anchors(ROOT / page)


def test_what_the_bridge_tells_by_prometheus_leads_to_the_runbook_of_each_cause() -> None:
    page = (ROOT / "docs" / "how-to" / "hear-of-trouble.md").read_text("utf-8")
    listed = dict(
        re.findall(r"^\| `([a-z-]+)` \| .* \| \[runbook\]\(recover\.md#([a-z-]+)\) \|$", page, re.MULTILINE)
    )
    assert listed == {name: cause.anchor for name, cause in CAUSES.items()}

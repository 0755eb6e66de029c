"""The dashboards ask for metrics and labels that exist, in words that Prometheus can read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ascbridge import telemetry
from tests.needs import require
from tests.servers import promtool

BOARDS = sorted((Path(__file__).parents[2] / "deploy" / "grafana").glob("*.json"))
NAMED = re.compile(r"\b(ascbridge_\w+)(?:\{([^}]*)\})?")
BY = re.compile(r"\bby \(([^)]*)\)")
ADDED = {"job", "instance", "le", "service"}
"""Labels that Prometheus, or a histogram, adds."""


def metrics() -> dict[str, set[str]]:
    """Every sample's name with its labels, whether or not it has been counted yet."""
    found = {}
    for collector in telemetry.registry._collector_to_names:
        one: Any = collector
        endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(one._type, [""])
        found |= {one._name + ending: set(one._labelnames) for ending in endings}
    return found


def queries(board: Path) -> list[str]:
    return [
        one["expr"] for panel in json.loads(board.read_text("utf-8"))["panels"] for one in panel["targets"]
    ]


def test_there_are_dashboards() -> None:
    assert [one.stem for one in BOARDS] == ["flow", "ways-in"]
    shown = {name for board in BOARDS for query in queries(board) for name, _ in NAMED.findall(query)}
    assert {name for name in metrics() if not name.endswith(("_count", "_sum"))} - shown == {
        "ascbridge_council_feed"
    }


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.stem)
def test_every_metric_and_label_that_is_asked_for_exists(board: Path) -> None:
    known = metrics()
    for query in queries(board):
        named = NAMED.findall(query)
        assert named, query
        labels = set(ADDED)
        for name, chosen in named:
            assert name in known, query
            assert set(re.findall(r"(\w+)[=!]~?", chosen)) <= known[name] | ADDED, query
            labels |= known[name]
        for said in BY.findall(query):
            assert {one.strip() for one in said.split(",")} <= labels, query


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.stem)
def test_panels_have_a_title_a_number_and_a_place_of_their_own(board: Path) -> None:
    panels = json.loads(board.read_text("utf-8"))["panels"]
    assert len({one["id"] for one in panels}) == len({one["title"] for one in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for one in panels:
        at = one["gridPos"]
        place = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not place & taken, one["title"]
        assert at["x"] + at["w"] <= 24
        taken |= place


def test_promtool_reads_every_query(tmp_path: Path) -> None:
    require(promtool.found(), promtool.WANTED)
    rules = [
        {"record": f"asked:{n}", "expr": query}
        for n, query in enumerate(query for board in BOARDS for query in queries(board))
    ]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    code, said = promtool.run("check", "rules", str(path))
    assert code == 0, said

"""The commands of a cut-over: they ask a running bridge, and say what it says."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest
import uvicorn

from ascbridge.web.app import create_app
from tests.operations.two_systems import MARY, NEW, OLD, TwoSystems
from tests.servers.process import free_port
from tests.test_cli import told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


TREND = (
    "day", "word", "agree", "differs", "missing", "extra", "put_right", "still_off", "waiting", "agreement",
)  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> TwoSystems:
    return TwoSystems(tmp_path)


@pytest.fixture
def bridge(city: TwoSystems, tmp_path: Path) -> Iterator[list[object]]:
    """Give the options that reach the pages of a city with two case systems."""
    (tmp_path / "master.key").write_bytes(bytes(range(32)))
    (tmp_path / "master.key").chmod(0o600)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(city.parts()), port=port, log_level="error"))
    serving = threading.Thread(target=server.run)
    serving.start()
    for _ in range(600):
        if server.started:
            break
        serving.join(0.1)
    assert server.started
    yield ["--data-dir", tmp_path, "--http", f"127.0.0.1:{port}"]
    server.should_exit = True
    serving.join(60)
    city.close()


def test_one_command_switches_and_one_takes_it_back(bridge: list[object]) -> None:
    assert f"review\t{OLD}\tas it was" in told(0, "cutover", "status", *bridge)
    said = told(0, "cutover", "switch", "review", "package", "--to", NEW, "--why", "the weekend", *bridge)
    assert f"care.review-stated.v1\tnow from {NEW}, {OLD} in shadow\n" in said
    status = told(0, "cutover", "status", *bridge)
    assert (f"review\t{NEW}\tswitched" in status, f"worker\t{OLD}\tas it was" in status) == (True, True)
    assert "heard already" in told(1, "cutover", "switch", "review", "--to", NEW, "--why", "x", *bridge)
    assert "there is no event type" in told(1, "cutover", "switch", "no", "--to", NEW, "--why", "x", *bridge)
    told(0, "cutover", "back", "review", "--why", "wrong dates", *bridge)
    assert f"review\t{OLD}\tswitched" in told(0, "cutover", "status", *bridge)


def test_a_crosswalk_is_loaded_from_a_file(bridge: list[object], tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_text("kind,old_id,new_id\nreview,R1,N9\nreview,,N10\n", "utf-8-sig")
    said = told(0, "cutover", "crosswalk", file, "--why", "from the supplier", *bridge)
    assert "2 rows loaded, 0 were there already" in said
    file.write_text("kind,old_id,new_id\nperson,C1,7\n")
    said = told(1, "cutover", "crosswalk", file, "--why", "from the supplier", *bridge)
    assert "1 persons nobody has heard of yet" in said
    file.write_text("kind,old_id,new_id\nwork,C1,7\n")
    assert "there is no kind" in told(1, "cutover", "crosswalk", file, "--why", "x", *bridge)
    file.write_text("old_id,new_id\nC1,7\n")
    assert "wants rows with the columns" in told(2, "cutover", "crosswalk", file, "--why", "x", *bridge)


def test_the_report_is_go_where_nothing_stands_against_it(bridge: list[object]) -> None:
    assert told(0, "cutover", "report", *bridge).endswith("go\n")
    assert "review\t0 agree\t0 differs" in told(0, "cutover", "compare", "--word", "review", *bridge)
    assert told(0, "cutover", "proposals", "--accept", "--why", "looked at", *bridge) == ""
    assert told(0, "cutover", "corrections", *bridge) == ""
    assert "no correction" in told(
        1, "cutover", "apply", "m1", "care.review-stated.v1", "--why", "x", *bridge
    )


def test_the_trend_and_what_is_off_are_told_in_three_shapes(city: TwoSystems, bridge: list[object]) -> None:
    assert told(0, "cutover", "trend", *bridge) == "\t".join(TREND) + "\n"
    city.say(OLD, "C100", MARY, "review", id="R1", status="due", due_on="2026-12-01")
    city.pair_events()
    city.clock.at_ms += 100 * 3_600_000
    said = told(1, "cutover", "trend", "--word", "review", "--format", "csv", *bridge).splitlines()
    assert (said[0], said[1][10:]) == (",".join(TREND), ",review,0,0,1,0,0,1,0,0.0")
    assert "\t0.0%\n" in told(1, "cutover", "trend", "--word", "review", *bridge)
    (one,) = json.loads(told(1, "cutover", "events", "--word", "review", "--format", "json", *bridge))
    assert (one["verdict"], one["slot"], one["put_right"], one["new_event"]) == (
        "missing",
        "review:R1",
        False,
        "",
    )
    assert one["old_message"] in told(1, "cutover", "events", "--verdict", "missing", *bridge)
    assert told(0, "cutover", "events", "--verdict", "extra", "--format", "csv", *bridge).count("\n") == 1


def test_without_a_bridge_it_says_so(tmp_path: Path) -> None:
    assert "No token" in told(1, "cutover", "status", "--data-dir", tmp_path)

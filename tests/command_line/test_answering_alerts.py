"""The commands of alerts and planned work, against a bridge's real pages."""

from __future__ import annotations

import pytest

from tests.command_line.test_republish_commands import bridge
from tests.test_cli import told
from tests.web.conftest import empty_city
from tests.web.operations.test_alert_pages import DOWN, judge

__all__ = ["bridge", "empty_city"]


def test_alerts_and_planned_work_go_the_whole_way(
    bridge: list[object], empty_city: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert told(0, "alerts", *bridge) == "Nothing is wrong.\n"
    judge(empty_city, DOWN)  # type: ignore[arg-type]  # the fixture's own city
    number, state, _, text, has, runbook = told(1, "alerts", *bridge).rstrip("\n").split("\t")
    assert (number, state, text, has) == ("1", "new", DOWN.text, "nobody yet")
    assert runbook.endswith("recover.md#a-sink-is-down")
    assert "has it" in told(0, "acknowledge", "1", "--reason", "on it", *bridge)
    assert "has it already" in told(1, "acknowledge", "1", *bridge)
    assert told(0, "maintenance", "list", *bridge) == "No work is planned.\n"
    plan = ("maintenance", "plan", "sink:icr", "--minutes", "60", "--reason", "a release")
    assert "no time such as" in told(2, *plan, "--begins", "soon", *bridge)
    assert "sink:icr" in told(0, *plan, *bridge)
    assert "there is no sink:x" in told(1, "maintenance", "plan", "sink:x", *plan[3:], *bridge)
    assert told(0, "maintenance", "end", "1", *bridge) == "No work is planned.\n"

"""The commands about dead letters, against a bridge's real pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.command_line.test_republish_commands import bridge
from tests.test_cli import told
from tests.web.conftest import empty_city
from tests.web.faults import bury_one

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["bridge", "empty_city"]
CAUSE = "the profile of feed itk-v24 no longer reads it: PV1-14: a code"


def test_a_group_goes_the_whole_way(bridge: list[object], empty_city: City) -> None:
    assert told(0, "dead-letters", *bridge) == ""
    assert told(0, "dead-letters", "groups", *bridge) == ""
    dead_id = bury_one(empty_city, CAUSE, local_id="L1", visit="V1")
    assert told(1, "dead-letters", *bridge).startswith(f"{dead_id}\ttranslator\t")
    group = told(1, "dead-letters", "groups", *bridge).split("\t")
    assert group[:5] == ["translator", "itk-v24", "PV1-14", "1 letters", "1 people"]
    which = ("--cause", CAUSE, *bridge)
    tried = told(0, "dead-letters", "send-again", "--dry-run", *which)
    assert "would go through" in tried
    assert tried.endswith("1 dead letters; nothing was begun\n")
    assert "Say why" in told(2, "dead-letters", "send-again", *which)
    assert "Say which" in told(2, "dead-letters", "send-again", "--why", "x", *bridge)
    begun = told(0, "dead-letters", "send-again", "--rate", "5", "--why", "mended", *which)
    run_id = begun.split("\t")[0]
    assert "\trunning\t0 of 1 letters\t5/s\t0 given up again\t" in begun
    assert told(1, "dead-letters", "runs", *bridge) == begun
    assert "\tpaused\t" in told(0, "dead-letters", "pause", run_id, *bridge)
    assert "\trunning\t" in told(0, "dead-letters", "resume", run_id, *bridge)
    assert "\tstopped\t" in told(0, "dead-letters", "stop", run_id, *bridge)
    assert "this run is stopped" in told(1, "dead-letters", "stop", run_id, *bridge)

"""Somebody hears of each fault in time and in plain words, mends it by the runbook's own steps, and nothing is lost.

Each is played on a bridge as it is installed: its processes, its sockets, Kafka and PostgreSQL where the fault needs
them; alerts are heard by a webhook. An hour, fifteen minutes and the like pass by the bridge's clock, which is moved.
`make fault-alarms` plays all (EVERY=1); some are played with every change. FAULT=wrong-map plays one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ascbridge.alerts.causes import CAUSES
from tests.faults import runbook
from tests.faults.alarm_play import play
from tests.faults.alarms import ALARMS

if TYPE_CHECKING:
    from pathlib import Path

SEED = int(os.environ.get("SEED") or 20261123)
EVERY = "EVERY" in os.environ
EACH_S = 1_800  # a bound and no measure


def test_every_fault_of_the_issue_is_played() -> None:
    assert set(ALARMS) == {
        "sink-down-an-hour", "sink-slow", "sink-refuses-one", "broker-down", "database-down", "disk-full",
        "certificate-over", "certificate-29-days", "clock-jump", "poison", "hot-person", "feed-silent-at-noon",
        "feed-silent-at-three", "duplicate-storm", "wrong-map", "sender-clock", "number-gap",
        "extract-drift",
    }  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_its_place_in_the_runbook(cause: str) -> None:
    assert runbook.section(f"docs/how-to/recover.md#{CAUSES[cause].anchor}").strip()


@pytest.mark.parametrize("name", ALARMS)
def test_each_step_of_the_runbook_is_somebodys(name: str) -> None:
    alarm = ALARMS[name]
    place = f"docs/how-to/recover.md#{CAUSES[alarm.cause].anchor}"
    said = runbook.plain(runbook.section(place))
    assert [step.words for step in alarm.mend if step.words not in said] == []
    undone = [one for one in runbook.steps(place) if not any(step.words in one for step in alarm.mend)]
    assert undone == []


def _cases() -> list[object]:
    servers = [pytest.mark.kafka, pytest.mark.postgres]
    return [
        pytest.param(
            name,
            id=name,
            marks=[pytest.mark.slow] * (one.played != "quick") + servers * (one.stack == "kafka"),
        )
        for name, one in ALARMS.items()
        if EVERY or one.played != "by hand"
    ]


@pytest.mark.faults
@pytest.mark.timeout(EACH_S)
@pytest.mark.parametrize("name", _cases())
async def test_it_is_told_in_time_and_mended_by_the_runbook(name: str, tmp_path: Path) -> None:
    played = await play(name, ALARMS[name], tmp_path, SEED)
    print(f"\n{played.line(ALARMS[name])}", flush=True)
    assert not played.wrong, f"{played.line(ALARMS[name])}\n{played.text}"

"""The judge sees what is lost and what is doubled; the whole is played with a real bridge and real kills."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ascbridge.simulator import kill_test
from ascbridge.simulator.kill_test import Seen, judge, messages

if TYPE_CHECKING:
    from pathlib import Path

SENT = messages(2, 1_792_323_000_000)
WELL = Seen(
    ledger={"kept": 4, "adds_up": True},
    states={one.control_id: ["delivered"] for one in SENT},
    opened={one.control_id: 1 for one in SENT if one.trigger == "A16"},
    tasks={"Encounter/a": 1, "Encounter/b": 1},
)
(FIRST, READY) = SENT[0].control_id, SENT[2].control_id


def test_a_stay_is_an_admission_and_a_ready_signal_down_one_connection() -> None:
    assert [(one.trigger, one.send.who) for one in SENT] == [
        ("A01", "stay 0"), ("A01", "stay 1"), ("A16", "stay 0"), ("A16", "stay 1"),
    ]  # fmt: skip
    assert len({one.control_id for one in SENT}) == 4
    assert all(one.control_id.encode() in one.send.raw for one in SENT)


def test_nothing_is_wrong_where_each_took_effect_once() -> None:
    assert judge(SENT, WELL) == []


@pytest.mark.parametrize(
    "found, said",
    [
        ({"states": {**WELL.states, FIRST: []}}, f"{FIRST} was acknowledged and is kept 0 times"),
        (
            {"states": {**WELL.states, FIRST: ["delivered"] * 2}},
            f"{FIRST} was acknowledged and is kept 2 times",
        ),
        ({"states": {**WELL.states, FIRST: ["waiting"]}}, f"{FIRST} was acknowledged and is waiting"),
        ({"opened": {**WELL.opened, READY: 2}}, f"{READY} opened 2 tasks"),
        ({"tasks": {"Encounter/a": 1}}, "the shared record has tasks of 1 stays, not 2"),
        ({"tasks": {**WELL.tasks, "Encounter/a": 2}}, "Encounter/a has 2 tasks in the shared record"),
        ({"ledger": {"kept": 5, "adds_up": True}}, "the ledger says 5 kept of 4"),
    ],
)
def test_what_is_lost_or_doubled_is_named(found: dict[str, object], said: str) -> None:
    assert judge(SENT, replace(WELL, **found)) == [said]  # type: ignore[arg-type]


def test_a_bridge_that_does_not_start_is_a_verdict_too_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def nothing(*_: object) -> list[str]:
        raise kill_test.NotStarted("the bridge ended while starting")

    said: list[str] = []
    monkeypatch.setattr(kill_test, "_play", nothing)
    assert kill_test.kill_test(said.append, seed=1) == 1
    assert said[-1].startswith("doctor: FAIL after 0 s: the bridge ended while starting")
    assert not [one for one in said if "look into" in one]
    assert list(tmp_path.iterdir()) == []


def test_the_sandbox_of_a_bridge_that_recovered_is_removed_and_of_one_that_did_not_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong: list[str] = []

    async def played(folder: Path, *_: object) -> list[str]:
        (folder / "data").mkdir()
        (folder / "data" / "bridge.db").write_text("x")
        return wrong

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(kill_test, "_play", played)
    said: list[str] = []
    assert kill_test.kill_test(said.append, seed=1) == 0
    assert list(tmp_path.iterdir()) == []
    wrong.append("K1 was acknowledged and is kept 0 times")
    assert kill_test.kill_test(said.append, seed=1) == 1
    (left,) = tmp_path.iterdir()
    assert said[-2] == f"look into {left / 'data'}"


@pytest.mark.slow
def test_a_bridge_that_is_killed_loses_and_doubles_nothing() -> None:
    said: list[str] = []
    assert kill_test.kill_test(said.append, seed=1, stays=20, kills=2) == 0, said
    assert said[-1].startswith(
        "doctor: PASS 40 acknowledged messages took effect exactly once, through 2 kills"
    )
    assert sum("SIGKILL to" in line for line in said) == 2

"""The play of a cut-over: it kills at the moment of a switch, and what is not as it must be becomes a fault.

Played whole in tests/journeys/test_cut_over.py.
"""

import asyncio

import pytest

from ascbridge.simulator.cut_over import CutOver
from ascbridge.simulator.cut_over_stage import NEW, OLD
from ascbridge.simulator.cut_over_tale import CutOverTale


class FakeStage:
    """Stands for a stage. A switch is made at once, and the command then hangs until somebody kills the bridge."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.live, self.steps, self._refuses, self._killed = OLD, [], refuses, asyncio.Event()

    async def heard(self):
        return {self.live}

    async def command(self, *words):
        if self._refuses:
            return 1, "Conflict: package: agreement is 97.5%"
        self.live = words[words.index("--to") + 1]
        await self._killed.wait()
        return 1, "not answered"

    async def kill(self):
        self._killed.set()
        self.steps.append("killed")

    async def paired(self):
        self.steps.append("paired")

    async def start(self):
        self.steps.append("started")

    async def settled(self):
        self.steps.append("settled")


async def switched(folder, stage) -> tuple[CutOver, list[str]]:
    told: list[str] = []
    play = CutOver(CutOverTale(3), stage, folder, told.append)
    async with asyncio.timeout(60):
        await play._switched(NEW, "the weekend")
    return play, told


async def test_the_bridge_is_killed_before_the_command_that_switches_is_done(tmp_path):
    stage = FakeStage()
    play, told = await switched(tmp_path, stage)
    assert stage.steps == ["paired", "killed", "started", "settled"]
    assert (play.faults, told) == ([], [f"{NEW} is heard; killed before it was done"])


async def test_a_switch_that_is_refused_is_a_fault_with_what_was_said(tmp_path):
    play, _ = await switched(tmp_path, FakeStage(refuses=True))
    assert play.faults == [f"{NEW} is not heard: Conflict: package: agreement is 97.5%"]


@pytest.mark.parametrize("fact", ["package", "worker"])
def test_a_difference_is_looked_for_under_the_old_systems_number(tmp_path, fact):
    tale = CutOverTale(3)
    one = next(one for one in tale.differences if one.fact == fact)
    slot = CutOver(tale, FakeStage(), tmp_path, print)._slot(one)
    assert slot == ("worker" if fact == "worker" else f"package:P{one.council_id[1:]}01")

"""Each fault strikes a bridge in the midst of its work; what an outsider then sees must be whole.

`make faults` plays many rounds of each; without ROUNDS it is one round of those that CI plays. A failure says how to
play it again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.driver import FAULTS, play
from tests.faults.stage import staged
from tests.faults.witness import as_json

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.faults, pytest.mark.slow]
FIRST_SEED = int(os.environ.get("SEED") or 20261122)
EVERY = "ROUNDS" in os.environ
ROUNDS = int(os.environ.get("ROUNDS") or 1)
ONE_ROUND_S = 6_000 if EVERY else 1_500  # the long rounds beside other work; a bound and no measure
MARKS = {"kafka": [pytest.mark.kafka, pytest.mark.postgres], "sqlite": []}


def rounds() -> list[object]:
    """Each fault of each stack; a test plays all of its rounds."""
    return [
        pytest.param(stack, name, id=f"{stack}-{name}", marks=MARKS[stack])
        for stack, faults in FAULTS.items()
        for name, fault in faults.items()
        if EVERY or stack in fault.in_ci
    ]


@pytest.mark.timeout(ONE_ROUND_S * ROUNDS)
@pytest.mark.parametrize("stack, name", rounds())
async def test_nothing_is_lost_doubled_or_taken_back(stack: str, name: str, tmp_path: Path) -> None:
    fault, wrong = FAULTS[stack][name], []
    for seed in range(FIRST_SEED, FIRST_SEED + ROUNDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        print(f"{stack}-{name} SEED={seed}", flush=True)
        async with staged(stack, fault, folder) as scene:
            found, evidence = await play(scene, fault, seed, many=EVERY)
            if found:
                (folder / "evidence.json").write_text(as_json(evidence))
                print(scene.bridge.logs())
        for one in found:
            print(f"  FAULT {one}", flush=True)
        wrong += [
            f"{one}  (make faults FAULT={stack}-{name} SEED={seed} ROUNDS=1; {folder})" for one in found
        ]
    assert not wrong, "\n".join(wrong)

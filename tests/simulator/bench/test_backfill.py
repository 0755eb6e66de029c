"""History beside live messages, measured: its lines keep the contract, and all of them come in."""

import json

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import council_facts
from ascbridge.simulator.bench import backfill as scenario
from ascbridge.simulator.bench.backfill import FEED, backfill
from ascbridge.simulator.bench.scenarios import Run


def test_so_many_lines_are_laid_down_each_of_the_contract(tmp_path, monkeypatch):
    monkeypatch.setattr(scenario, "LINES_A_FILE", 20)
    monkeypatch.setattr(scenario, "DAYS", 7)
    assert scenario._lay(tmp_path, 50) == 50
    files = sorted(tmp_path.iterdir())
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    assert ([len(file.read_bytes().splitlines()) for file in files], len(lines)) == ([20, 20, 10], 50)
    assert len({json.loads(line)["id"] for line in lines}) == 50
    profile = read(FEED)
    for line in lines:
        council_facts.check(line, profile)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_history_comes_in_beside_live_messages(tmp_path):
    figures = await backfill(Run(tmp_path, 1.0, events=400))
    found = {one.what: one.value for one in figures}
    assert found["events of history"] == 400
    assert [one for one in figures if one.value <= 0] == []

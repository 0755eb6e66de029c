"""The council's year: its lines keep the contract, and what is measured is all of them, on a real bridge."""

import json
from collections import Counter
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from ascbridge.intake.agreed.profiles import read
from ascbridge.intake.sources import council_facts
from ascbridge.simulator.bench import year as scenario
from ascbridge.simulator.bench.bench_bridge import TooSlow
from ascbridge.simulator.bench.scenarios import Run
from ascbridge.simulator.bench.year import EVENTS_A_LINE, year

SHORT_S = 0.06
"""A thousandth of the city."""


@pytest.fixture(autouse=True)
def a_month(monkeypatch):
    monkeypatch.setattr(scenario, "DAYS", 30)


class Standing:
    """Stands for a bridge that takes every file at once, or never."""

    def __init__(self, folder, *, takes: bool = True) -> None:
        self.bridge = SimpleNamespace(data_dir=folder)
        self.operations = self
        self.takes = takes
        self.had = 7

    def pids(self) -> list[int]:
        return []

    async def get(self, path: str):
        lines = [
            line
            for file in sorted((self.bridge.data_dir / "council-facts").glob("*.jsonl"))
            for line in file.read_bytes().splitlines()
        ]
        kept = self.had + len(lines) * self.takes
        return [{"feed": "council-facts", "kept": kept, "waiting": 0}]


class OnServers(Run):
    @asynccontextmanager
    async def bridge(self, name: str):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        yield Standing(folder, takes=self.servers == "quick")


async def test_every_line_is_laid_down_once_in_files_of_some(tmp_path, monkeypatch):
    monkeypatch.setattr(scenario, "LINES_A_FILE", 20)
    figures = await year(OnServers(tmp_path, SHORT_S, servers="quick"))
    files = sorted((tmp_path / "year" / "council-facts").iterdir())
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    assert len(files) == -(-len(lines) // 20)
    assert set(Counter(json.loads(line)["id"] for line in lines).values()) == {1}
    profile = read("council-facts")
    for line in lines:
        assert len(council_facts.check(line, profile).translate({}).drafts) == EVENTS_A_LINE
    assert (figures[0].what, figures[0].value) == ("lines laid down", len(lines))
    assert [one.ceiling is not None for one in figures] == [one.unit == "/s" for one in figures]


async def test_a_year_that_is_not_worked_off_gives_no_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(scenario, "LONGEST_S", 0.0)
    with pytest.raises(TooSlow):
        await year(OnServers(tmp_path, SHORT_S, servers="stuck"))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_year_is_taken_in_and_derived_anew(tmp_path):
    figures = await year(Run(tmp_path, SHORT_S))
    assert [one.what for one in figures] == [
        "lines laid down",
        "events, from the folder to the record",
        "processor time an event, from the folder to the record",
        "events, derived anew, the start included",
        "processor time an event, derived anew, the start included",
    ]
    assert [one for one in figures if one.value <= 0] == []

"""Each scenario measures something, bounded, against a real bridge."""

from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from ascbridge.simulator.bench import scenarios
from ascbridge.simulator.bench.bench_bridge import running
from ascbridge.simulator.bench.run import LONG, SCENARIOS
from ascbridge.simulator.bench.scenarios import Run

FIGURES = {
    "intake": {
        "1 connection",
        "8 connections",
        "32 connections",
        "8 connections, answer, p99",
        "(ceiling) writes made to last, one by one",
    },
    "end-to-end": {"kept, understood, decided, published"},
    "visible": {"task on the list, 5 messages/s, p99"},
    "memory": {"sum of each one's highest"},
}


@pytest.fixture(autouse=True)
def little(monkeypatch):
    monkeypatch.setattr(scenarios, "MOST_MESSAGES", 30)
    monkeypatch.setattr(scenarios, "END_TO_END", 30)
    monkeypatch.setattr(scenarios, "FEWEST_PROBES", 1)
    monkeypatch.setattr(scenarios, "BACKGROUND_RATES", (5.0,))


class SharedRun(Run):
    """All scenarios against one bridge, which goes on afterwards: a start takes longer than these small loads."""

    def __init__(self, folder, bench) -> None:
        super().__init__(folder, 0.1)
        object.__setattr__(self, "bench", bench)

    @asynccontextmanager
    async def bridge(self, name: str):
        yield self.bench

    __slots__ = ("bench",)


@pytest.mark.slow
async def test_what_is_measured_under_load_gives_its_figures(tmp_path):
    async with running(tmp_path / "shared") as bench:
        for name, wanted in FIGURES.items():
            figures = await SCENARIOS[name](SharedRun(tmp_path, bench))
            assert wanted <= {one.what for one in figures}, name
            assert [one for one in figures if one.value <= 0] == []


@pytest.mark.slow
async def test_a_replay_builds_everything_anew_from_the_kept_messages(tmp_path):
    (figure,) = await SCENARIOS["replay"](Run(tmp_path, 0.1))
    assert figure.what == "kept messages derived anew"
    assert figure.value > 0


async def test_starting_is_measured_twice_on_the_same_files(tmp_path):
    names = []

    class Counting(Run):
        @asynccontextmanager
        async def bridge(self, name: str):
            names.append(name)
            yield SimpleNamespace(start_s=float(len(names)))

    figures = await SCENARIOS["start-up"](Counting(tmp_path, 0.1))
    assert [(one.what, one.value) for one in figures] == [
        ("first start, new files", 1.0),
        ("start again", 2.0),
    ]
    assert names == ["start-up", "start-up"]


def test_every_scenario_is_measured_here():
    assert set(SCENARIOS) == {*FIGURES, *LONG, "replay", "start-up", "fan-out", "workers"}

"""The command: a table for people, JSON for programs, and a plain word about what it cannot do."""

import json

from ascbridge.simulator.bench import run
from ascbridge.simulator.bench.bench_bridge import Servers, TooSlow
from ascbridge.simulator.bench.figures import Figure


async def one_figure(_run: object) -> list[Figure]:
    return [Figure("start-up", "first start, new files", 1.25, "s", 0.5, "python")]


async def never(_run: object) -> list[Figure]:
    raise TooSlow("kept messages were not delivered")


def test_figures_are_printed_and_written_with_what_they_were_measured_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "SCENARIOS", {"start-up": one_figure})
    assert run.run_bench(json_file=tmp_path / "bench.json", folder=tmp_path) == 0
    out = capsys.readouterr().out
    assert "first start, new files" in out
    assert "Python 3." in out
    written = json.loads((tmp_path / "bench.json").read_text("utf-8"))
    assert written["figures"][0]["value"] == 1.25
    assert "cores" in written["machine"]
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(capsys):
    assert run.run_bench(["warp"]) == 2
    assert "intake" in capsys.readouterr().out


def test_what_did_not_end_is_a_failure_and_no_figure(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(run, "SCENARIOS", {"replay": never})
    assert run.run_bench(folder=tmp_path) == 1
    assert "bench: kept messages were not delivered" in capsys.readouterr().out


def test_a_scenario_of_the_other_stack_is_told(capsys):
    assert run.run_bench(["workers"]) == 2
    assert run.run_bench(["replay"], servers=Servers("postgresql+asyncpg://x", "x:1")) == 2
    assert "only" in capsys.readouterr().out


def test_a_directory_without_a_bridge_is_told(tmp_path, capsys):
    assert run.run_bench(["growth"], seeded=[tmp_path]) == 2
    assert "bench seed" in capsys.readouterr().out

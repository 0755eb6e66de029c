"""The commands: what they ask for, and what they say where that cannot be done."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ascbridge.cli import app
from ascbridge.simulator.bench import run, seeding


def test_a_scenario_that_is_not_there_ends_with_2() -> None:
    assert CliRunner().invoke(app, ["bench", "--scenario", "warp"]).exit_code == 2


def test_what_is_asked_for_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(run, "run_bench", lambda *names, **how: asked.append((names, how)) or 0)
    assert CliRunner().invoke(app, ["bench", "--scenario", "intake", "--seconds", "2"]).exit_code == 0
    ((names, how),) = asked
    assert (names, how["seconds"]) == ((["intake"],), 2.0)


@pytest.mark.parametrize(
    "options",
    [
        ["--stack", "oracle"],
        ["--stack", "kafka"],
        ["--kafka", "127.0.0.1:9092"],
        ["--stack", "kafka", "--kafka", "x:1"],
    ],
)
def test_servers_are_given_with_the_stack_that_needs_them_and_with_no_other(options: list[str]) -> None:
    done = CliRunner().invoke(app, ["bench", *options])
    assert done.exit_code == 2
    assert "--database-url" in done.output


def test_events_are_laid_down_where_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(seeding, "seed", lambda data_dir, events, _tell: asked.append((data_dir, events)))
    done = CliRunner().invoke(app, ["bench", "seed", "--events", "10", "--data-dir", str(tmp_path / "new")])
    assert done.exit_code == 0
    assert asked == [(tmp_path / "new", 10)]


def test_a_directory_in_use_is_not_seeded(tmp_path: Path) -> None:
    (tmp_path / "kept.db").touch()
    done = CliRunner().invoke(app, ["bench", "seed", "--events", "10", "--data-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert "not empty" in done.output

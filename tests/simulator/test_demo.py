"""The demonstration as people start it: a small day from the first admission to the empty list, with its verdict."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from ascbridge.simulator.demo import run_demo
from ascbridge.simulator.running_bridge import free_port


def started(*arguments: str, **how) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "ascbridge", "demo", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, **how,
    )  # fmt: skip


@pytest.mark.slow
def test_a_small_day_ends_with_everything_kept_and_every_task_as_its_story_says():
    demo = started("short", "--speed", "0", "--exit")
    out, _ = demo.communicate(timeout=540)
    assert out.splitlines()[-1].startswith("demo: PASS "), out
    assert "concerns with their owners alone" in out.splitlines()[-1]
    assert demo.returncode == 0


@pytest.mark.slow
def test_iris_ends_in_a_care_home_with_her_task_completed(tmp_path, capsys):
    code = run_demo(
        "iris", speed=0, exit_when_done=True, data_dir=tmp_path, http_port=free_port(), mllp_port=free_port()
    )
    out = capsys.readouterr().out
    assert out.splitlines()[-1].startswith("demo: PASS 12 messages kept and delivered, 1 tasks"), out
    assert code == 0
    assert "/sign-in?code=" in out


@pytest.mark.parametrize("story, line", [("iris", "Open http"), ("cutover", "Everybody in it is invented")])
def test_it_stops_when_asked_and_takes_its_files_with_it(tmp_path, story, line):
    demo = started(story, env=os.environ | {"TMPDIR": str(tmp_path)})
    watchdog = threading.Timer(240, demo.kill)
    watchdog.start()
    try:
        while line not in (said := demo.stdout.readline()):
            assert said, "it ended before it said what it plays"
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=240)
    finally:
        watchdog.cancel()
    assert demo.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_story_that_is_not_there_is_told_with_those_that_are(capsys):
    assert run_demo("night") == 2
    out = capsys.readouterr().out
    assert "iris" in out
    assert "cutover" in out


def test_a_cut_over_goes_as_fast_as_it_goes(capsys):
    assert run_demo("cutover", speed=2) == 2
    assert "no speed" in capsys.readouterr().out

"""What other programs took is what the machine did less what we did."""

import subprocess
import sys

from ascbridge.simulator.bench.foreign import STAT, Foreign, busy_seconds, our_seconds


def test_only_columns_that_are_work_count(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 200 300 9999 9999 10 20 70 9999 9999\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
    assert busy_seconds(stat) == 7.0


def test_the_machine_has_worked_longer_than_we_have():
    assert busy_seconds(STAT) > our_seconds() > 0


def test_a_process_of_ours_that_has_ended_is_ours():
    before = our_seconds()
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    assert our_seconds() > before


def test_what_others_did_is_told_in_cores(tmp_path):
    stat = tmp_path / "stat"
    stat.write_text("cpu  0 0 0 0 0 0 0 0 0 0\n")
    foreign = Foreign(stat)
    assert foreign.cores() == 0
    stat.write_text("cpu  100000000 0 0 0 0 0 0 0 0 0\n")
    assert foreign.cores() > 1

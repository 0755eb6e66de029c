"""Memory is read from what the kernel says of a process and its children."""

import os
import subprocess
import sys

from ascbridge.simulator.bench import memory


def test_a_tree_holds_the_process_and_what_it_started():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        found = memory.tree(os.getpid())
        assert found[0] == os.getpid()
        assert child.pid in found
    finally:
        child.communicate(b"\n")
    assert child.pid not in memory.tree(os.getpid())


def test_a_python_process_holds_some_megabytes():
    now, most = memory.megabytes([os.getpid()])
    assert 5 < now < 4000
    assert most > now / 2


def test_a_process_that_is_gone_holds_nothing(tmp_path):
    assert memory.megabytes([1], tmp_path) == (0, 0)


def test_the_numbers_are_those_of_the_files(tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "smaps_rollup").write_text("Rss:  9 kB\nPss:   2000 kB\nPss_Dirty: 5 kB\n")
    (tmp_path / "7" / "status").write_text("VmPeak: 9 kB\nVmHWM:   4000 kB\n")
    (tmp_path / "7" / "stat").write_text("7 (a (b) c) S 3 7 7 0\n")
    assert memory.megabytes([7], tmp_path) == (2.048, 4.096)
    assert memory.tree(3, tmp_path) == [3, 7]


def test_processor_time_and_open_files_are_those_of_the_processes(tmp_path):
    before = memory.processor_seconds([os.getpid()])
    while memory.processor_seconds([os.getpid()]) == before:
        sum(range(100_000))
    with (tmp_path / "one").open("w"):
        held = memory.open_files([os.getpid()])
    assert held > memory.open_files([os.getpid()])
    gone = [1 << 30]
    assert (memory.processor_seconds(gone), memory.open_files(gone), memory.written_kilobytes(gone)) == (
        0,
        0,
        0,
    )


def test_what_is_written_is_counted(tmp_path):
    before = memory.written_kilobytes([os.getpid()])
    (tmp_path / "one").write_bytes(b"x" * 100_000)
    assert memory.written_kilobytes([os.getpid()]) - before >= 100

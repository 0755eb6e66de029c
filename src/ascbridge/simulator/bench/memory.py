"""What a process and all that it started take of the machine, as Linux tells it: memory, processor time, open files."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def tree(pid: int, proc: Path = PROC) -> list[int]:
    """A process and everything below it."""
    parents: dict[int, list[int]] = {}
    for status in proc.glob("[0-9]*/stat"):
        try:
            fields = status.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        parents.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def megabytes(pids: list[int], proc: Path = PROC) -> tuple[float, float]:
    """Proportional set size now, and the sum of the largest resident sizes so far, in MB (10^6 bytes)."""
    now = sum(_kilobytes(proc / str(pid) / "smaps_rollup", "Pss:") for pid in pids)
    most = sum(_kilobytes(proc / str(pid) / "status", "VmHWM:") for pid in pids)
    return now * 1024 / 1e6, most * 1024 / 1e6


def processor_seconds(pids: list[int], proc: Path = PROC) -> float:
    """Processor time that these processes have taken so far, in their own code and in the kernel."""
    ticks = 0
    for pid in pids:
        try:
            fields = (proc / str(pid) / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def open_files(pids: list[int], proc: Path = PROC) -> int:
    """How many files, sockets and pipes these processes have open."""
    found = 0
    for pid in pids:
        try:
            found += len(list((proc / str(pid) / "fd").iterdir()))
        except OSError:  # it ended, or is not ours to see
            continue
    return found


def written_kilobytes(pids: list[int], proc: Path = PROC) -> float:
    """How much these processes have written so far, in kB (10^3 bytes), to files and sockets (proc(5), wchar)."""
    found = 0
    for pid in pids:
        try:
            lines = (proc / str(pid) / "io").read_text("ascii").splitlines()
        except OSError:  # it ended, or is not ours to see
            continue
        found += sum(int(line.split()[1]) for line in lines if line.startswith("wchar:"))
    return found / 1000


def _kilobytes(path: Path, name: str) -> int:
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except OSError:  # it ended, or is not ours to see
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(name))

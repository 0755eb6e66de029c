"""How much memory a process and all that it started hold, as Linux tells it."""

from __future__ import annotations

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


def _kilobytes(path: Path, name: str) -> int:
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except OSError:  # it ended, or is not ours to see
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(name))

"""A full disk: nothing more fits, for a while.

Where a small file system may be mounted the data directory is one, and a file of rubbish fills it (ENOSPC). Elsewhere a
process is told that its files may not grow any further (RLIMIT_FSIZE, EFBIG), which needs nobody's leave.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from tests.faults.scene import Scene
    from tests.servers.process import Process

SIZE = {"sqlite": "128m", "kafka": "384m"}
LONGEST_S = 3
MAKES_UP_ITS_MIND_S = 15


def mount(folder: Path, stack: str) -> bool:
    """Make a folder, with the files in it, a small disk of its own; return whether this machine lets us."""
    if os.geteuid() != 0:
        return False
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    there = {path: path.read_bytes() for path in folder.iterdir()}
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE[stack]},mode=0700", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
    for path, content in there.items():
        path.write_bytes(content)
    return mounted


def unmount(folder: Path) -> None:
    """Give the small disk back."""
    subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


async def full(scene: Scene, rng: random.Random) -> str:
    """Fill the disk, in the one way or the other."""
    if scene.small_disk and rng.random() < 0.6:
        return await _rubbish(scene, rng)
    return await _limit(scene, rng)


async def of_a_server(scene: Scene, rng: random.Random) -> str:
    """Fill the disk of Kafka or of PostgreSQL. Either ends by itself where it cannot write its log: whoever looks after
    it makes room and starts it again.
    """
    assert scene.broker is not None
    assert scene.postgres is not None
    name, server = rng.choice((("Kafka", scene.broker), ("PostgreSQL", scene.postgres)))
    told = await _filled(server.folder, rng)
    ended = not await scene.until(lambda: _is_well(server), MAKES_UP_ITS_MIND_S)
    if ended:
        await asyncio.to_thread(server.restart)
    return f"{name}: {told}, and it {'ended' if ended else 'went on'}"


async def _is_well(server: Process) -> bool:
    """Whether a server answers, a while after its disk was full: one that gives up does not do so at once."""
    await asyncio.sleep(2)
    return server.runs() and await asyncio.to_thread(server.answers)


async def _rubbish(scene: Scene, rng: random.Random) -> str:
    return await _filled(scene.data, rng)


async def _filled(folder: Path, rng: random.Random) -> str:
    seconds = rng.uniform(0.5, LONGEST_S)
    rubbish = folder / "rubbish"
    try:
        with rubbish.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * size):
                        continue
        await asyncio.sleep(seconds)
    finally:
        rubbish.unlink()
    return f"no space left for {seconds:.1f} s"


async def _limit(scene: Scene, rng: random.Random) -> str:
    """Let no file of one process grow beyond a part of what its write-ahead logs have: its log may not grow either."""
    pids = await scene.alive()
    chosen, seconds = rng.choice(pids), rng.uniform(0.5, LONGEST_S)
    logs = [path.stat().st_size for path in scene.data.glob("*.db-wal")]
    most = rng.randrange(min(logs, default=0) + 4_096)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        before = resource.prlimit(chosen, resource.RLIMIT_FSIZE)
        resource.prlimit(chosen, resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            await asyncio.sleep(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(chosen, resource.RLIMIT_FSIZE, before)
    return f"process {pids.index(chosen) + 1} of {len(pids)} may write {most} bytes into a file, for {seconds:.1f} s"

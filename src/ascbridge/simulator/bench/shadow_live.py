"""A shadow built beside live messages: how fast, and how long a ready signal takes to be seen meanwhile.

The shadow is the bridge as it is, built from all its kept messages by the command that operators use, at the lowest
priority, while 50 messages come a second.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.operations.shadow import shadows
from ascbridge.simulator.bench import ceilings
from ascbridge.simulator.bench.figures import Figure, latencies
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop
from ascbridge.simulator.bench.scenarios import MOST_MESSAGES, beside, seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run

NAME = "shadow-live"
RATE = 50.0


@dataclass(frozen=True, slots=True)
class _Built:
    """A shadow, and how many seconds, and seconds of a core, its command took, start and all."""

    progress: shadows.Progress
    seconds: float
    core_s: float


async def shadow_live(run: Run) -> list[Figure]:
    """Messages and events a second of a shadow, alone and beside live work, and visibility of that work."""
    folder = run.folder / NAME
    async with run.bridge(NAME) as bench:
        load = iter(Messages("Sx", _now_ms()))
        most = run.events or MOST_MESSAGES
        await closed_loop(bench.bridge.mllp_port, load, connections=32, seconds=run.seconds * 10, most=most)
        await bench.drain()
        alone = await _built(folder, "alone")
        quiet = await seen(bench, run.seconds, RATE, Messages("Qx", _now_ms(), ("A01",)))
        await bench.drain()
        waits, busy = await _built_beside(bench, folder)
    rows = await asyncio.to_thread(ceilings.sqlite_rows_a_second, run.folder, min(1.0, run.seconds))
    return [
        *_speed(alone, "nothing else", rows),
        *latencies(NAME, f"task on the list, {RATE:.0f} messages/s, nothing else", quiet),
        *latencies(NAME, f"the same while a shadow is built, {len(waits)} times", waits),
        Figure(NAME, "the same, longest", max(waits) * 1000, "ms"),
        *_speed(busy, f"beside {RATE:.0f} messages/s", rows),
    ]


def _speed(built: _Built, beside_what: str, rows: float) -> Sequence[Figure]:
    progress = built.progress
    whole = progress.state == "built" and progress.done == progress.messages and not progress.held
    what = "shadow" if whole else f"INCOMPLETE ({progress.state}, {progress.held} held): shadow"
    events = f"{what}, events, {beside_what}"
    return (
        Figure(NAME, f"{what}, messages, {beside_what}", progress.done / built.seconds, "/s"),
        Figure(NAME, events, progress.events / built.seconds, "/s", rows, "sqlite insert"),
        Figure(NAME, f"{events}, a second of its core", progress.events / built.core_s, "/s"),
    )


async def _built_beside(bench: BenchBridge, folder: Path) -> tuple[list[float], _Built]:
    building = asyncio.create_task(_built(folder, "beside"))

    async def over() -> bool:
        return building.done()

    waits = await beside(bench, over, RATE)
    return waits, await building


async def _built(folder: Path, name: str) -> _Built:
    began, spent = time.perf_counter(), _spent()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ascbridge", "shadow", "build", name, "--data-dir", str(folder),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await process.wait()
    progress = await asyncio.to_thread(shadows.progress_of, folder / shadows.FOLDER / name)
    assert progress is not None, "the command says on the standard error why it built nothing"
    return _Built(progress, time.perf_counter() - began, _spent() - spent)


def _spent() -> float:
    """Seconds of a core that children took that have ended: the bridge goes on, so only the shadow is added."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

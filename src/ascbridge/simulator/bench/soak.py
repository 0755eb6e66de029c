"""A steady load for long: whether memory, waiting times, files or open descriptors grow while nothing else changes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from ascbridge.simulator.bench import memory
from ascbridge.simulator.bench.figures import Figure, percentile
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop, steady
from ascbridge.simulator.bench.scenarios import until_more

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run

RATE = 50.0
EVERY_S = 10.0
SHARE = 0.2
"""How much of the time the first and the last part are."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found at one moment. Times in seconds, sizes in MB (10^6 bytes)."""

    memory_mb: float
    visible_s: float
    page_s: float
    log_mb: float
    open_files: int
    processor_s: float


async def soak(run: Run) -> list[Figure]:
    """Fifty messages a second; what is sampled meanwhile, in the first fifth of the time and in the last."""
    store = run.seeded[0] if run.seeded else run.folder / "soak"
    samples: list[Sample] = []
    async with run.bridge("soak", store) as bench:
        stop = asyncio.Event()
        others = iter(Messages(f"S{_now_ms() % 10_000_000}x", _now_ms(), ("A01", "A03")))
        load = asyncio.create_task(steady(bench.bridge.mllp_port, others, rate=RATE, stop=stop))
        probes = iter(Messages(f"T{_now_ms() % 10_000_000}x", _now_ms(), ("A16",)))
        began = time.perf_counter()
        while time.perf_counter() - began < run.seconds or len(samples) < 2:
            samples.append(await _sample(bench, store, probes))
            await asyncio.sleep(min(EVERY_S, run.seconds / 10))
        stop.set()
        sent = await load
        seconds = time.perf_counter() - began
        await bench.drain()
    return [
        Figure("soak", f"messages a second over {seconds:.0f} s", sent / seconds, "/s"),
        *_figures(samples),
    ]


async def _sample(bench: BenchBridge, store: Path, probes: Iterator[bytes]) -> Sample:
    pids = bench.pids()
    before = time.perf_counter()
    await bench.desk.get("/api/tasks")
    page_s = time.perf_counter() - before
    shown = await bench.open_tasks()
    await closed_loop(bench.bridge.mllp_port, probes, connections=1, seconds=30, most=1)
    visible_s = await until_more(bench, shown)
    now_mb, _ = memory.megabytes(pids)
    log_mb = sum(path.stat().st_size for path in store.glob("*.db-wal")) / 1e6  # noqa: ASYNC240  # three files
    return Sample(now_mb, visible_s, page_s, log_mb, memory.open_files(pids), memory.processor_seconds(pids))


def _figures(samples: Sequence[Sample]) -> list[Figure]:
    part = max(1, round(len(samples) * SHARE))
    first, last = samples[:part], samples[-part:]
    rows: dict[str, tuple[str, Callable[[Sequence[Sample]], float]]] = {
        "memory": ("MB", lambda some: median(one.memory_mb for one in some)),
        "task on the list, p50": ("ms", lambda some: percentile([one.visible_s for one in some], 0.5) * 1000),
        "task on the list, p99": (
            "ms",
            lambda some: percentile([one.visible_s for one in some], 0.99) * 1000,
        ),
        "the list read, p50": ("ms", lambda some: percentile([one.page_s for one in some], 0.5) * 1000),
        "write-ahead logs": ("MB", lambda some: max(one.log_mb for one in some)),
        "open files": ("", lambda some: max(one.open_files for one in some)),
        "processor seconds a sample": ("s", _processor),
    }
    figures = []
    for what, (unit, of) in rows.items():
        before, after = of(first), of(last)
        figures += [
            Figure("soak", f"{what}, first fifth", before, unit),
            Figure("soak", f"{what}, last fifth", after, unit),
            Figure("soak", f"{what}, last against first", after / before if before else 1.0, "times"),
        ]
    return figures


def _processor(some: Sequence[Sample]) -> float:
    return (some[-1].processor_s - some[0].processor_s) / max(1, len(some) - 1)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""Two of each service against one: whether the work is shared out, or done twice over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ascbridge.simulator.bench import memory
from ascbridge.simulator.bench.figures import Figure
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run

MESSAGES, WARM = 2_000, 200


async def workers(run: Run) -> list[Figure]:
    """Processor time a message, all processes added, with one and with two of intake, discharge and record."""
    figures, taken = [], []
    for count in (1, 2):
        async with run.bridge("workers", workers=count) as bench:
            now_ms = time.time_ns() // 1_000_000
            load = iter(Messages(f"W{count}x{now_ms % 10_000_000}", now_ms))
            await closed_loop(bench.bridge.mllp_port, load, connections=8, seconds=60, most=WARM)
            await bench.drain()
            each_ms, rate = await _measure(run, bench, load)
        taken.append(each_ms)
        what = f"{count} of each service" if count > 1 else "1 of each service"
        figures += [
            Figure("workers", f"{what}, processor time a message", each_ms, "ms"),
            Figure("workers", f"{what}, end to end", rate, "/s"),
        ]
    return [*figures, Figure("workers", "processor time, two against one", taken[1] / taken[0], "times")]


async def _measure(run: Run, bench: BenchBridge, load: Iterator[bytes]) -> tuple[float, float]:
    pids = bench.pids()
    before, began = memory.processor_seconds(pids), time.perf_counter()
    measured = await closed_loop(
        bench.bridge.mllp_port, load, connections=8, seconds=run.seconds * 10, most=MESSAGES
    )
    await bench.drain()
    seconds, sent = time.perf_counter() - began, len(measured.waits)
    return (memory.processor_seconds(pids) - before) / sent * 1000, sent / seconds

"""What is measured: each scenario runs against a bridge of its own and beside a ceiling of the same run."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.simulator.bench import ceilings, memory
from ascbridge.simulator.bench.bench_bridge import (
    LONGEST_S,
    BenchBridge,
    Servers,
    TooSlow,
    on_servers,
    running,
)
from ascbridge.simulator.bench.figures import Figure, latencies
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop, steady
from ascbridge.simulator.discharge_team import wait_until
from ascbridge.storage import migration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

CONNECTIONS = (1, 8, 32)
MOST_MESSAGES = 6_000
END_TO_END = 2_000
FEWEST_PROBES, PROBES_A_SECOND = 5, 5
BACKGROUND_RATES = (50.0, 200.0)
BETWEEN_PROBES_S = 0.1
LONGEST_BESIDE_S = 4 * 3_600.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the bench: where its files go, and how long each measurement may last.

    `seeded` are data directories that hold events already, the smallest first. `servers` are PostgreSQL and Kafka,
    where the services for many machines are measured. `events` is how many of history come in; 0: the scenario's own.
    """

    folder: Path
    seconds: float
    seeded: tuple[Path, ...] = ()
    servers: Servers | None = None
    events: int = 0

    def bridge(
        self, name: str, store: Path | None = None, *, workers: int = 1
    ) -> AbstractAsyncContextManager[BenchBridge]:
        """A bridge, running: new, or on what it left the last time, or on a given store.

        On one machine each scenario has its own; `servers` have one database, and so all scenarios share it. There are
        `workers` of each service then.
        """
        if self.servers is not None:
            return on_servers(self.folder / "services", self.servers, workers)
        return running(store or self.folder / name)

    def forget_what_is_derived(self, name: str) -> None:
        """Throw a stopped bridge's own database away: it is derived again from what was kept."""
        for path in (self.folder / name).glob("bridge.db*"):
            path.unlink()
        migration.upgrade_sqlite(self.folder / name)  # a bridge starts on no folder that lacks a file


async def intake(run: Run) -> list[Figure]:
    """Messages kept and acknowledged a second, on 1, 8 and 32 connections that each wait for their answers."""
    fsyncs = await asyncio.to_thread(ceilings.fsyncs_a_second, run.folder, min(1.0, run.seconds))
    figures = [Figure("intake", "(ceiling) writes made to last, one by one", fsyncs, "/s")]
    async with run.bridge("intake") as bench:
        for connections in CONNECTIONS:
            echo = await ceilings.echoes_a_second(connections, min(1.0, run.seconds))
            load = Messages(f"I{connections}x", _now_ms())
            measured = await closed_loop(
                bench.bridge.mllp_port,
                iter(load),
                connections=connections,
                seconds=run.seconds,
                most=MOST_MESSAGES,
            )
            what = f"{connections} connection{'s' if connections > 1 else ''}"
            figures.append(Figure("intake", what, measured.rate, "/s", echo, "socket echo"))
            figures += latencies("intake", f"{what}, answer", measured.waits)
            await bench.drain()
    return figures


async def end_to_end(run: Run) -> list[Figure]:
    """Messages a second from the first byte to the shared record, acknowledged as they come, on 8
    connections.
    """
    async with run.bridge("end-to-end") as bench:
        load = Messages("E2E", _now_ms())
        began = time.perf_counter()
        measured = await closed_loop(
            bench.bridge.mllp_port, iter(load), connections=8, seconds=run.seconds, most=END_TO_END
        )
        await bench.drain()
        rate = len(measured.waits) / (time.perf_counter() - began)
    rows = await asyncio.to_thread(ceilings.sqlite_rows_a_second, run.folder, min(1.0, run.seconds))
    return [Figure("end to end", "kept, understood, decided, published", rate, "/s", rows, "sqlite insert")]


async def visible(run: Run) -> list[Figure]:
    """From the acknowledgment of a ready signal to its task on the list, while 50, then 200 other messages a
    second come.

    The list is asked every 5 ms, over the interface, as a program would.
    """
    figures = []
    async with run.bridge("visible") as bench:
        for rate in BACKGROUND_RATES:
            waits = await seen(bench, run.seconds, rate, Messages(f"V{rate:.0f}x", _now_ms(), ("A01",)))
            await bench.drain()
            figures += latencies("visible", f"task on the list, {rate:.0f} messages/s", waits)
    return figures


async def seen(bench: BenchBridge, seconds: float, rate: float, others: Messages) -> list[float]:
    """How long, in seconds, each of some ready signals took to be seen while others' messages come at a rate."""
    stop = asyncio.Event()
    background = asyncio.create_task(steady(bench.bridge.mllp_port, iter(others), rate=rate, stop=stop))
    probes = iter(Messages(f"P{rate:.0f}x{_now_ms() % 10_000_000}", _now_ms(), ("A16",)))
    waits: list[float] = []
    shown, began = await bench.open_tasks(), time.perf_counter()
    most = max(FEWEST_PROBES, round(seconds * PROBES_A_SECOND))
    while len(waits) < most and (len(waits) < FEWEST_PROBES or time.perf_counter() - began < seconds * 10):
        await closed_loop(bench.bridge.mllp_port, probes, connections=1, seconds=30, most=1)
        waits.append(await until_more(bench, shown))
        shown += 1
    stop.set()
    await background
    return waits


async def beside(bench: BenchBridge, over: Callable[[], Awaitable[bool]], rate: float) -> list[float]:
    """How long, in seconds, each ready signal took to be seen, at so many others' messages a second, until it is over.

    Raises `TooSlow`.
    """
    stop, waits, until = asyncio.Event(), list[float](), time.perf_counter() + LONGEST_BESIDE_S
    others = asyncio.create_task(
        steady(bench.bridge.mllp_port, iter(Messages("Bx", _now_ms(), ("A01",))), rate=rate, stop=stop)
    )
    probes = iter(Messages(f"PB{_now_ms() % 10_000_000}", _now_ms(), ("A16",)))
    try:
        while not waits or not await over():
            shown = await bench.open_tasks()
            await closed_loop(bench.bridge.mllp_port, probes, connections=1, seconds=30, most=1)
            waits.append(await until_more(bench, shown))
            await asyncio.sleep(BETWEEN_PROBES_S)
            if time.perf_counter() > until:
                raise TooSlow("what goes on beside live messages did not end")
    finally:
        stop.set()
        await others
    return waits


async def until_more(bench: BenchBridge, shown: int) -> float:
    """How long, in seconds, until the list shows more open tasks than that. Raises `TooSlow`."""
    acknowledged = time.perf_counter()

    async def more() -> bool:
        return await bench.open_tasks() > shown

    if not await wait_until(more, most_s=LONGEST_S, longest_pause_s=0.005):
        raise TooSlow("a ready signal's task did not come onto the list")
    return time.perf_counter() - acknowledged


async def replay(run: Run) -> list[Figure]:
    """Kept messages a second that a new bridge database is built from, the desk and the record included.

    All that is derived is thrown away and derived again from the kept messages, as after a change of the
    rules.
    """
    async with run.bridge("replay") as bench:
        load = Messages("R1x", _now_ms())
        await closed_loop(
            bench.bridge.mllp_port, iter(load), connections=32, seconds=run.seconds * 2, most=MOST_MESSAGES
        )
        await bench.drain()
        kept = await bench.delivered()
    await asyncio.to_thread(run.forget_what_is_derived, "replay")
    began = time.perf_counter()
    async with run.bridge("replay") as bench:
        await bench.drain()
        seconds = time.perf_counter() - began - bench.start_s
        again = await bench.delivered()
    what = "kept messages derived anew" if again == kept else f"INCOMPLETE: {again} of {kept} messages"
    return [Figure("replay", what, kept / seconds, "/s")]


async def start_up(run: Run) -> list[Figure]:
    """Seconds from the command to being ready: the first time, and with files that are there already."""
    found = []
    for what in ("first start, new files", "start again"):
        async with run.bridge("start-up") as bench:
            found.append(Figure("start-up", what, bench.start_s, "s"))
    return found


async def resident(run: Run) -> list[Figure]:
    """Memory of all processes together, when idle and at its highest under load."""
    async with run.bridge("memory") as bench:
        pids = bench.pids()
        idle, _ = memory.megabytes(pids)
        load = Messages("M1x", _now_ms())
        await closed_loop(
            bench.bridge.mllp_port, iter(load), connections=8, seconds=run.seconds, most=MOST_MESSAGES
        )
        await bench.drain()
        _, most = memory.megabytes(bench.pids())
    return [
        Figure("memory", f"{len(pids)} processes, idle, shared pages counted once", idle, "MB"),
        Figure("memory", "sum of each one's highest", most, "MB"),
    ]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

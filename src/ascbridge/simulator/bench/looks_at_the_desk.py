"""Every view of the desk beside little and beside much: first byte, processor time, and changes that reach all."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import text

from ascbridge.simulator.bench import fan_out, memory, pattern
from ascbridge.simulator.bench.bench_bridge import TooSlow
from ascbridge.simulator.bench.figures import Figure, latencies, percentile
from ascbridge.simulator.bench.laid_tasks import lay
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from ascbridge.storage.files import sqlite_file

if TYPE_CHECKING:
    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run

SIZES = ((500, 500), (5_000, 100_000))
"""How many open and closed tasks are laid down: a thousand, then many, so that a page of each list is full at both. In
a database of servers these are added."""
LOOKS = 30
VIEWS = {
    "team queue": "/worklist",
    "team queue, last page": "/worklist?after={last}",
    "my work": "/worklist?view=mine",
    "breaches": "/worklist?view=breaching",
    "needs a look": "/worklist?view=needs-a-look",
    "escalated": "/worklist?view=escalated",
    "closed today": "/worklist?view=closed-today",
    "narrowed by six": "/worklist?ward=W7%2C+RKB01&locality=South+base&pathway=2&stage=sourcing&who=-&leaves=-",
    "ward board": "/worklist/wards",
    "pathway board": "/worklist/pathways",
    "changed today": "/worklist/changes",
    "capacity": "/worklist/capacity",
    "huddle sheet": "/worklist/huddle",
    "handover sheet": "/worklist/handover",
}


async def desk(run: Run) -> list[Figure]:
    """Measure each view, then changes, at both sizes."""
    figures = []
    for opened, closed in SIZES:
        name = f"{opened + closed:,} tasks"
        folder = f"desk-{opened}"
        async with run.bridge(folder) as bench:
            await pattern.play_today(bench, time.time_ns() // 1_000_000)
        await _lay(run, folder, opened, closed)
        async with run.bridge(folder) as bench:
            figures += await _views(bench, name, last=max(0, opened - 100))
            figures += await _changes(run, bench, name, f"F{len(figures)}x")
    return figures


async def _lay(run: Run, folder: str, opened: int, closed: int) -> None:
    database: PostgresDatabase | SqliteDatabase
    if run.servers is not None:
        database = PostgresDatabase(run.servers.database_url)
    else:
        database = SqliteDatabase(sqlite_file(run.folder / folder, "bridge"))
    try:
        await lay(database, opened, closed, time.time_ns() // 1_000_000)
        if isinstance(database, PostgresDatabase):
            await _as_after_a_minute(database)
    finally:
        await database.close()


async def _as_after_a_minute(database: PostgresDatabase) -> None:
    """Do what autovacuum does within a minute of so many new rows: without it no index is read alone."""
    async with database.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM (ANALYZE)"))


async def _views(bench: BenchBridge, name: str, last: int) -> list[Figure]:
    token = await bench.bridge.token("discharge-team")
    pids, figures, every = bench.pids(), [], []
    views = {what: path.format(last=last) for what, path in VIEWS.items()}
    for path in views.values():
        await first_byte(bench.bridge.url, path, token)  # so that templates and statements are compiled
    for what, path in views.items():
        taken = memory.processor_seconds(pids)
        waits = [await first_byte(bench.bridge.url, path, token) for _ in range(LOOKS)]
        each_ms = (memory.processor_seconds(pids) - taken) / LOOKS * 1000
        every += waits
        figures += [
            Figure(name, f"{what}, first byte, p50", percentile(waits, 0.5) * 1000, "ms"),
            Figure(name, f"{what}, first byte, p95", percentile(waits, 0.95) * 1000, "ms"),
            Figure(name, f"{what}, processor time", each_ms, "ms"),
        ]
    return [*figures, Figure(name, "any view, first byte, p95", percentile(every, 0.95) * 1000, "ms")]


async def first_byte(url: str, path: str, token: str) -> float:
    """Return the seconds from the question to the first byte of a page. Raises `TooSlow` where none is given."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        head = (
            f"GET {path} HTTP/1.1",
            f"Host: {where.netloc}",
            f"Authorization: Bearer {token}",
            "Connection: close",
        )
        question = "\r\n".join((*head, "", "")).encode()
        began = time.perf_counter()
        writer.write(question)
        start = await reader.readexactly(1)
        took = time.perf_counter() - began
        start += await reader.read()
        if b" 200 " not in start.partition(b"\r\n")[0]:
            raise TooSlow(f"{path} was answered {start[:40]!r}")
        return took
    finally:
        writer.close()
        await writer.wait_closed()


async def _changes(run: Run, bench: BenchBridge, name: str, letter: str) -> list[Figure]:
    """From the acknowledgment of a ready signal to each of many open pages hearing of it."""
    pages = [fan_out.OpenPage() for _ in range(fan_out.PAGES)]
    token = await bench.bridge.token("discharge-team")
    try:
        for page in pages:
            await page.open(bench.bridge.url, token)
        last, _ = await fan_out.changes(run, bench, pages, letter)
    finally:
        await asyncio.gather(*(page.close() for page in pages))
    return latencies(name, f"a change heard by the last of {fan_out.PAGES} open pages", last)

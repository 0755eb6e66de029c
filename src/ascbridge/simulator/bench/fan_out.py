"""Many open pages at once: how long until the last of them has heard of a change that a message made."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ascbridge.simulator.bench.bench_bridge import LONGEST_S, TooSlow
from ascbridge.simulator.bench.figures import latencies
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop

if TYPE_CHECKING:
    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.figures import Figure
    from ascbridge.simulator.bench.scenarios import Run

PAGES = 200
FEWEST_CHANGES, CHANGES_A_SECOND = 5, 4
VIEW = b"worklist"


class OpenPage:
    """A page that stays open: it hears server-sent events of a link and remembers when its view last changed."""

    def __init__(self, link: str = "/live", view: bytes = VIEW) -> None:
        self._link, self._view = link, view
        self.heard = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self, url: str, token: str) -> None:
        """Open it. Raises `TooSlow` where the bridge does not let it."""
        where = urlsplit(url)
        reader, self._writer = await asyncio.open_connection(where.hostname, where.port)
        lines = (
            f"GET {self._link} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n",
        )
        self._writer.writelines(line.encode() for line in lines)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            await self.close()
            raise TooSlow("the bridge opened no live link")
        await reader.readuntil(b"hello")
        self._reading = asyncio.create_task(self._read(reader))

    async def close(self) -> None:
        """Close it, as somebody does who goes home."""
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            line = await reader.readline()
            if not line:
                return
            if line.startswith(b"data:") and self._view in line:
                self.heard.set()


async def fan_out(run: Run) -> list[Figure]:
    """From the acknowledgment of a ready signal to each of 200 open pages hearing that its list changed."""
    async with run.bridge("fan-out") as bench:
        pages = [OpenPage() for _ in range(PAGES)]
        token = await bench.bridge.token("discharge-team")
        try:
            for page in pages:
                await page.open(bench.bridge.url, token)
            last, each = await changes(run, bench, pages)
        finally:
            await asyncio.gather(*(page.close() for page in pages))
    return [
        *latencies("fan-out", f"a change heard by one of {PAGES} open pages", each),
        *latencies("fan-out", f"a change heard by the last of {PAGES} open pages", last),
    ]


async def changes(
    run: Run, bench: BenchBridge, pages: list[OpenPage], letter: str = "F1x"
) -> tuple[list[float], list[float]]:
    """Make changes one after another; return how long the last page took with each, and every page.

    Twice in one database each time has a `letter` of its own: the same stay ready again is no change.
    """
    probes = iter(Messages(letter, time.time_ns() // 1_000_000, ("A16",)))
    last: list[float] = []
    each: list[float] = []
    for _ in range(max(FEWEST_CHANGES, round(run.seconds * CHANGES_A_SECOND))):
        await bench.drain()
        await asyncio.sleep(0.5)  # pages are told of what comes close together at once: let that be over
        for page in pages:
            page.heard.clear()
        await closed_loop(
            bench.bridge.mllp_port, itertools.islice(probes, 1), connections=1, seconds=30, most=1
        )
        began = time.perf_counter()
        took = await asyncio.gather(*(_until_heard(page, began) for page in pages))
        each += took
        last.append(max(took))
    return last, each


async def _until_heard(page: OpenPage, began: float) -> float:
    try:
        await asyncio.wait_for(page.heard.wait(), LONGEST_S)
    except TimeoutError:
        raise TooSlow("an open page was not told of a change") from None
    return time.perf_counter() - began

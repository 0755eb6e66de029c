"""Measures how soon a change stands on one real browser's screen while 200 other pages are open: `make bench-browser`.

From the acknowledgment of a ready signal to its row in the document of the open worklist.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page, async_playwright

from ascbridge.simulator.bench.bench_bridge import BenchBridge, running
from ascbridge.simulator.bench.fan_out import PAGES, OpenPage
from ascbridge.simulator.bench.figures import percentile
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop
from tests.servers import browser

CHANGES = 40
ROWS = "document.querySelectorAll('#worklist [data-row]').length"


async def measure(bench: BenchBridge, page: Page) -> list[float]:
    """Make changes one after another; return the seconds that each took to stand on the screen."""
    probes, waits = iter(Messages("B1x", time.time_ns() // 1_000_000, ("A16",))), []
    for number in range(CHANGES):
        await bench.drain()
        await asyncio.sleep(0.5)  # pages are told of what comes close together at once: let that be over
        await closed_loop(
            bench.bridge.mllp_port, itertools.islice(probes, 1), connections=1, seconds=30, most=1
        )
        began = time.perf_counter()
        await page.wait_for_function(f"{ROWS} >= {number + 1}", polling=10, timeout=60_000)
        waits.append(time.perf_counter() - began)
    return waits


async def main() -> int:
    """Start a bridge, 200 links and a browser, and print what was measured; returns the exit code."""
    if said := browser.missing():
        sys.stderr.write(f"{said}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="live-browser-") as folder:
        async with running(Path(folder) / "data") as bench, async_playwright() as player:
            token = await bench.bridge.token("discharge-team")
            pages = [OpenPage() for _ in range(PAGES)]
            chromium = await browser.launch(player)
            try:
                for one in pages:
                    await one.open(bench.bridge.url, token)
                headers = {"Authorization": f"Bearer {token}"}
                page = await chromium.new_page(
                    extra_http_headers=headers, bypass_csp=True
                )  # asked from outside
                await page.goto(f"{bench.bridge.url}/worklist")
                waits = await measure(bench, page)
            finally:
                await asyncio.gather(*(one.close() for one in pages))
                await chromium.close()
    half, most = percentile(waits, 0.5) * 1000, max(waits) * 1000
    sys.stdout.write(
        f"{CHANGES} changes on the screen, {PAGES} other pages open: p50 {half:.0f} ms, longest {most:.0f} ms\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

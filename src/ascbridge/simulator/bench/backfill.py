"""History beside live messages: how long a ready signal takes to be seen, alone and while years of lines come in.

50 messages a second arrive all the while. The lines are invented cities' years, one after another, laid down as
files in a folder of history until there are as many events as wished for.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

import orjson

from ascbridge.intake.doors.history_drop import files_in
from ascbridge.simulator import verdict
from ascbridge.simulator.bench.bench_bridge import running
from ascbridge.simulator.bench.figures import Figure, latencies
from ascbridge.simulator.bench.mllp_load import Messages
from ascbridge.simulator.bench.scenarios import beside, seen
from ascbridge.simulator.bench.year import DAYS, EVENTS_A_LINE, FIRST, LINES_A_FILE
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.council import FactsFile, contract_line
from ascbridge.simulator.player import drop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run

FEED = "council-history"
RATE = 50.0
EVENTS = 50_000
"""How many events of history come in where nobody says otherwise."""


async def backfill(run: Run) -> list[Figure]:
    """Visibility of live work at 50 messages a second, quiet and beside history, and how fast history comes in."""
    folder = run.folder / "history"
    folders = {
        "council-facts": {"folder": str(run.folder / "facts")},
        FEED: {"folder": str(folder), "profile": FEED},
    }
    settings = {"ASCBRIDGE_COUNCIL__FOLDERS": orjson.dumps(folders).decode()}
    async with running(run.folder / "backfill", settings) as bench:
        quiet = await seen(bench, run.seconds, RATE, Messages("Qx", _now_ms(), ("A01",)))
        await bench.drain()
        lines = await asyncio.to_thread(_lay, folder, (run.events or EVENTS) // EVENTS_A_LINE)
        began = time.perf_counter()
        waits = await beside(bench, partial(_through, bench, folder), RATE)
        seconds = time.perf_counter() - began
    return [
        *latencies("backfill", f"task on the list, {RATE:.0f} messages/s, nothing else", quiet),
        *latencies("backfill", f"the same while history comes in, {len(waits)} times", waits),
        Figure("backfill", "the same, longest", max(waits) * 1000, "ms"),
        Figure("backfill", "events of history", lines * EVENTS_A_LINE, "events"),
        Figure("backfill", "events of history, beside them", lines * EVENTS_A_LINE / seconds, "/s"),
    ]


async def _through(bench: BenchBridge, folder: Path) -> bool:
    if await asyncio.to_thread(files_in, folder):
        return False
    return not (await verdict.ledgers(bench.operations)).get(FEED, {"waiting": 1})["waiting"]


def _lay(folder: Path, wanted: int) -> int:
    """Lay down files with so many lines, of as many cities as it takes; return how many there are."""
    laid, number = 0, 0
    part: list[bytes] = []
    for line in _lines():
        part.append(line)
        laid += 1
        if len(part) == LINES_A_FILE or laid == wanted:
            drop(folder, FactsFile(0, f"history-{number:04d}", tuple(part)))
            number, part = number + 1, []
        if laid == wanted:
            break
    return laid


def _lines() -> Iterator[bytes]:
    """Give the lines of a year of one invented city after another, without end."""
    city = 0
    while True:
        city += 1
        for number, said in enumerate(
            Caseload(city, City(city, FIRST, number=city)).through(FIRST, DAYS, 1.0)
        ):
            line = contract_line(said, f"H{city}-{number}")
            line["person"]["council_id"] = f"H{city}-{line['person']['council_id']}"
            yield orjson.dumps(line)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""A year of the council: all that is said of every open case, laid down as files, taken in and derived anew.

With `--seconds 60` or more it is the whole city; with less, that share of its people.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import orjson

from ascbridge.simulator import verdict
from ascbridge.simulator.bench import ceilings, memory
from ascbridge.simulator.bench.bench_bridge import TooSlow
from ascbridge.simulator.bench.figures import Figure
from ascbridge.simulator.caseload import Caseload
from ascbridge.simulator.city import City
from ascbridge.simulator.council import FactsFile, contract_line
from ascbridge.simulator.discharge_team import wait_until
from ascbridge.simulator.player import drop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run

FIRST, DAYS = date(2025, 4, 1), 365
WHOLE_CITY_S = 60.0
EVENTS_A_LINE = 2
"""Each line says who the person is, and one fact."""
LINES_A_FILE = 10_000
LONGEST_S = 3_600.0


async def year(run: Run) -> list[Figure]:
    """Events a second from the folder to the record, and from the kept lines alone; processor time an event."""
    lines = await asyncio.to_thread(_lines, min(1.0, run.seconds / WHOLE_CITY_S))
    rows = await asyncio.to_thread(ceilings.sqlite_rows_a_second, run.folder, min(1.0, run.seconds))
    figures = [Figure("year", "lines laid down", len(lines), "lines")]
    async with run.bridge("year") as bench:
        since = _Since(taken=memory.processor_seconds(bench.pids()), kept=await _kept(bench))
        _lay(bench.bridge.data_dir / "council-facts", lines)
        figures += await _worked_off(bench, since.kept + len(lines), since, "from the folder to the record")
    if run.servers is None:
        await asyncio.to_thread(run.forget_what_is_derived, "year")
        since = _Since()
        async with run.bridge("year") as bench:
            figures += await _worked_off(bench, len(lines), since, "derived anew, the start included")
    return [_with_ceiling(one, rows) for one in figures]


@dataclass(frozen=True, slots=True)
class _Since:
    """Where a measurement begins: the time, the processor time taken by then, and how many lines were kept."""

    began: float = field(default_factory=time.perf_counter)
    taken: float = 0.0
    kept: int = 0


def _lines(scale: float) -> list[bytes]:
    said = Caseload(1, City(1, FIRST, number=1)).through(FIRST, DAYS, scale)
    return [orjson.dumps(contract_line(one, f"Y-{number}")) for number, one in enumerate(said)]


def _lay(folder: Path, lines: list[bytes]) -> None:
    for file in _files(lines):
        drop(folder, file)


def _files(lines: list[bytes]) -> Iterator[FactsFile]:
    for number, first in enumerate(range(0, len(lines), LINES_A_FILE)):
        yield FactsFile(0, f"year-{number:03d}", tuple(lines[first : first + LINES_A_FILE]))


async def _worked_off(bench: BenchBridge, kept: int, since: _Since, what: str) -> list[Figure]:
    """Wait until so many lines in all are kept and delivered. Raises `TooSlow`."""

    async def done() -> bool:
        ledger = (await verdict.ledgers(bench.operations)).get(verdict.COUNCIL_FEED, {})
        return ledger.get("kept", 0) >= kept and not ledger["waiting"]

    if not await wait_until(done, most_s=LONGEST_S):
        raise TooSlow("the council's year was not worked off")
    events, seconds = (kept - since.kept) * EVENTS_A_LINE, time.perf_counter() - since.began
    each_ms = (memory.processor_seconds(bench.pids()) - since.taken) / events * 1000
    return [
        Figure("year", f"events, {what}", events / seconds, "/s"),
        Figure("year", f"processor time an event, {what}", each_ms, "ms"),
    ]


def _with_ceiling(one: Figure, rows: float) -> Figure:
    return replace(one, ceiling=rows, ceiling_of="sqlite insert") if one.unit == "/s" else one


async def _kept(bench: BenchBridge) -> int:
    ledger = (await verdict.ledgers(bench.operations)).get(verdict.COUNCIL_FEED, {})
    return int(ledger.get("kept", 0))

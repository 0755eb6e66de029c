"""The `bench` command: measures a real bridge on this machine and prints each figure beside its ceiling."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ascbridge import __version__
from ascbridge.simulator.bench.bench_bridge import TooSlow
from ascbridge.simulator.bench.figures import Figure, as_json, table
from ascbridge.simulator.bench.foreign import Foreign
from ascbridge.simulator.bench.scenarios import SCENARIOS, Run
from ascbridge.simulator.running_bridge import NotStarted

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_bench(
    scenarios: Sequence[str] = (),
    *,
    seconds: float = 3.0,
    json_file: Path | None = None,
    folder: Path | None = None,
) -> int:
    """Measure the named scenarios, or all; returns the exit code. Files are written under `folder`, or a
    new one.

    Loopback only; each measurement is bounded by `seconds` and by six thousand messages.
    """
    unknown = [name for name in scenarios if name not in SCENARIOS]
    if unknown:
        print(f"There is no scenario {unknown[0]!r}; there are {', '.join(SCENARIOS)}.")
        return 2
    figures: list[Figure] = []
    try:
        with tempfile.TemporaryDirectory(prefix="ascbridge-bench-", dir=folder) as room:
            for name in scenarios or SCENARIOS:
                print(f"measuring {name}", flush=True)
                figures += asyncio.run(_measure(name, Run(Path(room), seconds)))
    except (NotStarted, TooSlow) as fault:
        print(f"bench: {fault}")
        return 1
    Console().print(table(figures))
    print(machine())
    if json_file is not None:
        json_file.write_text(
            json.dumps({"machine": machine(), "figures": as_json(figures)}, indent=2) + "\n", "utf-8"
        )
    return 0


async def _measure(name: str, run: Run) -> list[Figure]:
    foreign = Foreign()
    figures = await SCENARIOS[name](run)
    return [
        *figures,
        Figure(figures[0].scenario, "taken by other programs meanwhile", foreign.cores(), "cores"),
    ]


def machine() -> str:
    """What this was measured on."""
    return (
        f"ascbridge {__version__}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {platform.machine()}; load and bridge share the cores"
    )

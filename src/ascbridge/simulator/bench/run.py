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
from ascbridge.simulator.bench.backfill import backfill
from ascbridge.simulator.bench.bench_bridge import Servers, TooSlow
from ascbridge.simulator.bench.concerns_day import concerns_day
from ascbridge.simulator.bench.fan_out import fan_out
from ascbridge.simulator.bench.figures import Figure, as_json, table
from ascbridge.simulator.bench.foreign import Foreign
from ascbridge.simulator.bench.growth import growth
from ascbridge.simulator.bench.looks_at_a_record import record
from ascbridge.simulator.bench.looks_at_the_desk import desk
from ascbridge.simulator.bench.looks_for_messages import find
from ascbridge.simulator.bench.replay_live import replay_live
from ascbridge.simulator.bench.scenarios import Run, end_to_end, intake, replay, resident, start_up, visible
from ascbridge.simulator.bench.shadow_live import shadow_live
from ascbridge.simulator.bench.soak import soak
from ascbridge.simulator.bench.workers import workers
from ascbridge.simulator.bench.year import year
from ascbridge.simulator.discharge_team import NotAllowedIn
from ascbridge.simulator.running_bridge import NotStarted
from ascbridge.storage.files import sqlite_file

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence


SCENARIOS: dict[str, Callable[[Run], Awaitable[list[Figure]]]] = {
    "intake": intake,
    "end-to-end": end_to_end,
    "visible": visible,
    "fan-out": fan_out,
    "replay": replay,
    "replay-live": replay_live,
    "shadow-live": shadow_live,
    "start-up": start_up,
    "memory": resident,
    "growth": growth,
    "find": find,
    "soak": soak,
    "workers": workers,
    "year": year,
    "backfill": backfill,
    "desk": desk,
    "record": record,
    "safeguarding": concerns_day,
}
"""Every scenario by its name."""
LONG = frozenset(
    {
        "replay-live",
        "shadow-live",
        "growth",
        "find",
        "soak",
        "year",
        "backfill",
        "desk",
        "record",
        "safeguarding",
    }
)
"""Those that are measured only where they are asked for."""
OF_FILES = frozenset(
    {
        "replay",
        "replay-live",
        "shadow-live",
        "start-up",
        "growth",
        "find",
        "soak",
        "backfill",
        "record",
        "safeguarding",
    }
)
OF_SERVERS = frozenset({"workers"})
"""Those that need the files of one machine, and those that need servers."""


def run_bench(
    scenarios: Sequence[str] = (),
    *,
    seconds: float = 3.0,
    json_file: Path | None = None,
    folder: Path | None = None,
    seeded: Sequence[Path] = (),
    servers: Servers | None = None,
    events: int = 0,
) -> int:
    """Measure the named scenarios, or all but the long ones; returns the exit code.

    Files are written under `folder`, or a new one; `seeded` are data directories to measure growth and soak in. With
    `servers` the services for many machines are measured, all in one database, which is left as it is then. `events` of
    history come in, where that is measured.

    Loopback only; each measurement is bounded by `seconds` and by six thousand messages.
    """
    unknown = [name for name in scenarios if name not in SCENARIOS]
    if unknown:
        print(f"There is no scenario {unknown[0]!r}; there are {', '.join(SCENARIOS)}.")
        return 2
    not_here = OF_FILES if servers is not None else OF_SERVERS
    if wrong := not_here.intersection(scenarios):
        print(
            f"{min(wrong)!r} is measured {'on one machine' if servers else 'on Kafka with PostgreSQL'} only."
        )
        return 2
    strange = [path for path in seeded if not sqlite_file(path, "bridge").exists()]
    if strange:
        print(f"{strange[0]} holds no bridge: `ascbridge bench seed` makes one")
        return 2
    figures: list[Figure] = []
    try:
        with tempfile.TemporaryDirectory(prefix="ascbridge-bench-", dir=folder) as room:
            for name in scenarios or [one for one in SCENARIOS if one not in LONG | not_here]:
                print(f"measuring {name}", flush=True)
                figures += asyncio.run(
                    _measure(name, Run(Path(room), seconds, tuple(seeded), servers, events))
                )
    except (NotStarted, NotAllowedIn, TooSlow) as fault:
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

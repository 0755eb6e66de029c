"""How long it takes to find messages by each thing that somebody may have of them, beside little and much stored."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ascbridge.operations.finding.find_messages import STATES
from ascbridge.simulator import adt_writer
from ascbridge.simulator.bench import pattern, seeding
from ascbridge.simulator.bench.bench_bridge import running
from ascbridge.simulator.bench.figures import Figure, percentile
from ascbridge.storage.files import sqlite_file

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.simulator.bench.scenarios import Run

SIZES = (10_000, 1_000_000)
"""How many events are laid down where no seeded directories are given."""
LOOKS = 40
"""How often each thing is looked for, about messages and people of all times."""
_PATH = "/api/operations/find"
_WHY = "bench"


async def find(run: Run) -> list[Figure]:
    """Measure each store in turn: p95 of each way to find, and of all of them."""
    stores = await asyncio.to_thread(seeding.stores_of, run, "find", SIZES)
    found = []
    for store in stores:
        found += await _measure(store)
    return found


async def _measure(store: Path) -> list[Figure]:
    messages, asked = await asyncio.to_thread(_questions, store)
    name, waits, figures = f"{messages:,} messages", [], []
    async with running(store) as bench:
        for what, bodies in asked.items():
            of_this = []
            for body in bodies:
                began = time.perf_counter()
                await bench.operations.find(_PATH, body)
                of_this.append(time.perf_counter() - began)
            waits += of_this
            figures.append(Figure(name, f"find by {what}, p95", percentile(of_this, 0.95) * 1000, "ms"))
    return [Figure(name, "find, all of it, p95", percentile(waits, 0.95) * 1000, "ms"), *figures]


def _questions(store: Path) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """How many messages there are, and what is asked about some of all times."""
    with closing(sqlite3.connect(sqlite_file(store, "kept"))) as connection:
        (last,) = connection.execute("SELECT max(position) FROM message").fetchone()
        picked = [
            connection.execute(
                "SELECT message_id, feed, trigger, control_id, received_ms FROM message WHERE position >= ? LIMIT 1",
                (1 + last * n // LOOKS,),
            ).fetchone()
            for n in range(LOOKS)
        ]
    with closing(sqlite3.connect(sqlite_file(store, "bridge"))) as connection:
        (tasks,) = connection.execute("SELECT max(rowid) FROM task").fetchone()
        task_ids = [
            connection.execute(
                "SELECT task_id FROM task WHERE rowid >= ? LIMIT 1", (1 + (tasks or 0) * n // LOOKS,)
            ).fetchone()
            for n in range(LOOKS)
        ]
    people = [one for one, _ in zip(pattern.everybody(), range(LOOKS * 25), strict=False)][::25]
    iso = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(one[4] / 1000)) for one in picked]
    return last, {
        "NHS number": [{"nhs_number": one.nhs_number, "why": _WHY} for one in people],
        "local id": [
            {"local_id": one.local_id, "authority": adt_writer.TRUST, "why": _WHY} for one in people
        ],
        "message id": [{"ident": one[0]} for one in picked],
        "control id": [{"control_id": one[3]} for one in picked],
        "task": [{"ident": one[0]} for one in task_ids if one],
        "feed and time": [{"feed": one[1], "until": at} for one, at in zip(picked, iso, strict=True)],
        "type": [{"trigger": one[2]} for one in picked],
        "time": [{"until": at} for at in iso],
        **{f"state {state}": [{"state": state}] * (LOOKS // 4) for state in STATES},
        "a code that nobody mapped": [{"words": "not mapped"}] * (LOOKS // 4),
        "a field that nothing was said of": [{"words": "PV1-99"}] * (LOOKS // 4),
    }

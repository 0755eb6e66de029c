"""Dead letters sent again beside live messages: how fast, and how long a ready signal takes to be seen meanwhile.

Every message of a bridge is made a dead letter by hand, as if its profile had been wrong all along; then all of them
are sent again in one run, as fast as they go, while 50 others come a second.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.events.handlers import dead_letters, holds
from ascbridge.events.logs.cloud_event import inbound_record
from ascbridge.events.logs.log import INBOUND, Assignment
from ascbridge.events.logs.log_table import POINTER, as_pointer
from ascbridge.events.logs.positions import claim, move
from ascbridge.simulator.bench import ceilings
from ascbridge.simulator.bench.figures import Figure, latencies
from ascbridge.simulator.bench.mllp_load import Messages, closed_loop
from ascbridge.simulator.bench.scenarios import MOST_MESSAGES, beside, seen
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import event_log, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run

NAME = "replay-live"
RATE = 50.0
FASTEST = 5_000
CAUSE = "the profile of feed itk-v24 no longer reads it: invented for the bench"
_READER, _PREFIX = "translator", "uk.bench"


async def replay_live(run: Run) -> list[Figure]:
    """Letters and events a second of a run of dead letters, and visibility of live work, quiet and beside it."""
    folder = run.folder / NAME
    async with run.bridge(NAME) as bench:
        quiet = await seen(bench, run.seconds, RATE, Messages("Qx", _now_ms(), ("A01",)))
        most = run.events or MOST_MESSAGES
        load = iter(Messages("Rx", _now_ms()))
        await closed_loop(bench.bridge.mllp_port, load, connections=32, seconds=run.seconds * 10, most=most)
        await bench.drain()
    await asyncio.to_thread(run.forget_what_is_derived, NAME)
    letters = await asyncio.to_thread(bury_all, folder)
    ended: list[_End] = []
    async with run.bridge(NAME) as bench:
        wanted = {"cause": CAUSE, "per_second": FASTEST, "dry_run": False, "why": "measured"}
        began = time.perf_counter()
        await bench.operations.find("/api/operations/replays", wanted)
        waits = await beside(bench, partial(_over, bench, folder, ended), RATE)
        again = (await bench.operations.get("/api/operations/replays"))[0]["again"]
        await bench.drain()
        published_s = time.perf_counter() - began
    (end,) = ended
    rows = await asyncio.to_thread(ceilings.sqlite_rows_a_second, run.folder, min(1.0, run.seconds))
    # Of all events so many came of the letters: the rest came beside them, at about as many a message.
    events = end.events * letters / max(letters, end.messages)
    what = "dead letters sent again and read" if not again else f"INCOMPLETE: {again} were given up again"
    seconds = end.at_s - began
    return [
        *latencies(NAME, f"task on the list, {RATE:.0f} messages/s, nothing else", quiet),
        *latencies(NAME, f"the same while dead letters go again, {len(waits)} times", waits),
        Figure(NAME, "the same, longest", max(waits) * 1000, "ms"),
        Figure(NAME, "dead letters", letters, "letters"),
        Figure(NAME, f"{what}, beside them", letters / seconds, "/s"),
        Figure(NAME, "events of theirs by then", events / seconds, "/s", rows, "sqlite insert"),
        Figure(NAME, "until the last is in the shared record", letters / published_s, "/s"),
    ]


@dataclass(frozen=True, slots=True)
class _End:
    """When the run had ended and all that it put back was read, and what there was by then."""

    at_s: float
    events: int
    messages: int


async def _over(bench: BenchBridge, folder: Path, ended: list[_End]) -> bool:
    (run,) = await bench.operations.get("/api/operations/replays")
    if run["state"] != "done":
        return False
    ledger = await bench.operations.get("/api/operations/ledger")
    if any(one["dead"] or one["held"] or one["parked"] for one in ledger):
        return False
    at_s = time.perf_counter()
    counts = [
        await asyncio.to_thread(_in_file, folder, work, writable=False) for work in (_events, _messages)
    ]
    ended.append(_End(at_s, *counts))
    return True


def bury_all(folder: Path) -> int:
    """Make a dead letter of every kept message of a stopped bridge that nobody has read; return how many."""
    return _in_file(folder, _bury)


def _bury(connection: Connection) -> int:
    now_ms = _now_ms()
    wanted = select(*POINTER).where(message.c.outcome == "kept").order_by(message.c.position)
    rows = list(connection.execute(wanted))
    for behind, row in zip(range(len(rows), 0, -1), rows, strict=True):
        record = replace(inbound_record(as_pointer(row), prefix=_PREFIX), offset=row.position)
        holds.hold(connection, _READER, record, CAUSE, now_ms, now_ms)
        dead_letters.bury(
            connection, _READER, record, CAUSE, now_ms - behind
        )  # in the order in which they came
        holds.release(connection, _READER, record.key)
    here = Assignment(INBOUND, 0)
    claimed = claim(connection, _READER, [here], "bench", now_ms)[here]
    move(connection, _READER, here, claimed, rows[-1].position + 1, now_ms)
    return len(rows)


def _events(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(event_log)) or 0


def _messages(connection: Connection) -> int:
    kept = select(func.count()).select_from(message).where(message.c.outcome == "kept")
    return connection.scalar(kept) or 0


def _in_file(folder: Path, work: Callable[[Connection], int], *, writable: bool = True) -> int:
    attached = {"kept": folder / "kept.db", "keys": folder / "keys.db"}
    database = SqliteDatabase(folder / "bridge.db", attached=attached, writable=writable)
    try:
        return database.write_now(work) if writable else database.read_now(work)
    finally:
        asyncio.run(database.close())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

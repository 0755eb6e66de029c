"""The same figures beside little and beside much that is stored, and by how much they differ.

Speeds and waiting times depend on what else a machine does; processor time for each message and page hardly does.
Every store is asked for the same: as many people whom it knows, as many strangers, whole stays, and records of people
with as much behind them. Else what is compared is two loads and not two stores.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from ascbridge.events.logs.sealing import Keyring
from ascbridge.simulator import adt_writer
from ascbridge.simulator.bench import memory, pattern, seeding
from ascbridge.simulator.bench.bench_bridge import running
from ascbridge.simulator.bench.figures import Figure, latencies, percentile
from ascbridge.simulator.bench.mllp_load import TRIGGERS, Messages, closed_loop
from ascbridge.simulator.bench.scenarios import seen
from ascbridge.storage.files import sqlite_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run
    from ascbridge.simulator.city import Citizen

SIZES = (10_000, 1_000_000)
"""How much is laid down where no seeded directories are given."""
KNOWN = 500
"""How many people a run is about who are in the store; where one store has fewer, no store is asked about more."""
MESSAGES, RATE, LOOKS = 6_000, 50.0, 100
"""Of the messages as many are sent as end everybody's stay, and at least one stay of each."""
TURNS = 97
"""A run is about people of one of so many turns: whoever had a run's stays before costs more, in that store alone."""
WARM_UP = 300
"""Strangers whose stays every store has before it is measured: a bridge that has run for weeks is seldom cold."""
PROBED = 4
"""Times as many ready signals as elsewhere: of a few dozen the p99 is the one that took longest."""
OPERATIONS = ("/api/operations/feeds", "/api/operations/ledger", "/api/operations/not-mapped")


async def growth(run: Run) -> list[Figure]:
    """Measure each store in turn, and tell how each figure of the larger ones stands to the smallest's."""
    stores = await asyncio.to_thread(seeding.stores_of, run, "growth", SIZES)
    found: list[Figure] = []
    first: dict[str, float] = {}
    known = min([KNOWN, *[await asyncio.to_thread(laid_people, store) for store in stores]])
    turn = time.time_ns() // 1_000_000_000 % TURNS
    for store in stores:
        events = await asyncio.to_thread(stored_events, store)
        figures = await _measure(run, store, f"{events:,} events", known, turn)
        first = first or {one.what: one.value for one in figures}
        found += figures
        if figures[0].scenario != found[0].scenario:
            found += [_ratio(one, first[one.what]) for one in figures]
    return found


def stored_events(store: Path) -> int:
    """How many events a store holds; they are numbered, and none of these was pruned yet."""
    with closing(sqlite3.connect(sqlite_file(store, "bridge"))) as connection:
        return int(connection.execute("SELECT max(position) FROM event_log").fetchone()[0] or 0)


def _ratio(one: Figure, before: float) -> Figure:
    return Figure(
        one.scenario, f"{one.what}, against the first", one.value / before if before else 0.0, "times"
    )


def laid_people(store: Path) -> int:
    """Of how many people a seeded store holds copied stays: all that came before those who are in hospital today."""
    keyring, today = Keyring.load(store / "master.key"), pattern.city(pattern.TODAY_CITY)
    lookups = [
        keyring.lookup("patient", adt_writer.TRUST, today.citizen().local_id) for _ in range(pattern.TODAY)
    ]
    marks = ", ".join("?" * len(lookups))
    with closing(sqlite3.connect(sqlite_file(store, "bridge"))) as connection:
        connection.execute("ATTACH DATABASE ? AS keys", (str(sqlite_file(store, "keys")),))
        before = (
            "SELECT min(patient.rowid) FROM keys.identity JOIN patient ON patient_key = identity.key "  # noqa: S608  # marks
            f"WHERE lookup IN ({marks})"
        )
        (first,) = connection.execute(before, lookups).fetchone()
    return max(0, int(first or 0) - 1 - pattern.PEOPLE)


async def _measure(run: Run, store: Path, name: str, known: int, turn: int) -> list[Figure]:
    now_ms = time.time_ns() // 1_000_000
    laid = await asyncio.to_thread(laid_people, store)
    await asyncio.to_thread(
        sqlite_file(store, "keys").read_bytes
    )  # every message looks there: never cold after weeks
    people = _people(laid, known, turn)
    new = list(islice(strangers(TURNS + turn), WARM_UP))
    first = Messages(f"F{now_ms % 10_000_000}x", now_ms, people=new)
    load = Messages(f"G{now_ms % 10_000_000}x", now_ms, people=people)
    async with running(store) as bench:
        pids = bench.pids()
        idle, _ = memory.megabytes(pids)
        figures = [Figure(name, "start", bench.start_s, "s"), Figure(name, "memory, idle", idle, "MB")]
        stays = len(new) * len(TRIGGERS)
        await closed_loop(
            bench.bridge.mllp_port, iter(first), connections=8, seconds=run.seconds * 5, most=stays
        )
        await bench.drain()
        figures += await _messages(run, bench, load, name, pids, whole_stays(len(people)))
        others = Messages(f"H{now_ms % 10_000_000}x", now_ms, ("A01",), people=people)
        figures += latencies(
            name,
            f"task on the list, {RATE:.0f} messages/s",
            await seen(bench, run.seconds * PROBED, RATE, others),
        )
        await bench.drain()
        figures += await _pages(bench, store, name, pids, laid)
        _, most = memory.megabytes(bench.pids())
    return [*figures, Figure(name, "memory, sum of each one's highest", most, "MB")]


def whole_stays(people: int) -> int:
    """How many messages end a stay of each of so many people, once or as often as `MESSAGES` has room for."""
    each = people * len(TRIGGERS)
    return max(1, MESSAGES // each) * each


async def _messages(
    run: Run, bench: BenchBridge, load: Messages, name: str, pids: list[int], most: int
) -> list[Figure]:
    """Messages from the first byte to the shared record, half of them about people who are in the store."""
    written, taken, began = (
        memory.written_kilobytes(pids),
        memory.processor_seconds(pids),
        time.perf_counter(),
    )
    measured = await closed_loop(
        bench.bridge.mllp_port, iter(load), connections=8, seconds=run.seconds * 5, most=most
    )
    await bench.drain()
    seconds = time.perf_counter() - began
    each_ms = (memory.processor_seconds(pids) - taken) / len(measured.waits) * 1000
    return [
        Figure(name, "kept and acknowledged, 8 connections", measured.rate, "/s"),
        *latencies(name, "answer, 8 connections", measured.waits),
        Figure(name, "end to end", len(measured.waits) / seconds, "/s"),
        Figure(name, "processor time a message", each_ms, "ms"),
        Figure(
            name, "written a message", (memory.written_kilobytes(pids) - written) / len(measured.waits), "kB"
        ),
    ]


async def _pages(bench: BenchBridge, store: Path, name: str, pids: list[int], laid: int) -> list[Figure]:
    people, message = await asyncio.to_thread(_somebody, store, laid)
    for person in people:  # whom nothing connects with the team is opened first, out of what is measured
        await bench.desk.record(person, "bench")
    asked = {
        "the list": [(bench.desk, "/api/tasks")] * LOOKS,
        "a person's record": [(bench.desk, f"/api/persons/{person}?purpose=bench") for person in people],
        "operations": [(bench.operations, path) for path in OPERATIONS] * (LOOKS // 3),
        "a message's trail": [(bench.operations, f"/api/operations/messages/{message}")] * LOOKS,
    }
    figures = []
    for what, looks in asked.items():
        taken, waits = memory.processor_seconds(pids), []
        for desk, path in looks:
            began = time.perf_counter()
            await desk.get(path)
            waits.append(time.perf_counter() - began)
        each_ms = (memory.processor_seconds(pids) - taken) / len(looks) * 1000
        figures += [
            Figure(name, f"{what}, p50", percentile(waits, 0.5) * 1000, "ms"),
            Figure(name, f"{what}, processor time", each_ms, "ms"),
        ]
    return figures


def _people(laid: int, known: int, turn: int) -> list[Citizen]:
    """So many people, evenly of all whose copies were laid down, and as many whom nobody has met, in turn.

    Where there are no copies, one whom nobody has met. Another turn is about others, as far as the copies reach.
    """
    before, wanted = pattern.pattern_people(), {(n * laid // known + turn) % laid for n in range(known)}
    others = strangers(turn)
    found = []
    for place, one in enumerate(islice(pattern.everybody(), laid)):
        if place in wanted:
            who = before[place % len(before)]
            found += [
                replace(who, local_id=one.local_id, nhs_number=one.nhs_number),
                next(others),
            ]
    return found or [next(others)]


def strangers(turn: int) -> Iterator[Citizen]:
    """Whom nobody has met: others in every turn."""
    city = pattern.city(0)
    for _ in range(turn * KNOWN):
        city.citizen()
    while True:
        yield city.citizen()


def _somebody(store: Path, laid: int) -> tuple[list[str], str]:
    """Some people of all times, whose stays are copies of the same stays, and a message of the middle."""
    with closing(sqlite3.connect(sqlite_file(store, "bridge"))) as connection:
        rows = (pattern.PEOPLE + 1 + laid * n // LOOKS for n in range(LOOKS))
        people = [
            str(found[0])
            for row in rows
            if (
                found := connection.execute(
                    "SELECT person_id FROM patient WHERE rowid = ?", (row,)
                ).fetchone()
            )
        ]
    with closing(sqlite3.connect(sqlite_file(store, "kept"))) as connection:
        middle = (
            "SELECT message_id FROM message WHERE position >= (SELECT max(position) / 2 FROM message) LIMIT 1"
        )
        return people, str(connection.execute(middle).fetchone()[0])

"""One person of whom very much is known, looked at beside few people and beside many: their page, and ``$everything``.

Half of it came from the hospital and half from the council, over years, so that every section of the record is full.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from ascbridge.events.logs.sealing import Keyring
from ascbridge.simulator import adt_writer, verdict
from ascbridge.simulator.bench import growth, memory, pattern, seeding
from ascbridge.simulator.bench.bench_bridge import TooSlow, running
from ascbridge.simulator.bench.figures import Figure, percentile
from ascbridge.simulator.bench.looks_at_the_desk import first_byte
from ascbridge.simulator.bench.mllp_load import TRIGGERS, Messages, closed_loop
from ascbridge.simulator.case_plots import PLOTS
from ascbridge.simulator.case_timeline import CaseTimeline
from ascbridge.simulator.council import FactsFile, contract_line
from ascbridge.simulator.discharge_team import Desk, wait_until
from ascbridge.simulator.player import drop
from ascbridge.storage.files import sqlite_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from ascbridge.simulator.bench.bench_bridge import BenchBridge
    from ascbridge.simulator.bench.scenarios import Run
    from ascbridge.simulator.case_timeline import Statement
    from ascbridge.simulator.city import Citizen

SIZES = (63_000, 6_300_000)
"""How much is laid down where no seeded directories are given: a thousand people, then a hundred thousand."""
EVENTS, LOOKS = 2_000, 40
"""How many events there are of the person, and how often each thing is asked for."""
STAYS_AT_ONCE, CASES_AT_ONCE = 8, 8
DAYS_APART = 40
PLAYED = frozenset({"short term", "long term", "review", "carer", "hospital and back", "low level"})
"""Plots of one life; nobody dies or objects in them, after which there would be less to show."""
LONGEST_S = 900.0


async def record(run: Run) -> list[Figure]:
    """First byte of the page, and the whole of ``$everything``, in each store in turn."""
    stores = await asyncio.to_thread(seeding.stores_of, run, "record", SIZES)
    found = []
    for store in stores:
        found += await _measure(store)
    return found


async def _measure(store: Path) -> list[Figure]:
    people = await asyncio.to_thread(growth.laid_people, store) + pattern.PEOPLE + pattern.TODAY
    name = f"{people:,} people"
    now_ms = time.time_ns() // 1_000_000
    who = next(islice(growth.strangers(now_ms // 1000 % growth.TURNS), 1))
    async with running(store) as bench:
        events, resources = await _live(bench, store, who, now_ms)
        person = await asyncio.to_thread(_person, store, who)
        await bench.desk.record(person, "bench")  # whom nothing connects with the team is opened first
        token = await bench.bridge.token("discharge-team")
        pids = bench.pids()
        figures = [
            Figure(name, "events of the person", events, ""),
            Figure(name, "resources of the person", resources, ""),
        ]
        away = [await first_byte(bench.bridge.url, "/health/live", token) for _ in range(LOOKS)]
        figures += _waits(name, "(ceiling) first byte of an answer about nobody", away)
        page = f"/people/{person}"
        await first_byte(bench.bridge.url, page, token)  # so that templates and statements are compiled
        taken = memory.processor_seconds(pids)
        figures += _waits(
            name,
            "the page, first byte",
            [await first_byte(bench.bridge.url, page, token) for _ in range(LOOKS)],
        )
        figures.append(_each(name, "the page, processor time", pids, taken))
        figures += await _everything(bench, name, person)
    return figures


async def _everything(bench: BenchBridge, name: str, person: str) -> list[Figure]:
    partner = Desk(bench.bridge.url, partial(bench.bridge.token, "integration"))
    path, pids, waits = f"/fhir/Patient/{person}/$everything", bench.pids(), []
    try:
        await partner.get(path)
        taken = memory.processor_seconds(pids)
        for _ in range(LOOKS):
            began = time.perf_counter()
            answer = await partner.get(path)
            waits.append(time.perf_counter() - began)
    finally:
        await partner.close()
    if not any(one["resource"]["resourceType"] == "Patient" for one in answer["entry"]):
        raise TooSlow(f"{path} was answered without the person")
    return [
        *_waits(name, "$everything, whole", waits),
        _each(name, "$everything, processor time", pids, taken),
        Figure(name, "$everything, resources in the answer", len(answer["entry"]), ""),
    ]


def _waits(name: str, what: str, waits: list[float]) -> list[Figure]:
    return [
        Figure(name, f"{what}, p50", percentile(waits, 0.5) * 1000, "ms"),
        Figure(name, f"{what}, p95", percentile(waits, 0.95) * 1000, "ms"),
    ]


def _each(name: str, what: str, pids: list[int], taken: float) -> Figure:
    return Figure(name, what, (memory.processor_seconds(pids) - taken) / LOOKS * 1000, "ms")


async def _live(bench: BenchBridge, store: Path, who: Citizen, now_ms: int) -> tuple[int, int]:
    """Let the person have stays and care until there are so many events of them. Returns how many, and resources."""
    before = await asyncio.to_thread(growth.stored_events, store)
    stays = Messages(f"R{now_ms % 10_000_000}x", now_ms, people=[who])
    cases, number = _cases(who, now_ms), 0
    grown = 0
    while grown < EVENTS:
        most = STAYS_AT_ONCE * len(TRIGGERS)
        measured = await closed_loop(
            bench.bridge.mllp_port, iter(stays), connections=1, seconds=60, most=most
        )
        if measured.refused:
            raise TooSlow("a stay of the person was refused")
        if grown < EVENTS // 2 or number == 0:
            lines = [
                orjson.dumps(contract_line(one, f"{who.council_id}-{number}-{place}"))
                for place, one in enumerate(one for _ in range(CASES_AT_ONCE) for one in next(cases))
            ]
            await _told(bench, lines, f"record-{now_ms}-{number:03d}")
            number += 1
        await bench.drain()
        grown = await asyncio.to_thread(growth.stored_events, store) - before
    return grown, await asyncio.to_thread(_resources, store, who)


async def _told(bench: BenchBridge, lines: list[bytes], name: str) -> None:
    """Lay lines down as the council's file, and wait until they are kept."""

    async def kept() -> int:
        ledger = (await verdict.ledgers(bench.operations)).get(verdict.COUNCIL_FEED, {})
        return int(ledger.get("kept", 0))

    wanted = await kept() + len(lines)

    async def there() -> bool:
        return await kept() >= wanted

    drop(bench.bridge.data_dir / "council-facts", FactsFile(0, name, tuple(lines)))
    if not await wait_until(there, most_s=LONGEST_S):
        raise TooSlow("what the council said of the person was not kept")


def _cases(who: Citizen, now_ms: int) -> Iterator[list[Statement]]:
    """One case of the person after the other, the last of them first, each with numbers of its own."""
    plots = cycle([one for one in PLOTS if one.name in PLAYED])
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    for number, plot in enumerate(plots, 1):
        one = _Case(who, today - timedelta(days=DAYS_APART * number), Random(f"record {number}"), number)
        plot.tell(one)
        yield [said for said in one.said if said.at_ms < now_ms]


class _Case(CaseTimeline):
    """A case of somebody who has had others: its things have numbers of their own."""

    def __init__(self, who: Citizen, first: date, random: Random, case: int) -> None:
        super().__init__(who, first, random)
        self._case = case

    def number(self, fact: str, number: int = 1) -> str:
        return f"{super().number(fact, number)}-{self._case:03d}"


def _person(store: Path, who: Citizen) -> str:
    return str(_one(store, who, "SELECT person_id FROM patient WHERE patient_key = ?"))


def _resources(store: Path, who: Citizen) -> int:
    of = "SELECT count(*) FROM resource WHERE person_id = (SELECT person_id FROM patient WHERE patient_key = ?)"
    return int(_one(store, who, of))


def _one(store: Path, who: Citizen, asked: str) -> Any:
    lookup = Keyring.load(store / "master.key").lookup("patient", adt_writer.TRUST, who.local_id)
    with closing(sqlite3.connect(sqlite_file(store, "keys"))) as keys:
        (key,) = keys.execute("SELECT key FROM identity WHERE lookup = ?", (lookup,)).fetchone()
    with closing(sqlite3.connect(sqlite_file(store, "bridge"))) as bridge:
        return bridge.execute(asked, (key,)).fetchone()[0]

"""Lays stored events down in bulk: a bridge that looks as if it had run for weeks, in minutes.

A real bridge plays the stays of some people with its clock set back; what it wrote is copied, about other people and
later and later, until there are as many events as were asked for; then the same bridge, with today's clock, takes in
who is in hospital today. So people and stays are mostly old and closed, and as many are open however much is stored.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from ascbridge.clock import write_clock
from ascbridge.events.ledgers import audit
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.events.logs.sealing import Keyring
from ascbridge.people.data_keys import DataKeys
from ascbridge.people.opening import Erased, SealedValue, open_bytes
from ascbridge.record.resource_store import lookup
from ascbridge.simulator import adt_writer
from ascbridge.simulator.bench import pattern
from ascbridge.simulator.bench.bench_bridge import running
from ascbridge.simulator.bench.copies import Laying, Reading, Sheet
from ascbridge.simulator.bench.lived_on import catch_up
from ascbridge.simulator.bench.renaming import IDENTIFIER, Copy, Renaming
from ascbridge.simulator.discharge_team import wait_until
from ascbridge.storage.database import sqlite_engine
from ascbridge.storage.files import sqlite_file
from ascbridge.storage.tables import door_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.frontdoor.door_status import Kind
    from ascbridge.simulator.bench.copies import Row
    from ascbridge.simulator.bench.scenarios import Run

DAYS = 85
"""Over how many days the copies are spread: the log keeps events for ninety."""
AT_ONCE = 20
_DAY_MS = 86_400_000


class NotSeeded(Exception):
    """Nothing could be laid down; the text says why."""


def seed(data_dir: Path, events: int, tell: Callable[[str], None]) -> int:
    """Lay at least so many stored events down in a new data directory; returns how many there are.

    Raises `NotSeeded` where the directory holds something, or where there are not people enough.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise NotSeeded(f"{data_dir} is not empty: seed a new directory")
    began = time.monotonic()
    data_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(_play_pattern(data_dir))
    _copy(data_dir, events, tell)
    asyncio.run(catch_up(data_dir, time.time_ns() // 1_000_000))
    asyncio.run(_play_today(data_dir))
    stored = _events(data_dir)
    size = sum(path.stat().st_size for path in data_dir.glob("*.db*")) / 1e9
    tell(f"{stored:,} events in {size:.1f} GB, after {time.monotonic() - began:.0f} s")
    return stored


def stores_of(run: Run, name: str, sizes: Sequence[int]) -> list[Path]:
    """Return the directories that a run is given, or new ones with so many events each. Raises `NotSeeded`."""
    if run.seeded:
        return list(run.seeded)
    stores = [run.folder / f"{name}-{size}" for size in sizes]
    for store, size in zip(stores, sizes, strict=True):
        seed(store, size, print)
    return stores


async def _play_pattern(data_dir: Path) -> None:
    clock = data_dir / "clock.json"
    then_ms = time.time_ns() // 1_000_000 - DAYS * _DAY_MS - _DAY_MS // 24
    write_clock(clock, shown_ms=then_ms, speed=1)
    async with running(data_dir, {"ASCBRIDGE_CLOCK_FILE": str(clock)}) as bench:
        await pattern.play_pattern(bench, then_ms)
        if not await wait_until(lambda: asyncio.to_thread(_all_in_effect, data_dir), most_s=60):
            raise NotSeeded("the pattern's last acts took no effect")
    clock.unlink()


async def _play_today(data_dir: Path) -> None:
    async with running(data_dir) as bench:
        await pattern.play_today(bench, time.time_ns() // 1_000_000)


def _all_in_effect(data_dir: Path) -> bool:
    """Whether every reader has done its part of what people did too: the ledger of the feeds does not count it."""
    with closing(sqlite3.connect(sqlite_file(data_dir, "bridge"))) as connection:
        return not connection.execute("SELECT EXISTS (SELECT 1 FROM open_effect)").fetchone()[0]


def _events(data_dir: Path) -> int:
    with closing(sqlite3.connect(sqlite_file(data_dir, "bridge"))) as connection:
        return int(connection.execute("SELECT count(*) FROM event_log").fetchone()[0])


def _copy(data_dir: Path, events: int, tell: Callable[[str], None]) -> None:
    keyring = Keyring.load(data_dir / "master.key")
    each = _events(data_dir)
    copies = max(0, -(-(events - each) // each))
    sheets = _read(data_dir, keyring)
    renaming = _renaming(keyring, sheets)
    owners = [row.wrapped[1] for sheet in sheets for row in sheet.rows if row.wrapped is not None]
    laying = Laying(data_dir, keyring, sheets)
    book = _AuditBook(laying.file("bridge"))
    people, began = _outside(copies), time.monotonic()
    turns = _turns(laying.file("bridge"))
    try:
        for number in range(1, copies + 1):
            if number % AT_ONCE == 1:
                laying.begin()
            copy = Copy(number, number * (DAYS * _DAY_MS // (copies + 1)), next(people), number * turns)
            names = renaming.names(copy)
            laying.lay(copy, names, {owner: secrets.token_bytes(32) for owner in owners})
            book.write(copy, names)
            if number % AT_ONCE == 0 or number == copies:
                laying.commit()
            if number % (AT_ONCE * 10) == 0:
                rate = number * each / (time.monotonic() - began)
                tell(f"{(number + 1) * each:,} of {events:,} events, {rate:,.0f} a second")
        _put_right(laying, copies, turns)
    finally:
        laying.close()


def _read(data_dir: Path, keyring: Keyring) -> list[Sheet]:
    """Read the pattern, with what is sealed in it opened."""
    data_keys = DataKeys(keyring)
    attached = {name: sqlite_file(data_dir, name) for name in ("kept", "keys")}
    engine = sqlite_engine(sqlite_file(data_dir, "bridge"), attached=attached, writing=False)
    try:
        with engine.connect() as connection:
            return Reading(data_dir, lambda *sealed: _opened(connection, data_keys, *sealed)).sheets()
    finally:
        engine.dispose()


def _opened(connection: Connection, data_keys: DataKeys, sealed: bytes, key_id: str, bound: str) -> bytes:
    (plain,) = open_bytes(connection, data_keys, [SealedValue(sealed, key_id, bound)])
    if isinstance(plain, Erased):
        raise NotSeeded("the pattern holds somebody erased")
    return plain


def _renaming(keyring: Keyring, sheets: list[Sheet]) -> Renaming:
    by_table = {sheet.table: sheet.rows for sheet in sheets}
    names = {
        name for rows in by_table.values() for row in rows for text in row.every_text() for name in text.names
    }
    messages = [name for row in by_table["message"] for _, text, _ in row.texts for name in text.names]
    identifiers = [
        (one.get("system", ""), one["value"])
        for row in by_table["resource"]
        for _, text, as_json in row.texts
        if as_json
        for one in orjson.loads("".join(text.parts)).get("identifier", ())
    ]
    known: list[tuple[str, ...]] = []
    for person in pattern.pattern_people():
        known += [("nhs-number", person.nhs_number), ("patient", adt_writer.TRUST, person.local_id)]
    visits = range(pattern.PEOPLE * pattern.STAYS_EACH)
    known += [("spell", adt_writer.TRUST, pattern.visit_of(number)) for number in visits]
    hashed = {keyring.lookup(*one): one for one in known}
    hashed |= {lookup(keyring, *each): (IDENTIFIER, *each) for each in identifiers}
    return Renaming(
        keyring,
        names,
        hashed,
        [name for name in messages if len(name) == 36],
        door_tasks(by_table["door_task"]),
    )


def door_tasks(rows: list[Row]) -> dict[str, tuple[Kind, str, str]]:
    """Return of which kind, patient key and thing each of these rows' tasks is."""
    names = list(door_task.c.keys())
    said = [dict(zip(names, row.values, strict=True)) for row in rows]
    return {one["task_id"]: (one["kind"], one["patient_key"], one["about"]) for one in said}


def _outside(copies: int) -> Iterator[dict[str, str]]:
    """Give for each copy what the hospital calls its people, their stays and messages instead."""
    before = pattern.pattern_people()
    stays, messages = (
        len(before) * pattern.STAYS_EACH,
        len(before) * pattern.STAYS_EACH * pattern.MOST_MESSAGES,
    )
    people = pattern.everybody()
    for number in range(1, copies + 1):
        names: dict[str, str] = {}
        for old in before:
            new = next(people, None)
            if new is None:
                raise NotSeeded("there are not so many people: the test range of NHS numbers ends")
            names |= {old.local_id: new.local_id, old.nhs_number: new.nhs_number}
        names |= {pattern.visit_of(n): pattern.visit_of(number * stays + n) for n in range(stays)}
        names |= {
            pattern.control_of(n): pattern.control_of(number * messages + n) for n in range(1, messages + 1)
        }
        yield names


class _AuditBook:
    """Writes what was done to a copy's people at the end of the chain that the bridge began."""

    def __init__(self, bridge: sqlite3.Connection) -> None:
        self._bridge = bridge
        named = ", ".join(_AUDITED)
        every = f"SELECT at_ms, {named} FROM audit ORDER BY position"  # noqa: S608  # our own names
        found = bridge.execute(every).fetchall()
        self._entries = [
            (at_ms, AuditEntry(*rest)) for at_ms, *rest in found if rest[4][:1] in {"n", "t", "s"}
        ]
        self._before = bridge.execute(
            "SELECT day, chain FROM audit ORDER BY position DESC LIMIT 1"
        ).fetchone()

    def write(self, copy: Copy, names: Mapping[str, str]) -> None:
        """Write one copy's entries."""
        rows = []
        for at_ms, entry in self._entries:
            said = replace(entry, whom=names.get(entry.whom, entry.whom))
            rows.append(audit.following(self._before, said, at_ms + copy.later_ms))
            self._before = (rows[-1]["day"], rows[-1]["chain"])
        if rows:
            columns, marks = ", ".join(rows[0]), ", ".join(f":{name}" for name in rows[0])
            insert = f"INSERT INTO audit ({columns}) VALUES ({marks})"  # noqa: S608  # our own names
            self._bridge.executemany(insert, rows)


_AUDITED = ("writer", "who", "role", "what", "whom", "why", "where_from", "result")


def _turns(bridge: sqlite3.Connection) -> int:
    """How far the record store counted for the pattern."""
    counted = "SELECT revision FROM record_part WHERE generation = 0 AND kind = 'counter'"
    return int(bridge.execute(counted).fetchone()[0])


def _put_right(laying: Laying, copies: int, turns: int) -> None:
    """Have counters and positions say what the rows do."""
    kept, bridge = laying.file("kept"), laying.file("bridge")
    laying.begin()
    kept.execute("UPDATE intake_count SET n = n * ?", (copies + 1,))
    bridge.execute("UPDATE ledger_count SET n = n * ?", (copies + 1,))
    further = "UPDATE record_part SET revision = revision + ? WHERE generation = 0 AND kind = 'counter'"
    bridge.execute(further, (copies * turns,))
    (last,) = kept.execute("SELECT max(position) FROM message").fetchone()
    (end,) = bridge.execute("SELECT max(position) FROM event_log").fetchone()
    bridge.execute(
        "UPDATE position SET next_offset = CASE topic WHEN 'inbound' THEN ? ELSE ? END", (last + 1, end + 1)
    )
    laying.commit()

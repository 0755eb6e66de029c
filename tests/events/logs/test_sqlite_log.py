"""What is the single machine's alone: being woken by itself and by the other process."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from ascbridge.events.handlers.delivery import Delivery
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.log import INBOUND, Assignment, OffsetOutsideLog, Record
from ascbridge.events.logs.sqlite_log import SqliteEventLog
from ascbridge.events.logs.wake import Waker
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import bridge, event_log, intake_count, kept, log_floor, message
from ascbridge.storage.upsert import add_counts
from tests.events.machines import (
    NOON,
    PATIENCE_S,
    PREFIX,
    HandClock,
    Noting,
    effect,
    extra,
    running,
    until,
)

HOUR = 3_600


def record(said: str, topic: str = "person") -> Record:
    return Record(topic, 0, 0, "p1", {"ce_id": said}, said.encode())


async def waiting_reader(log: SqliteEventLog) -> "asyncio.Task[list[str]]":
    """Start a fetch that waits for an hour, and see that it does wait."""
    subscription = await log.subscribe("a", ["person"], "one")
    await subscription.seek(Assignment("person", 0), 0)
    read = log.read
    looked = asyncio.Event()

    async def noticed(*arguments):  # type: ignore[no-untyped-def]  # as `read`
        found = await read(*arguments)
        looked.set()
        return found

    log.read = noticed  # type: ignore[method-assign]  # to know that it has looked once

    async def fetch() -> list[str]:
        fetched = await subscription.fetch(10, HOUR)
        await subscription.close()
        return [one.value.decode() for some in fetched.records.values() for one in some]

    task = asyncio.ensure_future(fetch())
    await asyncio.wait_for(looked.wait(), PATIENCE_S)
    return task


async def test_an_append_wakes_whoever_waits(sqlite_database: SqliteDatabase, clock: HandClock) -> None:
    log = SqliteEventLog(sqlite_database, clock=clock, prefix=PREFIX, poll_s=HOUR)
    reader = await waiting_reader(log)
    await log.append([record("a")])
    assert await asyncio.wait_for(reader, PATIENCE_S) == ["a"]


async def test_another_process_wakes_whoever_waits(
    sqlite_database: SqliteDatabase, clock: HandClock, tmp_path: Path
) -> None:
    log = SqliteEventLog(
        sqlite_database, clock=clock, prefix=PREFIX, poll_s=HOUR, wake_socket=tmp_path / "wake"
    )
    reader = await waiting_reader(log)
    row = {"topic": "person", "partition": 0, "key": "p1", "time_ms": NOON, "headers": "{}", "value": b"b"}
    await sqlite_database.write(lambda c: c.execute(event_log.insert(), [row]))
    waker = Waker(tmp_path / "wake")
    waker.wake()
    assert await asyncio.wait_for(reader, PATIENCE_S) == ["b"]
    waker.close()
    await log.close()


async def test_whoever_is_not_told_looks_by_itself(sqlite_database: SqliteDatabase, clock: HandClock) -> None:
    log = SqliteEventLog(sqlite_database, clock=clock, prefix=PREFIX, poll_s=0.02)
    reader = await waiting_reader(log)
    row = {"topic": "person", "partition": 0, "key": "p1", "time_ms": NOON, "headers": "{}", "value": b"c"}
    await sqlite_database.write(lambda c: c.execute(event_log.insert(), [row]))
    assert await asyncio.wait_for(reader, PATIENCE_S) == ["c"]


async def test_an_offset_that_was_pruned_is_refused(
    sqlite_database: SqliteDatabase, clock: HandClock
) -> None:
    log = SqliteEventLog(sqlite_database, clock=clock, prefix=PREFIX)
    await log.append([record(str(n)) for n in range(6)])
    row = {"topic": "person", "partition": 0, "first_offset": 4, "pruned_ms": NOON}
    await sqlite_database.write(lambda c: c.execute(log_floor.insert(), [row]))
    subscription = await log.subscribe("a", ["person"], "one")
    with pytest.raises(OffsetOutsideLog, match="person-0 goes from 4 to 7, and 3 is wanted"):
        await subscription.seek(Assignment("person", 0), 3)
    await subscription.seek(Assignment("person", 0), 4)
    assert len((await subscription.fetch(9, 0)).records[Assignment("person", 0)]) == 3
    assert await log.bounds("person") == {0: (4, 7)}
    await subscription.close()


async def test_a_busy_topic_starves_no_other(sqlite_database: SqliteDatabase, clock: HandClock) -> None:
    log = SqliteEventLog(sqlite_database, clock=clock, prefix=PREFIX)
    await log.append([record(str(n)) for n in range(30)] + [record("x", "task")])
    subscription = await log.subscribe("a", ["person", "task"], "one")
    for topic in ("person", "task"):
        await subscription.seek(Assignment(topic, 0), 0)
    served = [set((await subscription.fetch(5, 0)).records) for _ in range(2)]
    assert served == [{Assignment("person", 0)}, {Assignment("task", 0), Assignment("person", 0)}]
    await subscription.close()


async def test_a_member_that_leaves_hands_its_partitions_to_the_rest(
    sqlite_database: SqliteDatabase, clock: HandClock
) -> None:
    log = SqliteEventLog(sqlite_database, clock=clock, prefix=PREFIX, partitions=5)
    one, two, three = [await log.subscribe("a", ["person"], name) for name in ("one", "two", "three")]
    shares = [len(await member.assigned()) for member in (one, two, three)]
    assert sorted(shares) == [1, 2, 2]
    generation = one.generation
    await two.close()
    assert len(await one.assigned()) + len(await three.assigned()) == 5
    assert one.generation > generation
    await one.close()
    assert len(await three.assigned()) == 5
    await three.close()


async def test_what_the_other_process_keeps_in_its_own_file_is_read_and_counted(
    clock: HandClock, tmp_path: Path
) -> None:
    for name in ("bridge", "kept"):
        with contextlib.closing(sqlite3.connect(tmp_path / f"{name}.db")) as raw:
            raw.execute("PRAGMA journal_mode=WAL")
    listening = SqliteDatabase(tmp_path / "kept.db")
    await listening.write(kept.create_all)
    working = SqliteDatabase(tmp_path / "bridge.db", attached={"kept": tmp_path / "kept.db"})
    await working.write(lambda c: (bridge.create_all(c), extra.create_all(c)))
    log = SqliteEventLog(working, clock=clock, prefix=PREFIX, poll_s=HOUR, wake_socket=tmp_path / "wake")
    handler = Noting("translator", (INBOUND,))
    waker = Waker(tmp_path / "wake")

    def keep(connection: Connection) -> None:
        rows = [
            {"message_id": f"m{n}", "feed": "ward", "lane": "p1", "received_ms": NOON, "body": b"", "answer": b"",
             "outcome": "kept"}
            for n in range(3)
        ]  # fmt: skip
        connection.execute(insert(message), rows)
        add_counts(connection, intake_count, [{"feed": "ward", "name": "kept", "n": 3}])

    async def translated() -> bool:
        return await working.read(lambda c: c.scalar(select(func.count()).select_from(effect))) == 3

    async with running(Delivery(handler, log, working, clock=clock, member="one")):
        await listening.write(keep)
        waker.wake()
        await until(translated)
    assert (await working.read(ledger.balance))["ward"] == ledger.Balance(3, 0, 0, 3, 0, 0, 0)
    waker.close()
    await log.close()
    await working.close()
    await listening.close()

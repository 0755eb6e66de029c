"""What the tests of events run on: a database, a log, a clock to set, and a handler that notes what it was given."""

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    select,
)

from ascbridge.clock import Clock
from ascbridge.events.handlers.delivery import Delivery
from ascbridge.events.handlers.holds import HoldRules
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs.envelope import ReleasedEvent, derived_id
from ascbridge.events.logs.log import EventLog, Record
from ascbridge.events.logs.outbox import Outbox
from ascbridge.events.logs.relay import Relay
from ascbridge.storage.tables import GROUPS, intake_count
from ascbridge.storage.upsert import add_counts, insert_missing

PREFIX = "uk.gov.test"
NOON = 1_762_084_800_000  # 2026-11-02T12:00:00Z less a year: any fixed moment does
PATIENCE_S = 120

extra = MetaData()
effect = Table(
    "test_effect",  # what the tests' handler does: keyed by cause, so that a second handling is no effect
    extra,
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("consumer", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("lane", String, nullable=False),
    Column("said", String, nullable=False),
    Column("gap", String, nullable=False),
    UniqueConstraint("consumer", "event_id"),
)


class HandClock(Clock):
    """A clock that a test sets."""

    def __init__(self, now_ms: int = NOON) -> None:
        super().__init__()
        self.at_ms = now_ms

    def now_ms(self) -> int:
        return self.at_ms

    def pass_minutes(self, minutes: float) -> None:
        self.at_ms += round(minutes * 60_000)


@dataclass
class Noting:
    """A handler that notes each event, and fails where `fault` raises."""

    name: str
    topics: tuple[str, ...]
    fault: Callable[[Record], None] = lambda record: None
    batches: list[list[str]] = field(default_factory=list)

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        self.batches.append([record.event_id for record in records])
        rows = [
            {
                "consumer": self.name,
                "event_id": record.event_id,
                "lane": record.key,
                "said": record.value.decode(),
                "gap": record.headers.get("gap", ""),
            }
            for record in records
        ]
        insert_missing(connection, effect, rows)
        for record in records:
            self.fault(record)


@dataclass
class Machine:
    """A place to run: a database, a log, topics of one's own, and what it takes to put events on them."""

    kind: str
    database: Any
    clock: HandClock
    new_log: Callable[..., EventLog]
    partitions: int
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    readers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    log: EventLog = None  # type: ignore[assignment]  # set by the fixture
    said: int = 0

    @property
    def dialect(self) -> str:
        return str(self.database.dialect)

    def topic(self, name: str) -> str:
        """Topics on a shared Kafka need names of one's own."""
        return name if self.kind == "sqlite" else f"{name}.{self.mark}"

    def consumer(self, name: str) -> str:
        return f"{name}.{self.mark}"

    def noting(self, name: str, *topics: str, fault: Callable[[Record], None] | None = None) -> Noting:
        handler = Noting(self.consumer(name), tuple(self.topic(topic) for topic in topics))
        if fault is not None:
            handler.fault = fault
        self.readers[handler.name] = handler.topics
        return handler

    def delivery(
        self, handler: Any, *, member: str = "one", log: EventLog | None = None, **more: Any
    ) -> Delivery:
        names = {
            "hold_tries": "tries",
            "hold_minutes": "minutes",
            "common_lanes": "common_lanes",
            "feeds": "feeds",
        }
        holding = {"tries": 3} | {names[name]: more.pop(name) for name in names if name in more}
        settings: dict[str, Any] = {"pause_ms": 0, "rules": HoldRules(**holding)} | more
        return Delivery(handler, log or self.log, self.database, clock=self.clock, member=member, **settings)

    async def say(self, *said: tuple[str, str], topic: str = "person", feed: str = "ward") -> list[str]:
        """Let one message be kept and translated for each (patient, text), and the events be on the topic."""
        events = []
        for lane, text in said:
            self.said += 1
            events.append(self.event(lane, text, self.said, topic))
        outbox = Outbox(self.partitions, PREFIX, self.readers)

        def emit(connection: Connection) -> None:
            now_ms = self.clock.now_ms()
            add_counts(connection, intake_count, [{"feed": feed, "name": "kept", "n": len(events)}])
            outbox.emit(connection, events, now_ms)
            done = [ledger.Translated(e.correlation_id, feed, now_ms, 1) for e in events]
            ledger.translated_all(connection, done, now_ms)

        await self.database.write(emit)
        await self.carry()
        return [event.id for event in events]

    def event(self, lane: str, text: str, number: int, topic: str = "person") -> ReleasedEvent:
        message_id = f"m{number}"
        return ReleasedEvent(
            id=derived_id(NOON, message_id, lane, text),
            type=f"{PREFIX}.person.patient-restricted.v1",
            topic=self.topic(topic),
            subject=lane,
            time_ms=NOON,
            recorded_ms=NOON,
            correlation_id=message_id,
            causation_id=message_id,
            key_id="",
            traceparent="",
            data={"text": text},
        )

    async def carry(self) -> None:
        """See that what is in the outbox is on the log."""
        if self.kind == "sqlite":
            self.log.notify()  # type: ignore[attr-defined]  # only SQLite's can be told
            return
        relay = Relay(self.database, self.log, clock=self.clock)
        task = asyncio.ensure_future(relay.run())
        try:
            await until(lambda: relay.progress_ms > 0)
        finally:
            relay.stop()
            await task

    async def effects(self, consumer: str) -> list[tuple[str, str]]:
        """Return what the handler has noted, in the order of its commits: (patient, text)."""
        wanted = (
            select(effect.c.lane, effect.c.said).where(effect.c.consumer == consumer).order_by(effect.c.n)
        )
        rows = await self.database.read(lambda c: c.execute(wanted).all())
        return [(lane, said[9:-2]) for lane, said in rows]

    async def of_lane(self, consumer: str, lane: str) -> list[str]:
        return [said for who, said in await self.effects(consumer) if who == lane]

    async def scalar(self, statement: Any) -> Any:
        return await self.database.read(lambda c: c.scalar(statement))

    async def rows(self, statement: Any) -> Sequence[Any]:
        return await self.database.read(lambda c: c.execute(statement).all())

    async def balance(self, feed: str = "ward") -> ledger.Balance:
        """Return the feed's balance, having made sure that the books are right."""
        assert await self.database.read(ledger.miscounted) == {}
        balance = (await self.database.read(ledger.balance))[feed]
        parts = [getattr(balance, state) for state in ledger.STATES]
        assert sum(parts) == balance.kept
        assert min(parts) >= 0
        return balance


async def until(condition: Callable[[], Any], patience_s: float = PATIENCE_S) -> None:
    """Wait for a condition, which may be a coroutine function; fail when it never comes."""

    async def wait() -> None:
        while True:
            found = condition()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), patience_s)


@asynccontextmanager
async def running(*deliveries: Any) -> AsyncIterator[None]:
    """Let deliveries (or a relay) run for as long as the block."""
    tasks = [asyncio.ensure_future(delivery.run()) for delivery in deliveries]
    try:
        yield
    finally:
        for delivery in deliveries:
            delivery.stop()
        await asyncio.gather(*tasks)


def make_tables(connection: Connection) -> None:
    for metadata in (*GROUPS.values(), extra):
        metadata.create_all(connection)


def empty_tables(connection: Connection) -> None:
    """Empty every table of a PostgreSQL database, in one call."""
    names = [table.name for metadata in (*GROUPS.values(), extra) for table in metadata.sorted_tables]
    clear = " ".join(f'DELETE FROM "{name}";' for name in names)
    connection.exec_driver_sql(f"DO $$ BEGIN {clear} END $$")


def sqlite_file(folder: Path) -> Path:
    path = folder / "bridge.db"
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
    raw.close()
    return path

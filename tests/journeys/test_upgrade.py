"""Upgrades while messages flow: services restart one by one, the schema grows, two versions share the topics."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.bootstrap.parts.ground import READERS
from ascbridge.intake.hl7v2.mllp_client import MllpClient, NoAnswer
from ascbridge.intake.reading.translator import Translator
from ascbridge.storage import migration
from ascbridge.storage.files import GROUPS, sqlite_file
from ascbridge.storage.tables import position
from tests.intake.messages import adt
from tests.journeys.bridge import PATIENCE_S, Bridge, on_kafka, on_sqlite
from tests.needs import require
from tests.servers import kafka
from tests.servers.process import free_port
from tests.storage import next_version

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.timeout(1_200), pytest.mark.slow]
READY = ("ZU1||||||||||||||||||||||Y||20261006",)
NEXT = (sys.executable, "-m", "tests.journeys.next_release")
SIGNALS = ("A01", "A02", "A16", "A03")
LINES = 4
HALF = 4
"""Of each topic's eight partitions."""
STAYS = int(os.environ.get("STAYS") or 25)


def lines(stays: int = STAYS) -> list[list[bytes]]:
    """Four messages for each stay, shared out by stays over the hospital's connections, steps interleaved."""
    made: list[list[bytes]] = [[] for _ in range(LINES)]
    for day, trigger in enumerate(SIGNALS, start=2):
        for stay in range(stays):
            raw = adt(
                trigger, control_id=f"K{stay:03d}{trigger}", sent=f"2026100{day}1000", local_id=f"L{stay:03d}",
                nhs_number="", visit=f"V{stay:03d}", extra=READY if trigger == "A16" else (),
            )  # fmt: skip
            made[stay % LINES].append(raw)
    return made


class Hospital:
    """The hospital's connections: each sends its messages in order, each until it is accepted, and notes what it heard."""

    def __init__(self, ports: Sequence[int], messages: list[list[bytes]]) -> None:
        self.accepted = 0
        self.not_now = 0
        self.cut = 0
        self.total = sum(map(len, messages))
        self._part = 0.0
        self._more = asyncio.Event()
        self._sending = [
            asyncio.create_task(self._send(ports[number % len(ports)], raws))
            for number, raws in enumerate(messages)
        ]

    async def _send(self, port: int, raws: list[bytes]) -> None:
        client: MllpClient | None = None
        try:
            for number, raw in enumerate(raws):
                while number >= self._part * len(raws):
                    await self._more.wait()
                while True:
                    try:
                        client = client or await MllpClient.connect("127.0.0.1", port, timeout_s=30)
                        answer = await client.send(raw)
                    except (OSError, NoAnswer, TimeoutError):
                        self.cut += 1
                        if client is not None:
                            await client.close()
                        client = None
                        await asyncio.sleep(0.1)
                        continue
                    if answer.accepted:
                        self.accepted += 1
                        break
                    assert "207" in repr(answer.error), answer  # not now, and never no
                    self.not_now += 1
                    await asyncio.sleep(0.05)
        finally:
            if client is not None:
                await client.close()

    async def leave(self) -> None:
        """Hang up, whatever is left to be sent: a line that nobody closes is blamed on a later test."""
        for one in self._sending:
            one.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    def send(self, part: float) -> None:
        """Begin to send up to this part of it."""
        self._part = part
        self._more.set()
        self._more = asyncio.Event()

    async def past(self, part: float) -> bool:
        """Whether so much of it was accepted; raises what went wrong in sending."""
        for one in self._sending:
            if one.done():
                one.result()
        return self.accepted >= part * self.total

    async def done(self) -> None:
        self.send(1.0)
        await asyncio.gather(*self._sending)


async def every_task(bridge: Bridge) -> list[dict[str, object]]:
    """Page through the discharge team's list."""
    found: list[dict[str, object]] = []
    while True:
        page = await bridge.get(f"/api/tasks?view=open&limit=200&after={len(found)}", "discharge-team")
        found += page["tasks"]
        if not page["more"]:
            return found


async def count(bridge: Bridge, kind: str) -> int:
    """How many resources of a type the shared record holds."""
    seen: set[str] = set()
    path = f"/fhir/{kind}?_count=100"
    while path:
        page = await bridge.get(path, "integration")
        seen |= {entry["resource"]["id"] for entry in page.get("entry", [])}
        after = [link["url"] for link in page["link"] if link["relation"] == "next"]
        path = after[0][after[0].index("/fhir/") :] if after else ""
    return len(seen)


async def all_of_it_once(bridge: Bridge, messages: int, stays: int = STAYS) -> None:
    """See that each message took effect, and once."""
    row = await bridge.settled(messages)
    assert row["adds_up"]
    assert row["kept"] == row["delivered"] == messages
    assert row["refused"] == row["dead"] == row["held"] == 0
    tasks = await every_task(bridge)
    assert len(tasks) == len({task["spell"] for task in tasks}) == stays
    assert {task["signal"] for task in tasks} == {"discharged"}
    assert await count(bridge, "Task") == await count(bridge, "Encounter") == stays


async def restart(bridge: Bridge, name: str) -> None:
    """Ask a service to drain and end, as an upgrade does, and start it again; it ends in order."""
    process = bridge.processes[list(bridge.services).index(name)]
    process.terminate()
    assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0
    bridge.start_again(name)


@contextlib.asynccontextmanager
async def nobody_waits(hospital: Hospital) -> AsyncIterator[None]:
    """See that no sender was cut off or even asked to wait meanwhile."""
    before = hospital.cut, hospital.not_now
    yield
    assert (hospital.cut, hospital.not_now) == before


# -- one machine: it migrates and restarts -----------------------------------------------------------------------------


async def test_a_migration_and_restarts_lose_nothing_on_one_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = on_sqlite(tmp_path)
    bridge.start()
    try:
        await bridge.ready()
        hospital = Hospital([bridge.mllp], lines())
        hospital.send(0.4)
        await bridge.until(partial(hospital.past, 0.1), "messages flow")
        async with nobody_waits(hospital):
            next_version.known(tmp_path / "next", monkeypatch)
            await asyncio.to_thread(migration.upgrade_sqlite, tmp_path / "data")
            await bridge.until(partial(hospital.past, 0.4), "messages flow on the new schema")
        hospital.send(0.8)
        await restart(bridge, "up")  # the version before, on the schema of the next one
        await bridge.ready()
        await bridge.until(partial(hospital.past, 0.8), "messages flow after a restart")
        await hospital.done()
        await all_of_it_once(bridge, hospital.total)
    finally:
        bridge.kill()
    for group in GROUPS:
        engine = create_engine(f"sqlite:///{sqlite_file(tmp_path / 'data', group)}")
        with engine.connect() as connection:
            assert migration.current(connection) == next_version.REVISION
        engine.dispose()


# -- many machines: a rolling upgrade, two versions side by side -------------------------------------------------------

OF_NEXT = ("a-discharge", "a-record", "z-intake")
"""Which services are upgraded while the others stay as they are. Kafka shares partitions out by name, and a message's
events lie in its partition's number: so what the new intake says is heard by the old readers, and the other way round.
"""


@pytest.fixture
def two_of_each(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bridge]:
    """Two services of each kind on Kafka and PostgreSQL, that keep their partitions for a minute after they end."""
    require(not kafka.missing(), kafka.missing())
    url = request.getfixturevalue("postgres_url")
    with kafka.KafkaServer() as broker:
        bridge = on_kafka(tmp_path, broker.bootstrap, url)
        bridge.settings[""] = {"ASCBRIDGE_KAFKA__SESSION_SECONDS": "60", "DATABASE": url}
        for name, kind in zip(OF_NEXT, ("discharge", "record", "intake"), strict=True):
            bridge.services[name] = bridge.services[kind]
            bridge.health[name] = free_port()
        bridge.settings["z-intake"] = {"ASCBRIDGE_MLLP__ADDRESS__PORT": str(free_port())}
        bridge.start()
        yield bridge
        bridge.kill()


async def owners(bridge: Bridge) -> dict[tuple[str, str, int], tuple[str, int]]:
    """Who reads each partition for each consumer, and how often it was claimed."""
    engine = create_async_engine(bridge.settings[""]["DATABASE"])
    async with engine.connect() as connection:
        rows = (await connection.execute(select(position))).all()
    await engine.dispose()
    return {(row.consumer, row.topic, row.partition): (row.owner, row.epoch) for row in rows}


async def shared(bridge: Bridge) -> bool:
    """Whether every reader reads its half of each of its topics."""
    found = Counter(owner for owner, _ in (await owners(bridge)).values())
    topics = {"discharge": READERS["discharge"], "record": READERS["record"], "intake": Translator.topics}
    half = {name: len(read) * HALF for name, read in topics.items()}
    return found == half | {f"z-{name}" if name == "intake" else f"a-{name}": n for name, n in half.items()}


async def unknown(port: int) -> float:
    """How many events a service left alone because it does not know their type."""
    async with httpx.AsyncClient(timeout=60) as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    counts = [line for line in text.splitlines() if line.startswith("ascbridge_events_unknown_total")]
    return sum(float(line.rpartition(" ")[2]) for line in counts)


@pytest.mark.kafka
@pytest.mark.postgres
async def test_a_rolling_upgrade_lets_an_old_and_a_new_version_share_the_topics(
    two_of_each: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = two_of_each
    await bridge.ready()
    await bridge.until(partial(shared, bridge), "each reader has its half")
    hospital = Hospital(
        [bridge.mllp, int(bridge.settings["z-intake"]["ASCBRIDGE_MLLP__ADDRESS__PORT"])], lines()
    )
    hospital.send(0.2)
    await bridge.until(partial(hospital.past, 0.05), "messages flow")
    async with nobody_waits(hospital):
        next_version.known(tmp_path / "next", monkeypatch)
        await migration.upgrade_postgres(bridge.settings[""]["DATABASE"])
        await bridge.until(partial(hospital.past, 0.2), "messages flow on the new schema")
    before = await owners(bridge)
    for number, name in enumerate(OF_NEXT):  # readers before writers
        bridge.commands[name] = NEXT
        hospital.send(0.3 + 0.1 * number)
        await restart(bridge, name)
    await bridge.until(partial(hospital.past, 0.5), "messages flow")
    await bridge.until(partial(read_on, bridge, before), "the upgraded ones read on")
    await hospital.done()
    after = await owners(bridge)
    assert {here: (owner, epoch + (owner in OF_NEXT)) for here, (owner, epoch) in before.items()} == after
    await all_of_it_once(bridge, hospital.total)
    for name in ("discharge", "record"):
        assert await unknown(bridge.health[name]) > 0
        said = (bridge.folder / f"{name}.log").read_text("utf-8")
        assert all(kind in said for kind in ("bed-cleaned.v1", "patient-discharged.v2"))


async def read_on(bridge: Bridge, before: dict[tuple[str, str, int], tuple[str, int]]) -> bool:
    after = await owners(bridge)
    return all(after[here][1] > epoch for here, (owner, epoch) in before.items() if owner in OF_NEXT)

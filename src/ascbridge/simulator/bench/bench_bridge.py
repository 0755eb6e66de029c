"""A bridge under measurement, and the two questions that are asked of it from outside."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.simulator import verdict
from ascbridge.simulator.bench import memory
from ascbridge.simulator.discharge_team import Desk, wait_until
from ascbridge.simulator.running_bridge import RunningBridge, free_port
from ascbridge.simulator.running_services import RunningServices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

LONGEST_S = 300.0


class TooSlow(Exception):
    """What was measured did not end within five minutes."""


@dataclass
class BenchBridge:
    """A running bridge. `start_s`: seconds from the command to being ready."""

    bridge: RunningBridge | RunningServices
    desk: Desk
    operations: Desk
    start_s: float

    def pids(self) -> list[int]:
        """Every process of it, and what they started."""
        found = [one for pid in self.bridge.pids for one in memory.tree(pid)]
        return list(dict.fromkeys(found))

    async def drain(self) -> None:
        """Return when everything that was kept has been delivered. Raises `TooSlow`."""
        if not await wait_until(self._drained, most_s=LONGEST_S, longest_pause_s=0.25):
            raise TooSlow("kept messages were not delivered")

    async def delivered(self) -> int:
        """How many messages of the hospital have been delivered."""
        ledger = (await verdict.ledgers(self.operations)).get(verdict.HOSPITAL_FEED, {})
        return int(ledger.get("delivered", 0))

    async def open_tasks(self) -> int:
        """How many tasks the list shows as open."""
        found = await self.desk.get("/api/tasks", view="open", limit=1)
        return int(found["counts"]["open"])

    async def _drained(self) -> bool:
        return not any(one["waiting"] for one in (await verdict.ledgers(self.operations)).values())


@asynccontextmanager
async def running(data_dir: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[BenchBridge]:
    """Start a bridge on a data directory, new or used, and stop it at the end. `settings` are variables."""
    bridge = RunningBridge(
        data_dir,
        http_port=free_port(),
        mllp_port=free_port(),
        settings={"ASCBRIDGE_INVENTED_PEOPLE": "true", **(settings or {})},
    )
    async with _asked(bridge) as bench:
        yield bench


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL database and a Kafka that run already."""

    database_url: str
    kafka: str


@asynccontextmanager
async def on_servers(data_dir: Path, servers: Servers, workers: int = 1) -> AsyncIterator[BenchBridge]:
    """Start the services for many machines, so many of each that works, and stop them at the end."""
    services = RunningServices(
        data_dir, database_url=servers.database_url, kafka=servers.kafka, workers=workers
    )
    async with _asked(services) as bench:
        yield bench


@asynccontextmanager
async def _asked(bridge: RunningBridge | RunningServices) -> AsyncIterator[BenchBridge]:
    began = time.perf_counter()
    async with bridge:
        start_s = time.perf_counter() - began
        desk = Desk(bridge.url, partial(bridge.token, "discharge-team"))
        operations = Desk(bridge.url, partial(bridge.token, "it-operations"))
        try:
            yield BenchBridge(bridge, desk, operations, start_s)
        finally:
            await desk.close()
            await operations.close()

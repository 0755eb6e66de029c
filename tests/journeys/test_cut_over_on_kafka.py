"""The cut-over on a real Kafka and PostgreSQL, as four services: the same play, with the same kills and the same verdict."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.simulator.cut_over import CutOver
from ascbridge.simulator.cut_over_stage import NEW, OLD, CutOverStage
from ascbridge.simulator.cut_over_tale import CutOverTale
from ascbridge.simulator.running_bridge import NotStarted, RunningBridge, free_port
from ascbridge.storage.tables import applied_word, door_task, feed_switch, said_event
from tests.needs import require
from tests.servers import kafka

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SERVICES = ("intake", "discharge", "record", "web")
READY_S = 240.0

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.timeout(2_400),
    pytest.mark.skipif(
        not os.environ.get("CUT_OVER_ON_KAFKA"),
        reason="plays for three minutes and more: CUT_OVER_ON_KAFKA=1 make slow",
    ),
]


class Services(RunningBridge):
    """Stands for a bridge of four services, all started together and all killed together."""

    def __init__(
        self, data_dir: Path, *, http_port: int, mllp_port: int, settings: Mapping[str, str]
    ) -> None:
        super().__init__(data_dir, http_port=http_port, mllp_port=mllp_port, settings=settings)
        self._health = {name: free_port() for name in SERVICES} | {"web": http_port}
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not (self.data_dir / "master.key").exists():
            for preparing in (("master-key", str(self.data_dir / "master.key")), ("migrate",), ("topics",)):
                await self._prepare(*preparing)
        for name in SERVICES:
            where = "HTTP" if name == "web" else "HEALTH"
            own = {
                "ASCBRIDGE_MEMBER": f"{name}-1",
                f"ASCBRIDGE_{where}__ADDRESS__PORT": str(self._health[name]),
                "ASCBRIDGE_MLLP__ADDRESS__PORT": str(self.mllp_port),
            }
            with (self.data_dir / f"{name}.log").open("ab") as log:
                self._running[name] = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "ascbridge", "serve", name, stdout=log, stderr=log,
                    env=os.environ | self._settings | own, start_new_session=True,
                )  # fmt: skip
        await asyncio.gather(*map(self._ready, SERVICES))

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, by: signal.Signals) -> None:
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(by)
        for process in self._running.values():
            try:
                await asyncio.wait_for(process.wait(), 120)
            except TimeoutError:
                process.kill()
                await process.wait()
        self._running.clear()

    async def _prepare(self, *arguments: str) -> None:
        made = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ascbridge", *arguments, env=os.environ | self._settings,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await made.communicate()
        assert made.returncode == 0, out.decode()

    async def _ready(self, name: str) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._health[name]}", timeout=10) as client:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READY_S):
                    while self._running[name].returncode is None:
                        with contextlib.suppress(httpx.HTTPError):
                            if (await client.get("/health/ready")).status_code == 200:
                                return
                        await asyncio.sleep(0.1)
        log = (self.data_dir / f"{name}.log").read_text("utf-8", "replace")
        raise NotStarted(f"{name} was not ready: {log[-2_000:]}")


class ManyMachines(CutOverStage):
    """The stage of a cut-over on these servers."""

    def __init__(self, folder: Path, servers: Mapping[str, str]) -> None:
        self._servers = dict(servers)
        super().__init__(folder, http_port=free_port(), mllp_port=free_port())

    def _another(self) -> RunningBridge:
        one = super()._another()
        return Services(
            one.data_dir,
            http_port=self._ports[0],
            mllp_port=self._ports[1],
            settings=one._settings
            | self._servers
            | {
                "ASCBRIDGE_MASTER_KEY_FILE": str(one.data_dir / "master.key"),
                "ASCBRIDGE_DATA_DIR": str(one.data_dir),
            },
        )


@pytest.fixture
def servers(postgres_url: str) -> Iterator[dict[str, str]]:
    """Give the settings that point a bridge at a Kafka and a database of this test's own."""
    require(not kafka.missing(), kafka.missing())
    with kafka.KafkaServer() as broker:
        yield {
            "ASCBRIDGE_KAFKA__BOOTSTRAP": broker.bootstrap,
            "ASCBRIDGE_DATABASE_URL": postgres_url,
            "ASCBRIDGE_SINK__KIND": "builtin",
        }


async def rows(url: str, *wanted: object) -> list[tuple[object, ...]]:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(*wanted)]  # type: ignore[call-overload]  # a select
    finally:
        await engine.dispose()


async def test_one_case_system_takes_over_from_another_on_many_machines(
    servers: dict[str, str], tmp_path: Path
) -> None:
    told: list[str] = []
    async with ManyMachines(tmp_path, servers) as stage:
        play = CutOver(CutOverTale(1), stage, tmp_path, told.append)
        last = await play.play()
    assert last.startswith("demo: PASS 3 mapping faults and 2 differences found"), (last, told)
    url = servers["ASCBRIDGE_DATABASE_URL"]
    assert await rows(url, select(applied_word.c.message_id).where(applied_word.c.state == "waiting")) == []
    switches = select(feed_switch.c.event_type, feed_switch.c.live).order_by(feed_switch.c.number)
    by_type: dict[object, list[object]] = {}
    for event_type, live in await rows(url, switches):
        by_type.setdefault(event_type, []).append(live)
    assert {tuple(each) for each in by_type.values()} == {(NEW, OLD, NEW)}
    times = func.count().label("n")
    by_thing = (door_task.c.kind, door_task.c.about, door_task.c.person_id)
    assert {n for (n,) in await rows(url, select(times).select_from(door_task).group_by(*by_thing))} == {1}
    assert {feed for (feed,) in await rows(url, select(said_event.c.feed).distinct())} == {OLD, NEW}

"""Sets the stage for a round: a bridge on its stack, with the clock, disk, sink or servers that its fault needs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from tests.faults.between import HOST, Between
from tests.faults.blows import disk
from tests.faults.broken_fhir import broken_fhir
from tests.faults.scene import Scene
from tests.journeys.bridge import on_kafka, on_sqlite
from tests.needs import require
from tests.servers import hapi, kafka, postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AsyncExitStack
    from pathlib import Path

    from tests.faults.driver import Fault


@contextlib.asynccontextmanager
async def staged(
    stack: str,
    fault: Fault,
    folder: Path,
    variables: Mapping[str, str] | None = None,
    furnish: Callable[[Scene], Awaitable[Mapping[str, str]]] | None = None,
) -> AsyncIterator[Scene]:
    """Start all of it, and end all of it. The folder is there already; variables set what else is to be set, and
    `furnish` makes what is needed before the bridge starts, and returns the variables that say so.
    """
    async with contextlib.AsyncExitStack() as ends:
        on = _on_servers if stack == "kafka" else _on_one_machine
        scene = await on(ends, folder, fault)
        ends.push_async_callback(scene.client.close)
        await _with_needs(scene, fault, ends)
        scene.bridge.settings[""] |= variables or {}
        scene.bridge.settings[""] |= await furnish(scene) if furnish is not None else {}
        ends.callback(scene.bridge.kill)
        scene.bridge.start()
        yield scene


async def _on_one_machine(ends: AsyncExitStack, folder: Path, fault: Fault) -> Scene:
    small_disk = "disk" in fault.needs and _small_disk(ends, folder / "data", "sqlite")
    return Scene(on_sqlite(folder), small_disk=small_disk)


async def _on_servers(ends: AsyncExitStack, folder: Path, fault: Fault) -> Scene:
    require(not kafka.missing(), kafka.missing())
    require(not postgres.missing(), postgres.missing())
    stretches = {"kafka": Between(), "postgres": Between()} if "between" in fault.needs else {}
    told = {"advertised.listeners": f"PLAINTEXT://{HOST}:{stretches['kafka'].port}"} if stretches else None
    broker, server = kafka.KafkaServer(told), postgres.PostgresServer()
    if "disk" in fault.needs:
        small = [_small_disk(ends, one.folder, "kafka") for one in (broker, server)]
        require(all(small), "small disks for Kafka and PostgreSQL, which only root may mount")
    ends.enter_context(broker)
    ends.enter_context(server)
    bootstrap, url = broker.bootstrap, server.create_database("bridge")
    if stretches:
        for name, port in (("kafka", broker.port), ("postgres", server.port)):
            await stretches[name].begin(port)
            ends.push_async_callback(stretches[name].end)
        bootstrap = f"{HOST}:{stretches['kafka'].port}"
        url = url.replace(f":{server.port}/", f":{stretches['postgres'].port}/")
    made = await asyncio.to_thread(on_kafka, folder, bootstrap, url)
    return Scene(made, broker=broker, postgres=server, between=stretches)


def _small_disk(ends: AsyncExitStack, folder: Path, stack: str) -> bool:
    """Let a folder be a small disk of its own until the end; return whether this machine lets us."""
    mounted = disk.mount(folder, stack)
    if mounted:
        ends.callback(disk.unmount, folder)
    return mounted


async def _with_needs(scene: Scene, fault: Fault, ends: AsyncExitStack) -> None:
    settings = scene.bridge.settings.setdefault("", {})
    if "clock" in fault.needs:
        scene.clock_file = scene.bridge.folder / "clock.json"
        settings["ASCBRIDGE_CLOCK_FILE"] = str(scene.clock_file)
        scene.set_clock(0)
    url = ""
    if "fhir" in fault.needs:
        scene.fhir = await ends.enter_async_context(broken_fhir())
        url = scene.fhir.url
    if "hapi" in fault.needs:
        require(not hapi.missing(), hapi.missing())
        scene.hapi = ends.enter_context(hapi.HapiServer(keep_data=True))
        url = scene.hapi.base_url
    if url:
        settings |= {
            "ASCBRIDGE_SINK__KIND": "fhir",
            "ASCBRIDGE_SINK__URL": url,
            "ASCBRIDGE_SINK__TIMEOUT_SECONDS": "3" if scene.fhir is not None else "30",
        }
    if scene.hapi is not None:  # so slowly that it can be killed in the midst of it, many times
        settings |= {"ASCBRIDGE_SINK__PEOPLE_PER_BUNDLE": "2", "ASCBRIDGE_SINK__CATCH_UP_PER_SECOND": "4"}

"""PostgreSQL is restored from a dump taken under traffic, and its topics know more than it does: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.journeys.bridge import on_kafka, run
from tests.journeys.test_upgrade import Hospital, all_of_it_once, lines
from tests.needs import require
from tests.servers import kafka, postgres

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.bridge import Bridge

pytestmark = [pytest.mark.timeout(1_200), pytest.mark.slow, pytest.mark.kafka, pytest.mark.postgres]
STAYS = 15


async def tool(program: str, port: int, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on the test's server."""
    folder = postgres.programs()
    assert folder is not None
    command = [str(folder / program), "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", *arguments]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


async def all_told(bridge: Bridge) -> bool:
    """Whether everything that was kept has been dealt with, so that the topics hold it."""
    row = await bridge.ledger()
    return bool(row["kept"] == row["delivered"])


async def test_a_database_from_a_dump_catches_up_with_topics_that_know_more(tmp_path: Path) -> None:
    require(not kafka.missing(), kafka.missing())
    require(not postgres.missing(), postgres.missing())
    with kafka.KafkaServer() as broker, postgres.PostgresServer() as server:
        url = server.create_database("bridge")
        bridge = on_kafka(tmp_path, broker.bootstrap, url)
        settings = str(tmp_path / "settings.toml")
        bridge.start()
        try:
            await bridge.ready()
            hospital = Hospital([bridge.mllp], lines(STAYS))
            hospital.send(0.5)
            await bridge.until(partial(hospital.past, 0.2), "messages flow")
            await tool("pg_dump", server.port, "-Fc", "-f", str(tmp_path / "dump"), "bridge")
            hospital.send(0.7)
            await bridge.until(partial(hospital.past, 0.7), "messages flow after the dump")
            await bridge.until(partial(all_told, bridge), "its topics tell of what came after the dump")
            assert bridge.stop() == [0, 0, 0, 0]
            await hospital.leave()
            server.drop_database("bridge")
            server.create_database("bridge")
            await tool("pg_restore", server.port, "-d", "bridge", str(tmp_path / "dump"))
            bridge.forget_tokens()
            said = await asyncio.to_thread(run, "after-restore", "--config", settings)
            assert "messages that were answered are not in the back-up, the first of" in said
            bridge.start()
            await bridge.ready()
            again = Hospital(
                [bridge.mllp], lines(STAYS)
            )  # the hospital sends again all it ever sent, and the rest
            await again.done()
            await all_of_it_once(bridge, again.total, STAYS)
        finally:
            bridge.kill()

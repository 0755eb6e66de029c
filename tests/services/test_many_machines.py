"""The four services as they are deployed, on a real Kafka and PostgreSQL: a message goes all the way."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.config_sections import HEALTH_PORTS
from ascbridge.storage.tables import message_state, task
from tests.needs import require
from tests.servers import kafka
from tests.servers.process import free_port

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "discharge", "record", "web")

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(1_200)]


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give the variables that point the shipped service.toml files at servers of this test."""
    require(not kafka.missing(), kafka.missing())
    with kafka.KafkaServer() as broker:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ASCBRIDGE_")}
        yield clean | {
            "ASCBRIDGE_KAFKA__BOOTSTRAP": broker.bootstrap,
            "ASCBRIDGE_DATABASE_URL": postgres_url,
            "ASCBRIDGE_MASTER_KEY_FILE": str(tmp_path / "master.key"),
            "ASCBRIDGE_MLLP__ADDRESS__PORT": str(free_port()),
            "ASCBRIDGE_HTTP__ADDRESS__PORT": str(free_port()),
            "ASCBRIDGE_SINK__KIND": "builtin",
            "PORTS": " ".join(str(free_port()) for _ in HEALTH_PORTS),
        }


def command(settings: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ascbridge", *arguments],
        cwd=ROOT, env=settings, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def own_of(name: str, settings: dict[str, str]) -> dict[str, str]:
    """What each service has for itself: its member name and, of ports that nobody else has, where it says how it is."""
    ports = dict(zip(HEALTH_PORTS, settings["PORTS"].split(), strict=True))
    port = {"ASCBRIDGE_HEALTH__ADDRESS__PORT": ports[name]} if name in ports else {}
    return {"ASCBRIDGE_MEMBER": f"{name}-1"} | port


def start(name: str, settings: dict[str, str], log: TextIO) -> subprocess.Popen[bytes]:
    """Start a service's main as its container does."""
    own = settings | own_of(name, settings)
    main = [sys.executable, str(ROOT / "services" / name / "main.py")]
    return subprocess.Popen(main, cwd=ROOT, env=own, stdout=log, stderr=subprocess.STDOUT)


async def until_well(name: str, settings: dict[str, str]) -> None:
    """Ask as the container does until the service is well."""
    while True:
        asked = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "services" / "healthcheck.py"),
            name,
            env=settings,
            stderr=subprocess.DEVNULL,
        )
        if await asked.wait() == 0:
            return
        await asyncio.sleep(0.3)


async def until_delivered(url: str, count: int) -> list[str]:
    """Wait until so many messages are delivered, and return the stages of all tasks."""
    engine = create_async_engine(url)
    try:
        while True:
            async with engine.connect() as connection:
                states = (await connection.execute(select(message_state.c.state))).scalars().all()
                stages = (await connection.execute(select(task.c.status))).scalars().all()
            if list(states).count("delivered") == count:
                return list(stages)
            await asyncio.sleep(0.2)
    finally:
        await engine.dispose()


async def test_a_message_goes_all_the_way_through_four_services(settings, tmp_path) -> None:
    shipped = str(ROOT / "services" / "intake" / "service.toml")
    for preparing in (
        ("master-key", settings["ASCBRIDGE_MASTER_KEY_FILE"]),
        ("migrate", "--config", shipped),
        ("topics", "--config", shipped),
    ):
        done = command(settings, *preparing)
        assert done.returncode == 0, done.stderr
    with contextlib.ExitStack() as running:
        started = {}
        for name in SERVICES:
            log = running.enter_context((tmp_path / f"{name}.log").open("w"))
            started[name] = start(name, settings, log)
            running.callback(started[name].kill)
        try:
            async with asyncio.timeout(400):
                for name in SERVICES:
                    await until_well(name, settings | own_of(name, settings))
                sample = str(ROOT / "contracts" / "samples" / "itk-v24" / "a16-ready.hl7")
                address = f"127.0.0.1:{settings['ASCBRIDGE_MLLP__ADDRESS__PORT']}"
                sent = await asyncio.to_thread(command, settings, "send", "--mllp", address, sample)
                assert [line.split("\t")[1] for line in sent.stdout.splitlines()] == ["AA", "AA"]
                assert await until_delivered(settings["ASCBRIDGE_DATABASE_URL"], 2) == ["requested"]
        except TimeoutError:
            logs = {name: (tmp_path / f"{name}.log").read_text()[-1500:] for name in SERVICES}
            pytest.fail(f"not well or not delivered in time: {logs}")
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        ends = {name: await asyncio.to_thread(process.wait, 240) for name, process in started.items()}
    assert ends == dict.fromkeys(SERVICES, 0)

"""The check that a container asks: well when the service works, unwell and in words when it does not."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from pathlib import Path
from types import ModuleType

import pytest

from ascbridge import config
from ascbridge.bootstrap.parts.vitals import Vitals
from ascbridge.config_sections import HEALTH_PORTS, HostPort
from tests.servers.process import free_port

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthcheck", ROOT / "services" / "healthcheck.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_a_service_is_well_while_it_says_that_it_is_ready(check, tmp_path, capsys) -> None:
    port, wrong = free_port(), {"record": ""}
    settings = tmp_path / "service.toml"
    settings.write_text(f"[health.address]\nport = {port}\n")
    assert await asyncio.to_thread(check.main, ["record", str(settings)]) == 1  # nobody there yet
    stop = asyncio.Event()
    address = config.load(settings).health_address("record")
    serving = asyncio.create_task(Vitals({"record": lambda: wrong["record"]}).serve(stop, address=address))
    async with asyncio.timeout(120):
        while await asyncio.to_thread(check.main, ["record", str(settings)]) != 0:
            assert not serving.done(), serving
    capsys.readouterr()
    wrong["record"] = "the disk is full"
    assert await asyncio.to_thread(check.main, ["record", str(settings)]) == 1
    assert capsys.readouterr().err == "not ready: 503 record: the disk is full\n"
    stop.set()
    await serving


def test_nobody_there_is_unwell(check) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "not ready" in check.wrong_with(HostPort(port=free.getsockname()[1]))


@pytest.mark.parametrize("name", ["intake", "discharge", "record", "web"])
def test_every_shipped_service_is_asked_where_its_settings_say(name, check) -> None:
    settings = config.load(ROOT / "services" / name / "service.toml")
    address = settings.health_address(name)
    assert name in check.SERVICES
    assert address is not None
    assert (address.host, address.port) == ("127.0.0.1", {**HEALTH_PORTS, "web": 8080}[name])


def test_only_services_with_a_container_can_be_asked(check, capsys) -> None:
    assert check.main(["simulator"]) == 2
    assert "intake, discharge, record, web" in capsys.readouterr().err

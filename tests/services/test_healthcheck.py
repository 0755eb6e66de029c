"""The check that a container asks: well when the service works, unwell and in words when it does not."""

from __future__ import annotations

import http.server
import importlib.util
import socket
import threading
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge import config
from ascbridge.storage import migration
from ascbridge.storage.tables import position

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthcheck", ROOT / "services" / "healthcheck.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pages():
    """Serve a ready page that answers with the status it is told."""

    class Page(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_GET(self) -> None:
            assert self.path == "/health/ready"
            self.send_response(Page.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Page, config.HostPort(port=server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_web_is_well_while_it_says_that_it_is_ready(check, pages) -> None:
    page, address = pages
    assert check.is_ready(address) == ""
    page.status = 503
    assert "503" in check.is_ready(address)


def test_nobody_there_is_unwell(check) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = config.HostPort(port=free.getsockname()[1])
        assert "not ready" in check.is_ready(nobody)
        assert str(nobody.port) in check.takes_connections(nobody)


def test_a_listener_that_takes_connections_is_well(check) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert check.takes_connections(config.HostPort(port=listening.getsockname()[1])) == ""


@pytest.mark.postgres
async def test_a_reader_is_well_once_it_owns_a_position(check, postgres_url) -> None:
    await migration.upgrade_postgres(postgres_url)
    assert "owns no position of discharge" in await check.reads(postgres_url, "discharge", "d-1")
    engine = create_async_engine(postgres_url)
    async with engine.begin() as connection:
        row = {"consumer": "discharge", "topic": "person", "partition": 0, "owner": "d-1", "moved_ms": 1}
        await connection.execute(insert(position).values(row))
    await engine.dispose()
    assert await check.reads(postgres_url, "discharge", "d-1") == ""
    assert "d-2 owns no position" in await check.reads(postgres_url, "discharge", "d-2")


async def test_a_database_that_is_gone_is_unwell(check) -> None:
    gone = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
    assert "the database cannot be read" in await check.reads(gone, "record", "r-1")


def test_only_services_with_a_container_can_be_asked(check, capsys) -> None:
    assert check.main(["simulator"]) == 2
    assert "intake, discharge, record, web" in capsys.readouterr().err

"""A service without pages says how it is: alive, ready or why not, and what it counts; on a port and on a socket."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ascbridge import telemetry
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.bootstrap.parts.vitals import HEAD_BYTES, Vitals
from ascbridge.config_sections import HostPort
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATIENCE_S = 120


@asynccontextmanager
async def served(wrong: dict[str, str], **where: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    vitals = Vitals(
        {"reader": lambda: wrong.get("reader", "")},
        {"folder extract": lambda: wrong.get("folder extract", "")},
    )
    serving = asyncio.create_task(vitals.serve(stop, **where))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await answers(**where):
                assert not serving.done(), serving
                await asyncio.sleep(0.01)
        yield
    finally:
        stop.set()
        await serving


async def answers(*, address: HostPort | None = None, path: Path | None = None) -> bool:
    try:
        if path is not None:
            _, writer = await asyncio.open_unix_connection(path)
        else:
            assert address is not None
            _, writer = await asyncio.open_connection(address.host, address.port)
    except OSError:
        return False
    writer.close()
    return True


async def test_it_says_that_it_lives_is_ready_and_what_it_counts() -> None:
    address, wrong = HostPort(port=free_port()), {}
    telemetry.handled.labels("vitals-test").inc(3)
    async with (
        served(wrong, address=address),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{address.port}", timeout=PATIENCE_S) as client,
    ):
        assert (await client.get("/health/live")).json() == {"status": "live"}
        assert (await client.get("/health/ready")).json() == {"status": "ready", "wrong": {}}
        metrics = await client.get("/metrics?name=x")
        assert metrics.headers["content-type"].startswith("text/plain")
        assert 'ascbridge_events_handled_total{consumer="vitals-test"} 3.0' in metrics.text
        wrong["folder extract"] = "a.csv cannot be read"
        told = await client.get("/health/ready")
        assert (told.status_code, told.json()) == (200, {"status": "degraded", "wrong": dict(wrong)})
        del wrong["folder extract"]
        wrong["reader"] = "stands still"
        unready = await client.get("/health/ready")
        assert unready.status_code == 503
        assert unready.json() == {"status": "not ready", "wrong": {"reader": "stands still"}}
        head = await client.head("/health/ready")
        assert (head.status_code, head.content) == (503, b"")
        assert (await client.get("/")).status_code == 404
        assert (await client.post("/health/live")).status_code == 405


async def test_it_answers_on_a_socket_too_and_takes_it_away_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "vitals.sock"
    path.write_bytes(b"left by a service that was killed")
    async with served({}, path=path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"GET /health/ready HTTP/1.0\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    assert head.startswith(b"HTTP/1.1 200")
    assert json.loads(body)["status"] == "ready"
    assert not path.exists()


@pytest.mark.parametrize("sent", [b"", b"nonsense", b"GET " + b"x" * 2 * HEAD_BYTES, b"\r\n\r\n"])
async def test_whoever_asks_nothing_that_can_be_read_disturbs_nobody(sent: bytes) -> None:
    address = HostPort(port=free_port())
    async with served({}, address=address):
        reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_S):
            with suppress(ConnectionResetError):
                assert b"200 OK" not in await reader.read()
        writer.close()
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            assert (await client.get(f"http://127.0.0.1:{address.port}/health/live")).status_code == 200


async def test_a_port_that_somebody_has_is_told_with_the_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = HostPort(port=taken.getsockname()[1])
        with pytest.raises(CannotStart, match=rf"{address.port}: .*set health\.address"):
            await Vitals({}).serve(asyncio.Event(), address=address)


async def test_a_path_that_is_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="data_dir with a shorter path"):
        await Vitals({}).serve(asyncio.Event(), path=tmp_path / ("x" * 120))

"""Pages are served in the loop of their service: the one-time link, the drain, and a port that somebody has."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.parts.ground import Ground, open_ground
from ascbridge.bootstrap.parts.pages import serve_pages
from ascbridge.bootstrap.parts.settled import CannotStart
from ascbridge.bootstrap.working import completing_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from ascbridge.config import Settings

PATIENCE_S = 120
LINK = re.compile(r"Open (http://127\.0\.0\.1:(\d+)/sign-in\?code=\S{32})\n")


@pytest.fixture
async def ground(settings: Settings) -> AsyncIterator[Ground]:
    made = open_ground(settings)
    yield made
    await made.log.close()
    await made.database.close()


async def nobody_enters(_entry: bytes) -> str:
    return ""


async def printed(capsys: pytest.CaptureFixture[str], serving: asyncio.Task[None]) -> re.Match[str]:
    """The link, once it is printed."""
    out = ""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := LINK.search(out)):
            assert not serving.done(), serving
            await asyncio.sleep(0.01)
            out += capsys.readouterr().out
    return found


async def test_the_link_that_is_printed_signs_in_once(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(
        serve_pages(ground, stop, completing_of(ground, ground.translator()), nobody_enters)
    )
    link, port = (await printed(capsys, serving)).groups()
    assert int(port) == ground.settings.http.address.port
    async with (
        httpx.AsyncClient(timeout=PATIENCE_S) as first,
        httpx.AsyncClient(timeout=PATIENCE_S) as second,
    ):
        assert (await first.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200
        await first.get(link)
        assert "ascbridge" in first.cookies
        again = await second.get(link)
        assert not again.is_redirect
        assert "ascbridge" not in second.cookies
    stop.set()
    await asyncio.wait_for(serving, PATIENCE_S)
    async with httpx.AsyncClient(timeout=PATIENCE_S) as late:
        with pytest.raises(httpx.ConnectError):
            await late.get(f"http://127.0.0.1:{port}/health/ready")


async def test_a_connection_that_rests_is_not_closed_before_its_client_lets_go_of_it(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(
        serve_pages(ground, stop, completing_of(ground, ground.translator()), nobody_enters)
    )
    port = (await printed(capsys, serving))[2]
    limits = httpx.Limits(keepalive_expiry=PATIENCE_S)
    async with httpx.AsyncClient(timeout=PATIENCE_S, limits=limits) as client:
        ends = []
        for rests_s in (5.5, 0):  # httpx lets go after 5 s, unless it is told otherwise
            answer = await client.get(f"http://127.0.0.1:{port}/health/live")
            ends.append(answer.extensions["network_stream"].get_extra_info("client_addr"))
            await asyncio.sleep(rests_s)
    assert ends[0] == ends[1]
    stop.set()
    await asyncio.wait_for(serving, PATIENCE_S)


async def test_a_part_in_trouble_is_seen_in_the_health_of_the_process(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    ground, stop = open_ground(settings), asyncio.Event()
    ground.deliver(ground.engine())
    serving = asyncio.create_task(
        serve_pages(ground, stop, completing_of(ground, ground.translator()), nobody_enters)
    )
    port = (await printed(capsys, serving))[2]
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        ground.deliveries[0].trouble = "the disk is full"
        answer = await client.get(f"http://127.0.0.1:{port}/health/ready")
    assert answer.status_code == 503
    stop.set()
    await asyncio.wait_for(serving, PATIENCE_S)
    await ground.log.close()
    await ground.database.close()


async def test_a_port_that_somebody_has_is_told_and_ends_nothing_else(
    make_settings: Callable[..., Settings],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = make_settings(http={"address": {"port": port}})
        prepare(settings)
        ground = open_ground(settings)
        with pytest.raises(CannotStart, match=f"pages cannot be served at 127.0.0.1:{port}"):
            await serve_pages(
                ground, asyncio.Event(), completing_of(ground, ground.translator()), nobody_enters
            )
        await ground.log.close()
        await ground.database.close()

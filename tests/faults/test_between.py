"""A cut lets nothing pass and breaks nothing off; what was said meanwhile arrives, or the line ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.between import HOST, Between

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.faults
US = frozenset({os.getpid()})


@contextlib.asynccontextmanager
async def echo_behind() -> AsyncIterator[Between]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    between = Between()
    await between.begin(server.sockets[0].getsockname()[1])
    yield between
    await between.end()
    server.close()


async def said(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.read(100), 60)


@pytest.mark.parametrize("broken, wanted", [(False, b"two"), (True, b"")])
async def test_what_is_cut_is_silent_until_it_is_mended(broken: bool, wanted: bytes) -> None:  # noqa: FBT001
    async with echo_behind() as between:
        reader, writer = await asyncio.open_connection(HOST, between.port)
        writer.write(b"one")
        assert await said(reader) == b"one"
        between.cut(US)
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(100), 0.3)
        await between.mend(broken=broken)
        assert await said(reader) == wanted
        writer.close()


async def test_only_the_named_processes_are_cut_off() -> None:
    async with echo_behind() as between:
        between.cut(frozenset({1}))
        reader, writer = await asyncio.open_connection(HOST, between.port)
        writer.write(b"one")
        assert await said(reader) == b"one"
        writer.close()

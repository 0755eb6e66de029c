"""Says how a service without pages is: whether it lives, is ready, and what it counts. Nothing about any person.

Three addresses and no more, so this is not worth a web framework: `listen` must stay small and start at once. Each
connection is answered once and closed.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ascbridge import telemetry
from ascbridge.bootstrap.parts.settled import LONGEST_SOCKET_PATH, CannotStart

if TYPE_CHECKING:
    from asyncio import AbstractServer, StreamReader, StreamWriter
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ascbridge.config_sections import HostPort

_log = telemetry.log("vitals")
HEAD_BYTES = 8_192
PATIENCE_S = 5


class Vitals:
    """Answers `/health/live`, `/health/ready` and `/metrics`. `checks` say, by name, what is wrong, or nothing.

    What is wrong with one of `apart` is named, and the service is `degraded` and stays ready (200): who shares out
    hospitals' messages by this answer must not take them from a service that keeps them, because a council's file
    cannot be read.
    """

    def __init__(
        self, checks: Mapping[str, Callable[[], str]], apart: Mapping[str, Callable[[], str]] | None = None
    ) -> None:
        self._checks, self._apart = checks, apart or {}

    async def serve(
        self, stop: asyncio.Event, *, address: HostPort | None = None, path: Path | None = None
    ) -> None:
        """Answer on a port, a Unix socket or both, until told to stop. Raises `CannotStart`."""
        servers: list[AbstractServer] = []
        try:
            if path is not None:
                servers.append(await self._in_folder(path))
            if address is not None:
                servers.append(await self._on_port(address))
            await stop.wait()
        finally:
            for server in servers:
                server.close()
            if path is not None:
                _clear(path)

    async def _on_port(self, address: HostPort) -> AbstractServer:
        try:
            server = await asyncio.start_server(self._meet, address.host, address.port, limit=HEAD_BYTES)
        except OSError as fault:
            here = f"{address.host}:{address.port}"
            raise CannotStart(
                f"health cannot be served at {here}: {fault.strerror}; set health.address"
            ) from None
        _log.info("health is served", address=address.host, port=server.sockets[0].getsockname()[1])
        return server

    async def _in_folder(self, path: Path) -> AbstractServer:
        if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
            raise CannotStart(f"{path} is too long for a socket: choose a data_dir with a shorter path")
        _clear(path)  # what a killed service left
        return await asyncio.start_unix_server(self._meet, path, limit=HEAD_BYTES)

    async def _meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # whoever asked went away, or asked nothing that can be read
        finally:
            writer.close()

    def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if method not in {b"GET", b"HEAD"}:
            return _response("405 Method Not Allowed", "text/plain", b"GET only\n")
        match path:
            case b"/health/live":
                found = _response("200 OK", "application/json", b'{"status": "live"}')
            case b"/health/ready":
                found = self._ready()
            case b"/metrics":
                found = _response("200 OK", CONTENT_TYPE_LATEST, generate_latest(telemetry.registry))
            case _:
                found = _response("404 Not Found", "text/plain", b"/health/live, /health/ready, /metrics\n")
        return found.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == b"HEAD" else found

    def _ready(self) -> bytes:
        wrong, apart = _found(self._checks), _found(self._apart)
        status = "503 Service Unavailable" if wrong else "200 OK"
        said = "not ready" if wrong else "degraded" if apart else "ready"
        body = {"status": said, "wrong": wrong | apart}
        return _response(status, "application/json", json.dumps(body).encode())


def _found(checks: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    return {name: said for name, check in checks.items() if (said := check())}


def _clear(path: Path) -> None:
    path.unlink(missing_ok=True)


def _response(status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body

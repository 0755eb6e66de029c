"""A stretch of network between the bridge's services and a server, which can be cut for one of the services alone.

While it is cut, nothing that a service says arrives and nothing comes back; its connections stand, as they do when a
cable is pulled. Whether they are broken off in the end, or go on where they stopped, whoever cuts says.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from tests.servers.process import free_port

HOST = "127.0.0.1"
CHUNK = 65_536


class Between:
    """Forwards from its own port to a server's."""

    def __init__(self) -> None:
        self.port = free_port()
        self._to = 0
        self._open = asyncio.Event()
        self._open.set()
        self._cut: frozenset[int] = frozenset()
        self._server: asyncio.Server | None = None
        self._lines: dict[asyncio.Task[None], int] = {}

    async def begin(self, to: int) -> None:
        """Forward to this port from now on."""
        self._to = to
        self._server = await asyncio.start_server(self._come, HOST, self.port)

    async def end(self) -> None:
        """Break off everything."""
        if self._server is not None:
            self._server.close()
        await self._break(list(self._lines))

    def cut(self, pids: frozenset[int]) -> None:
        """Let nothing pass to or from these processes."""
        self._cut = pids
        self._open.clear()

    async def mend(self, *, broken: bool) -> None:
        """Let everything pass again; where `broken`, what was cut is broken off first."""
        if broken:
            await self._break([task for task, pid in self._lines.items() if pid in self._cut])
        self._cut = frozenset()
        self._open.set()

    async def _break(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task, pid = asyncio.current_task(), owner(writer.get_extra_info("peername")[1])
        assert task is not None
        self._lines[task] = pid
        try:
            await self._may_pass(pid)
            there, to = await asyncio.open_connection(HOST, self._to)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._forward(reader, to, pid))
                    group.create_task(self._forward(there, writer, pid))
            finally:
                to.close()
        except* (OSError, asyncio.CancelledError, EOFError):
            pass  # as lines end
        finally:
            writer.close()
            del self._lines[task]

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int) -> None:
        while True:
            data = await reader.read(CHUNK)
            await self._may_pass(pid)
            if not data:
                raise EOFError
            writer.write(data)
            await writer.drain()

    async def _may_pass(self, pid: int) -> None:
        while pid in self._cut:
            await self._open.wait()


def owner(port: int) -> int:
    """Which process has the end of a connection that has this local port; 0: none that we may look into."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}")}
    for files in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):
            if any(str(file.readlink()) in sockets for file in files.iterdir()):
                return int(files.parent.name)
    return 0

"""A bridge started as people start it (`ascbridge up`), in a process of its own, and asked only from
outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import signal
import socket
import sys
from typing import TYPE_CHECKING, Self

import httpx

from ascbridge.access import TITLES, as_role
from ascbridge.config import PREFIX
from ascbridge.events.logs.sealing import Keyring
from ascbridge.operations import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

READY_S = 60.0
STOP_S = 30.0
_LINK = re.compile(r"Open (http\S+)")


class NotStarted(Exception):
    """The bridge did not become ready; the text holds the end of what it wrote."""


def free_port(*wanted: int) -> int:
    """Return a port of this machine that nobody listens on: the first wanted one that is free, else any.

    Ports above 32768 are given to outgoing connections, so a listener stays below.
    """
    for port in (*wanted, *random.sample(range(20_000, 32_000), 50)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise NotStarted("no free port on 127.0.0.1")


class RunningBridge:
    """Use as ``async with RunningBridge(...) as bridge``; leaving asks it to stop and waits."""

    def __init__(
        self,
        data_dir: Path,
        *,
        http_port: int,
        mllp_port: int,
        settings: Mapping[str, str] | None = None,
        alone: bool = False,
    ) -> None:
        """Name what it is started with; `alone` leaves out every setting that this process has of its surroundings."""
        self.data_dir = data_dir
        self.mllp_port = mllp_port
        self.url = f"http://127.0.0.1:{http_port}"
        self.link = ""
        self._http_port = http_port
        ours = {
            name: said for name, said in os.environ.items() if not (alone and name.upper().startswith(PREFIX))
        }
        self._environment = ours | dict(settings or {})
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.exit_code: int | None = None

    @property
    def log_file(self) -> Path:
        """Where the bridge's own log goes."""
        return self.data_dir / "up.log"

    @property
    def pid(self) -> int:
        """The process id of the command; 0 before it runs."""
        return self._process.pid if self._process is not None else 0

    @property
    def pids(self) -> list[int]:
        """The command; what it started stands below it."""
        return [self.pid]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def start(self) -> None:
        """Start it and wait until it is ready; whoever calls this calls `stop`, or `kill`. Raises `NotStarted`."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable, "-m", "ascbridge", "up", "--data-dir", str(self.data_dir),
            "--http", f"127.0.0.1:{self._http_port}", "--mllp", f"127.0.0.1:{self.mllp_port}", "--with-parent",
        ]  # fmt: skip
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,  # never written to: it ends when we do, even by SIGKILL
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        if self._process.stdout is not None:
            self._reading = asyncio.create_task(self._read_link(self._process.stdout))
        try:
            await self._wait_ready()
        except BaseException:
            await self.stop()
            raise

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()

    async def ended(self) -> None:
        """Return when the command has ended, for whatever reason."""
        if self._process is not None:
            await self._process.wait()

    @property
    def alive(self) -> bool:
        """Whether the command still runs."""
        return self._process is not None and self._process.returncode is None

    async def stop(self) -> None:
        """Ask it to stop as a service manager does, and wait; kill what does not stop."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        self.exit_code = process.returncode
        if self._reading is not None:
            await self._reading

    async def kill(self) -> None:
        """End it at once with all that it started, as a power cut would."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        await self.stop()

    async def token(self, role: str) -> str:
        """A bearer token for a role, under a name that says on every page who acted. Raises `NotStarted`."""
        known = as_role(role)
        if known is None:
            raise NotStarted(f"no token for {role}: there is no such role")
        keyring = Keyring.load(self.data_dir / "master.key")
        token, slip = tokens.mint(keyring, known, f"Simulated {TITLES[known]}", "simulator")
        tokens.leave_slip(self.data_dir, slip)
        return token

    def tail(self, lines: int = 12) -> str:
        """The end of the bridge's log."""
        return "\n".join(self.log_file.read_text("utf-8", "replace").splitlines()[-lines:])

    async def _read_link(self, said: asyncio.StreamReader) -> None:
        async for line in said:
            found = _LINK.search(line.decode("utf-8", "replace"))
            if found is not None:
                self.link = found[1]

    async def _wait_ready(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + READY_S
        async with httpx.AsyncClient(base_url=self.url, timeout=2) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get("/health/ready")).status_code == 200 and await self._answers_mllp():
                        return
                if not self.alive:
                    raise NotStarted(f"the bridge ended while starting:\n{self.tail()}")
                if loop.time() > until:
                    raise NotStarted(f"the bridge was not ready within {READY_S:.0f} seconds:\n{self.tail()}")
                await asyncio.sleep(0.05)

    async def _answers_mllp(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.mllp_port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

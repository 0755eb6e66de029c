"""The services as they run on many machines, all on this one: on a Kafka and a PostgreSQL that run already."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Self

import httpx

from ascbridge.simulator.running_bridge import STOP_S, NotStarted, free_port

if TYPE_CHECKING:
    from pathlib import Path

READY_S = 180.0
"""Kafka shares partitions out before a reader begins, and again when another comes."""
FOLDER = "ASCBRIDGE_COUNCIL__FOLDERS__CITY__FOLDER"


class RunningServices:
    """Use as ``async with RunningServices(...)``: one `web`, and so many `intake`, `discharge` and `record`.

    `data_dir` gets the master key, the logs and the slips of tokens. The database may be new or used. The council's
    files are taken from `council-facts` below it, by one `intake` alone.
    """

    def __init__(self, data_dir: Path, *, database_url: str, kafka: str, workers: int = 1) -> None:
        self.data_dir = data_dir
        self.mllp_port = free_port()
        self._ports: dict[str, int] = {}
        self._names = [
            f"{name}-{n}" for n in range(1, workers + 1) for name in ("intake", "discharge", "record")
        ]
        self._names.append("web-1")
        self._processes: list[asyncio.subprocess.Process] = []
        self._env = os.environ | {
            "ASCBRIDGE_DATA_DIR": str(data_dir),
            "ASCBRIDGE_DATABASE_URL": database_url,
            "ASCBRIDGE_KAFKA__BOOTSTRAP": kafka,
            "ASCBRIDGE_MASTER_KEY_FILE": str(data_dir / "master.key"),
            "ASCBRIDGE_INVENTED_PEOPLE": "true",
            FOLDER: str(data_dir / "council-facts"),
        }

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self._ports['web-1']}"

    @property
    def pids(self) -> list[int]:
        """Every process of it."""
        return [process.pid for process in self._processes]

    async def __aenter__(self) -> Self:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not (self.data_dir / "master.key").exists():
            await self._command("master-key", str(self.data_dir / "master.key"))
        await self._command("migrate")
        await self._command("topics")
        try:
            for name in self._names:
                await self._start(name)
            await asyncio.gather(*map(self._wait_ready, self._names))
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Ask every service to stop, and wait; kill what does not stop."""
        for process in self._processes:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                await asyncio.wait_for(process.wait(), STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def token(self, role: str) -> str:
        """A bearer token for a role. Raises `NotStarted` where none is given."""
        return (await self._command("token", "--data-dir", str(self.data_dir), "--role", role)).strip()

    async def _command(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ascbridge", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=self._env,
        )  # fmt: skip
        out, err = await process.communicate()
        if process.returncode != 0:
            raise NotStarted(f"ascbridge {arguments[0]}: {err.decode().strip() or out.decode().strip()}")
        return out.decode()

    async def _start(self, name: str) -> None:
        service = name.partition("-")[0]
        self._ports[name] = free_port()
        where = "HTTP" if service == "web" else "HEALTH"
        mllp = self.mllp_port if name == "intake-1" else free_port()
        own = {
            **({} if name == "intake-1" or service != "intake" else {FOLDER: str(self.data_dir / name)}),
            "ASCBRIDGE_MEMBER": name,
            f"ASCBRIDGE_{where}__ADDRESS__PORT": str(self._ports[name]),
            "ASCBRIDGE_MLLP__ADDRESS__PORT": str(mllp),
        }
        with (self.data_dir / f"{name}.log").open("ab") as log:
            self._processes.append(
                await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "ascbridge",
                    "serve",
                    service,
                    stdout=log,
                    stderr=log,
                    env=self._env | own,
                    start_new_session=True,
                )
            )

    async def _wait_ready(self, name: str) -> None:
        process = self._processes[self._names.index(name)]
        until = asyncio.get_running_loop().time() + READY_S
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._ports[name]}", timeout=5) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get("/health/ready")).status_code == 200:
                        return
                if process.returncode is not None or asyncio.get_running_loop().time() > until:
                    log = (self.data_dir / f"{name}.log").read_text("utf-8", "replace").splitlines()
                    raise NotStarted(f"{name} was not ready:\n" + "\n".join(log[-12:]))
                await asyncio.sleep(0.1)

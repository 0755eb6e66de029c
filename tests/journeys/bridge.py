"""A whole bridge as a deployer runs it: real processes, real sockets, SQLite alone or Kafka with PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from ascbridge import config
from ascbridge.bootstrap import commands
from ascbridge.config_sections import HEALTH_PORTS
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMMAND = (sys.executable, "-m", "ascbridge")
PATIENCE_S = 300


def run(*arguments: str) -> str:
    """Run a command to its end and return what it printed."""
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass
class Bridge:
    """A running bridge. `start` begins its processes, `kill` ends them as a power cut would."""

    folder: Path
    services: dict[str, Sequence[str]]
    http: int = field(default_factory=free_port)
    mllp: int = field(default_factory=free_port)
    key_folder: Path | None = None
    health: dict[str, int] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    """In the order of `services`."""
    commands: dict[str, Sequence[str]] = field(default_factory=dict)
    """What a service is started by, where that is not the command of today."""
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    """Variables for the process of a service; those under an empty name are for every one."""
    _ever: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _tokens: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start every process, each the head of a group of its own."""
        self.processes += [self._started(name) for name in self.services]

    def start_again(self, name: str) -> None:
        """Start a service whose process has ended."""
        self.processes[list(self.services).index(name)] = self._started(name)

    def add(self, name: str, arguments: Sequence[str]) -> None:
        """Start one more service."""
        self.services[name] = arguments
        self.processes.append(self._started(name))

    def remove(self, name: str) -> subprocess.Popen[bytes]:
        """Count a service no longer as one that should run; return its process, which the caller ends."""
        place = list(self.services).index(name)
        del self.services[name]
        return self.processes.pop(place)

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        filled = [a.format(http=self.http, mllp=self.mllp) for a in self.services[name]]
        environment = os.environ | {"ASCBRIDGE_MEMBER": name}
        if name in self.health:
            environment["ASCBRIDGE_HEALTH__ADDRESS__PORT"] = str(self.health[name])
        environment |= self.settings.get("", {}) | self.settings.get(name, {})
        with (self.folder / f"{name}.log").open("ab") as log:
            started = subprocess.Popen(
                [*self.commands.get(name, COMMAND), *filled],
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=environment,
            )
        self._ever.append(started)
        return started

    def kill(self) -> None:
        """End every process group at once with SIGKILL, those of processes that ended before too."""
        for process in self._ever:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()
        self.processes.clear()
        self._ever.clear()

    def stop(self) -> list[int]:
        """Ask every process to drain and end; return their exit codes."""
        for process in self.processes:
            process.terminate()
        codes = [process.wait(PATIENCE_S) for process in self.processes]
        self.processes.clear()
        return codes

    def logs(self) -> str:
        """What the processes said, for a failed test."""
        return "\n".join(path.read_text("utf-8", "replace")[-3000:] for path in self.folder.glob("*.log"))

    async def ready(self) -> None:
        """Wait until everything answers that it is ready."""
        await self.until(self._is_ready, "the bridge is ready")

    async def _is_ready(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=60) as client:
                answer = await client.get(f"http://127.0.0.1:{self.http}/health/ready")
            _, writer = await asyncio.open_connection("127.0.0.1", self.mllp)
            writer.close()
        except (OSError, httpx.HTTPError):
            return False
        return answer.status_code == 200

    async def get(self, path: str, role: str) -> Any:
        """Read from an address as a role."""
        headers = {"Authorization": f"Bearer {await self.token(role)}"}
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.get(f"http://127.0.0.1:{self.http}{path}", headers=headers)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def forget_tokens(self) -> None:
        """Mint anew from now on: the database no longer knows of those that were."""
        self._tokens.clear()

    async def token(self, role: str) -> str:
        """A bearer token for a role, minted once."""
        if role not in self._tokens:
            # What `ascbridge token` does, without the second that a program takes to begin.
            settings = config.load(None, data_dir=self.key_folder or self.folder / "data")
            self._tokens[role] = await asyncio.to_thread(commands.mint_token, settings, role)
        return self._tokens[role]

    async def tasks(self, view: str = "open") -> list[dict[str, Any]]:
        """The discharge team's list."""
        return (await self.get(f"/api/tasks?view={view}", "discharge-team"))["tasks"]  # type: ignore[no-any-return]

    async def ledger(self, feed: str = "itk-v24") -> dict[str, Any]:
        """One feed's ledger."""
        rows = await self.get("/api/operations/ledger", "it-operations")
        return next(row for row in rows if row["feed"] == feed)

    async def settled(self, kept: int) -> dict[str, Any]:
        """Wait until so many messages are kept and each of them is dealt with; return the ledger."""

        row: dict[str, Any] = {}

        async def done() -> bool:
            row.update(await self.ledger())
            return bool(row["kept"] == kept and row["delivered"] + row["no_effect"] == kept)

        try:
            await self.until(done, f"{kept} messages are dealt with")
        except AssertionError as fault:
            ready = await self.answer("/health/ready")
            raise AssertionError(f"{row}\n{ready}\n{fault}") from None
        return row

    async def answer(self, path: str) -> str:
        """What an open address says, whatever its status."""
        async with httpx.AsyncClient(timeout=60) as client:
            return (await client.get(f"http://127.0.0.1:{self.http}{path}")).text

    async def until(self, holds: Callable[[], Any], what: str) -> None:
        """Wait for a condition; tell what the processes said where it does not come."""
        end = time.monotonic() + PATIENCE_S
        while not await holds():
            if time.monotonic() > end:
                raise AssertionError(f"never: {what}\n{self.logs()}")
            if any(process.poll() is not None for process in self.processes):
                raise AssertionError(f"a process ended while waiting: {what}\n{self.logs()}")
            await asyncio.sleep(0.1)


def on_sqlite(folder: Path) -> Bridge:
    """Everything on one machine, by the one command."""
    address = ["--http", "127.0.0.1:{http}", "--mllp", "127.0.0.1:{mllp}"]
    return Bridge(folder, {"up": ["up", "--data-dir", str(folder / "data"), *address]})


def on_kafka(folder: Path, bootstrap: str, database_url: str) -> Bridge:
    """One process for each deployable, on Kafka and PostgreSQL."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    run("master-key", str(data / "master.key"))
    bridge = Bridge(folder, {}, key_folder=data)
    settings = folder / "settings.toml"
    topics = Path(__file__).parents[2] / "deploy" / "topics.toml"
    settings.write_text(
        f'data_dir = "{data}"\ndatabase_url = "{database_url}"\n'
        f'[kafka]\nbootstrap = "{bootstrap}"\ntopics_file = "{topics}"\n'
        f'[council.folders.extract]\nfolder = "{folder / "council-facts"}"\n'
        f"[mllp.address]\nport = {bridge.mllp}\n[http.address]\nport = {bridge.http}\n"
    )
    bridge.health = {name: free_port() for name in HEALTH_PORTS}
    run("migrate", "--config", str(settings), "--data-dir", str(data))
    run("topics", "--config", str(settings))
    bridge.services = {
        name: ["serve", name, "--config", str(settings)] for name in ("intake", "discharge", "record", "web")
    }
    return bridge

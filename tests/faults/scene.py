"""One bridge in a round: its processes with somebody who restarts them, its clock, its sink, and what is seen of it.

Everything is read as an outsider reads it. A request that fails in the middle of a fault is asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from ascbridge.clock import write_clock
from tests.faults.checker import Seen, ward_step
from tests.faults.hospital import step_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.faults.between import Between
    from tests.faults.broken_fhir import BrokenFhir
    from tests.faults.senders import Sender
    from tests.journeys.bridge import Bridge
    from tests.servers.hapi import HapiServer
    from tests.servers.kafka import KafkaServer
    from tests.servers.postgres import PostgresServer

Json = dict[str, Any]
PATIENCE_S = 200
"""A worker that dies with people in its hands holds them for the lease of a sink: 90 seconds."""
BEGIN_S = 300
LOOK_EVERY_S = 0.4
FAULTS = (aiohttp.ClientError, OSError)
"""What reading an address may end in, a silence (`TimeoutError`) too."""
FIRST_PAGE = "/fhir/Encounter?_count=100"
ROLES = ("discharge-team", "integration", "it-operations")


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))


@dataclass
class Scene:
    """A running bridge and all that a fault may lay hands on."""

    bridge: Bridge
    senders: list[Sender] = field(default_factory=list)
    broker: KafkaServer | None = None
    postgres: PostgresServer | None = None
    hapi: HapiServer | None = None
    fhir: BrokenFhir | None = None
    between: dict[str, Between] = field(default_factory=dict)
    """The network before ``kafka`` and ``postgres``, where a fault may cut it."""
    small_disk: bool = False
    """Whether the data directory is a disk of its own, which a fault may fill."""
    clock_file: Path | None = None
    seen: list[Seen] = field(default_factory=list)
    restarts: int = 0
    _turn: dict[str, int] = field(default_factory=dict)
    _record_page: str = FIRST_PAGE
    client: aiohttp.ClientSession = field(default_factory=_client)

    # -- processes

    @property
    def stack(self) -> str:
        """``sqlite`` or ``kafka``."""
        return "kafka" if self.broker is not None else "sqlite"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.bridge.folder / "data"

    def pids(self) -> list[int]:
        """Every process of the group: the supervisor with its services, or one for each deployable."""
        found = []
        for process in self.bridge.processes:
            if process.poll() is None:
                found += [process.pid, *children(process.pid)]
        return found

    async def alive(self) -> list[int]:
        """Every process of the group, once there is one: a blow before may have left none."""
        while not (found := self.pids()):  # noqa: ASYNC110 - no event tells of a process that began
            await asyncio.sleep(0.02)
        return found

    def listener(self) -> int:
        """The process that answers the hospital."""
        return _owner(self.bridge.mllp, self.pids())

    async def keep_running(self) -> None:
        """Start again whatever ends, as a service manager does."""
        while True:
            for name, process in zip(list(self.bridge.services), list(self.bridge.processes), strict=True):
                if process.poll() is not None:
                    self.restarts += 1
                    self.bridge.start_again(name)
            await asyncio.sleep(0.2)

    # -- what an outsider reads

    async def sign_in(self) -> None:
        """Get a token for every role before anything is broken."""
        for role in ROLES:
            await self.bridge.token(role)

    async def get(self, path: str, role: str) -> Any:
        """Read an address as a role, again until it answers."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await self.look(path, role)
            except FAULTS as fault:
                if time.monotonic() > end:
                    raise AssertionError(f"{path}: {fault!r}\n{self.bridge.logs()}") from None
                await asyncio.sleep(0.3)

    async def look(self, path: str, role: str) -> Any:
        """Read an address once. Raises one of FAULTS."""
        headers = {"Authorization": f"Bearer {await self.bridge.token(role)}"}
        return await self._read(f"http://127.0.0.1:{self.bridge.http}{path}", headers, 10)

    async def ledger(self) -> Json:
        """The hospital feed's ledger."""
        rows = await self.get("/api/operations/ledger", "it-operations")
        return next(row for row in rows if row["feed"] == "itk-v24")

    async def worklist(self, view: str) -> list[Json]:
        """Every task of one of the discharge team's lists."""
        found: list[Json] = []
        more = True
        while more:
            page = await self.get(f"/api/tasks?view={view}&limit=200&after={len(found)}", "discharge-team")
            found, more = found + page["tasks"], page["more"]
        return found

    async def record(self, kind: str) -> list[Json]:
        """Every resource of a type that the shared record holds, wherever that is."""
        if self.fhir is not None:
            return [body for name, (_, body) in self.fhir.held.items() if name.startswith(f"{kind}/")]
        if self.hapi is not None:
            return list((await self.of_hapi(f"{kind}?_count=200")).values())
        found = await pages(
            lambda path: self.get(path, "integration"), f"/fhir/{kind}?_count=100", "/fhir/", keep_host=False
        )
        return list(found.values())

    async def of_hapi(self, search: str) -> dict[str, Json]:
        """Everything that HAPI finds, by id and version."""
        assert self.hapi is not None
        return await pages(self._ask_hapi, f"{self.hapi.base_url}/{search}", self.hapi.base_url)

    async def _ask_hapi(self, url: str) -> Any:
        return await self._read(url, {"Cache-Control": "no-cache"}, 30)

    async def send(self, path: str, role: str) -> None:
        """Post to an address as a role, with nothing in it. Raises one of FAULTS."""
        headers = {"Authorization": f"Bearer {await self.bridge.token(role)}"}
        url = f"http://127.0.0.1:{self.bridge.http}{path}"
        async with self.client.post(url, headers=headers) as answer:
            answer.raise_for_status()

    async def _read(self, url: str, headers: dict[str, str], patience_s: float) -> Any:
        timeout = aiohttp.ClientTimeout(total=patience_s)
        async with self.client.get(url, headers=headers, timeout=timeout) as answer:
            answer.raise_for_status()
            return json.loads(await answer.read())

    async def watch(self) -> None:
        """Look at the worklist and the record all through the round, page by page, and note what they show of each
        stay.
        """
        while True:
            for look in (self._watch_worklist, self._watch_record):
                with contextlib.suppress(*FAULTS):
                    await look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _watch_worklist(self) -> None:
        for view in ("open", "paused"):
            after = self._turn.get(view, 0)
            found = await self.look(f"/api/tasks?view={view}&limit=200&after={after}", "discharge-team")
            self._turn[view] = after + len(found["tasks"]) if found["more"] else 0
            for task in found["tasks"]:
                step = step_of((task["ward"] or {"ward": ""})["ward"])
                self.seen.append(Seen("worklist", task["spell"], step, task["signal"], task["revision"]))

    async def _watch_record(self) -> None:
        if self.fhir is not None or self.hapi is not None:
            return  # they tell their whole history at the end
        page = await self.look(self._record_page, "integration")
        after = [link["url"] for link in page["link"] if link["relation"] == "next"]
        self._record_page = after[0][after[0].index("/fhir/") :] if after else FIRST_PAGE
        for entry in page.get("entry", ()):
            one = entry["resource"]
            version = int(one["meta"]["versionId"])
            self.seen.append(Seen("record", one["id"], ward_step(one), one["status"], version))

    async def until(
        self,
        holds: Callable[[], Awaitable[bool]],
        patience_s: float = PATIENCE_S,
        *,
        look_every_s: float = 0.2,
    ) -> bool:
        """Wait for a condition; return whether it came."""
        end = time.monotonic() + patience_s
        while not await holds():
            if time.monotonic() > end:
                return False
            await asyncio.sleep(look_every_s)
        return True

    async def begun(self) -> None:
        """Wait until it is ready for the first time. Raises `AssertionError` where it cannot start."""
        if not await self.until(self._is_ready_or_ended, BEGIN_S) or not await self._is_ready():
            raise AssertionError(f"not ready to begin with: {await self.health()}\n{self.bridge.logs()}")

    async def _is_ready_or_ended(self) -> bool:
        ended = any(process.poll() is not None for process in self.bridge.processes)
        return ended or await self._is_ready()

    async def ready(self) -> bool:
        """Wait until every part of it says that it is well."""
        return await self.until(self._is_ready, BEGIN_S)

    async def _is_ready(self) -> bool:
        return await self.health() == "ready"

    async def health(self) -> str:
        """``ready``, or what is wrong, by every service that tells."""
        wrong = []
        for port in (self.bridge.http, *self.bridge.health.values()):
            try:
                async with self.client.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                    if answer.status != 200:
                        wrong.append(await answer.text())
            except FAULTS as fault:
                wrong.append(f"{port}: {type(fault).__name__}")
        return "; ".join(wrong) or "ready"

    # -- what a fault lays hands on

    def set_clock(self, ahead_ms: int) -> None:
        """Let the bridge's clock be so far ahead of the machine's, or behind it."""
        assert self.clock_file is not None
        write_clock(self.clock_file, shown_ms=time.time_ns() // 1_000_000 + ahead_ms, speed=1.0)

    def kill_all(self) -> None:
        """End every process at once, as a power cut does."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def pages(
    ask: Callable[[str], Awaitable[Any]], path: str, prefix: str, *, keep_host: bool = True
) -> dict[str, Json]:
    """Every resource of a search by its id and version, page after page."""
    found: dict[str, Json] = {}
    while path:
        page = await ask(path)
        for entry in page.get("entry", ()):
            one = entry["resource"]
            found[f"{one['id']}/{one['meta']['versionId']}"] = one
        after = [link["url"] for link in page["link"] if link["relation"] == "next"]
        path = after[0] if after else ""
        if path and not keep_host:
            path = path[path.index(prefix) :]
    return found


def children(parent: int) -> list[int]:
    """The processes that a process started."""
    with contextlib.suppress(FileNotFoundError):
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()]
    return []


def _owner(port: int, among: list[int]) -> int:
    """Which of these processes listens on a port; 0: none."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    for pid in among:
        with contextlib.suppress(OSError):
            for file in Path(f"/proc/{pid}/fd").iterdir():
                if str(file.readlink()) in inodes:
                    return pid
    return 0

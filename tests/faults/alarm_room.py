"""What a fault that must be heard of is played in: a bridge at work, its clock, the bell, and what the hospital sent."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ascbridge.clock import Clock, write_clock
from tests.faults.hospital import Answer
from tests.faults.senders import Line
from tests.journeys.bridge import COMMAND

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from tests.faults.alarm_bell import Bell
    from tests.faults.hospital import Plan, Sent
    from tests.faults.scene import Scene

FEED = "itk-v24"
COMMAND_S = 300


@dataclass
class Room:
    """One play. `speed` shown seconds pass in a real one, from when it was set."""

    scene: Scene
    bell: Bell
    plan: Plan
    tls: ssl.SSLContext | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    """What a fault keeps for whoever mends it."""
    speed: float = 1.0
    struck_ms: int = 0
    """When the fault was there, by the bridge's own clock."""

    def now_ms(self) -> int:
        """The time by the bridge's own clock."""
        assert self.scene.clock_file is not None
        return Clock.from_file(self.scene.clock_file).now_ms()

    def set_clock(self, shown_ms: int, speed: float = 1.0) -> None:
        """Let the bridge's clock show this, and pass so fast from now on."""
        assert self.scene.clock_file is not None
        write_clock(self.scene.clock_file, shown_ms=shown_ms, speed=speed)
        self.speed = speed

    def run_faster(self, speed: float) -> None:
        """Let the bridge's clock pass so fast, from where it is."""
        self.set_clock(self.now_ms(), speed)

    async def send(self, messages: Iterable[Sent]) -> None:
        """Send messages in order on a line of their own, as part of what the hospital sent."""
        line = await Line.open(self.scene.bridge.mllp, 60, self.tls)
        for one in messages:
            one.tries += 1
            said = await line.send(one.raw)
            one.answers.append(Answer(said.code.value, said.control_id, said.text or ""))
        await line.close()

    async def command(self, *arguments: str, at_bridge: bool = True) -> tuple[int, str]:
        """Run one of the bridge's own commands as an operator does; return its exit code and what it printed."""
        bridge = self.scene.bridge
        where = ["--data-dir", str(self.scene.data)]
        where += ["--http", f"127.0.0.1:{bridge.http}"] if at_bridge else []
        if not at_bridge and (bridge.folder / "settings.toml").exists():
            where += ["--config", str(bridge.folder / "settings.toml")]
        done = await asyncio.to_thread(
            subprocess.run,
            [*COMMAND, *arguments, *where],
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
            env=os.environ | bridge.settings.get("", {}),
        )
        return done.returncode, done.stdout + done.stderr

    async def doctor(self) -> str:
        """What `ascbridge doctor` says."""
        return (await self.command("doctor", at_bridge=False))[1]

    async def alerts(self, *, over: bool = False) -> list[dict[str, Any]]:
        """What stands under *Operations*, *Alerts*."""
        path = "/api/operations/alerts" + ("?over=true" if over else "")
        return list(await self.scene.get(path, "it-operations"))

    async def get(self, path: str) -> Any:
        """Read an address as IT operations."""
        return await self.scene.get(path, "it-operations")

    async def post(self, path: str, **body: Any) -> Any:
        """Post JSON as IT operations."""
        return await self._posted(path, json=body)

    async def press(self, path: str, **form: str) -> Any:
        """Press a button of a page as IT operations."""
        return await self._posted(path, data=form)

    async def _posted(self, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {await self.scene.bridge.token('it-operations')}"}
        url = f"http://127.0.0.1:{self.scene.bridge.http}{path}"
        async with self.scene.client.post(url, headers=headers, allow_redirects=False, **content) as answer:
            text = await answer.text()
            assert answer.status < 400, f"{path}: {answer.status} {text[:500]}"
            return text

    async def until(self, holds: Any, what: str, patience_s: float = 200) -> None:
        """Wait for a condition. Raises `AssertionError` where it does not come."""
        assert await self.scene.until(holds, patience_s), f"never: {what}\n{self.scene.bridge.logs()}"

    def since(self, at: float) -> float:
        """How many seconds passed since, by a steady clock."""
        return time.monotonic() - at

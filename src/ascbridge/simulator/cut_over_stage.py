"""The stage of a cut-over: a bridge between two case systems, its power switch, and the commands given to it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
from importlib import resources
from typing import TYPE_CHECKING, Any, Self

from ascbridge.clock import Clock, write_clock
from ascbridge.cutover.comparison_rules import FILE
from ascbridge.simulator import old_case_system
from ascbridge.simulator.discharge_team import Desk, wait_until
from ascbridge.simulator.running_bridge import NotStarted, RunningBridge, free_port
from ascbridge.simulator.verdict import ledgers
from ascbridge.simulator.wards import at
from ascbridge.simulator.webhook_sender import WebhookSender

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from ascbridge.simulator.new_case_system import Post
    from ascbridge.simulator.old_case_system import CsvFile

OLD, NEW = "old-case-system", "new-case-system"
LONGEST_S = 240.0
_SECRET = b"an invented secret of the new case system"


def _rules() -> str:
    """The shipped rules, but that a review is known by its day: the old system writes the next one into the same row,
    so that two of the new system's would be one number.
    """
    text = (resources.files("ascbridge.cutover") / FILE).read_text("utf-8")
    return text.replace("[rule.review]\n", '[rule.review]\nkeys = ["due_on"]\n')


class CutOverStage:
    """Use as ``async with CutOverStage(...) as stage``; then say by which profile the new system is read and what the
    clock shows, and start.
    """

    def __init__(self, folder: Path, *, http_port: int, mllp_port: int) -> None:
        self._folder, self._ports, self._webhook = folder, (http_port, mllp_port), free_port()
        self._clock_file, self._profile = folder / "clock.json", folder / "new-case-system.toml"
        self._extracts, self._rules = folder / "extracts", folder / "comparison-rules.toml"
        self.bridge = self._another()
        self.desk = Desk(self.bridge.url, lambda: self.bridge.token("discharge-team"))
        self.operations = Desk(self.bridge.url, lambda: self.bridge.token("it-operations"))
        self.rows: set[tuple[str, ...]] = set()
        self.keys: set[str] = set()
        self.kills = 0

    async def __aenter__(self) -> Self:
        self._extracts.mkdir(parents=True, exist_ok=True)
        secret = self._folder / "secret"
        secret.write_bytes(_SECRET)
        secret.chmod(0o600)
        self._rules.write_text(_rules(), "utf-8")
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.desk.close()
        await self.operations.close()
        await self.bridge.stop()

    def read_by(self, profile: str) -> None:
        """Have the new system be read by this profile from the next start on."""
        self._profile.write_text(profile, "utf-8")

    def show(self, day: date, hour: float) -> None:
        """Let the clock go on from a moment."""
        write_clock(self._clock_file, shown_ms=at(day, hour), speed=1)

    async def start(self) -> None:
        """Start the bridge. Raises `NotStarted`."""
        self.bridge = self._another()
        await self.bridge.start()

    async def kill(self) -> None:
        """End the bridge as a power cut would; `start` starts it again."""
        self.kills += 1
        await self.bridge.kill()

    def _another(self) -> RunningBridge:
        settings = {
            "ASCBRIDGE_INVENTED_PEOPLE": "true",
            "ASCBRIDGE_CLOCK_FILE": str(self._clock_file),
            "ASCBRIDGE_COUNCIL__FOLDERS__OLD__FOLDER": str(self._extracts),
            "ASCBRIDGE_COUNCIL__FOLDERS__OLD__PROFILE": str(old_case_system.PROFILE),
            "ASCBRIDGE_WEBHOOK__ADDRESS": json.dumps({"host": "127.0.0.1", "port": self._webhook}),
            "ASCBRIDGE_WEBHOOK__FEED": str(self._profile),
            "ASCBRIDGE_WEBHOOK__SECRET_FILES": json.dumps([str(self._folder / "secret")]),
            "ASCBRIDGE_CUTOVER__OLD": OLD,
            "ASCBRIDGE_CUTOVER__NEW": NEW,
            "ASCBRIDGE_CUTOVER__RULES_FILE": str(self._rules),
        }
        http, mllp = self._ports
        return RunningBridge(self._folder / "data", http_port=http, mllp_port=mllp, settings=settings)

    def drop(self, files: Sequence[CsvFile]) -> None:
        """Let the old system drop its extracts."""
        for file in files:
            beside = self._extracts / f"{file.name}.tmp"
            beside.write_bytes(file.content)
            beside.replace(self._extracts / file.name)
            rows = csv.reader(io.StringIO(file.content.decode(old_case_system.ENCODING), newline=""))
            self.rows |= {(file.name, *row) for row in list(rows)[1:]}

    async def post(self, posts: Sequence[Post]) -> None:
        """Let the new system post."""
        now_ms = Clock.from_file(self._clock_file).now_ms
        async with WebhookSender(f"http://127.0.0.1:{self._webhook}", _SECRET, now_ms) as sender:
            for one in posts:
                self.keys.add(one.key)
                await sender.send(one)

    async def settled(self) -> None:
        """Wait until all that was said is kept and dealt with. Raises `NotStarted`."""
        if not await wait_until(self._is_settled, most_s=LONGEST_S):
            raise NotStarted(f"not dealt with in {LONGEST_S:.0f} seconds: {await ledgers(self.operations)}")

    async def paired(self) -> None:
        """Wait until every event that was told is paired. Raises `NotStarted`."""
        if not await wait_until(self._is_paired, most_s=LONGEST_S):
            raise NotStarted(f"not paired in {LONGEST_S:.0f} seconds")

    async def _is_paired(self) -> bool:
        found = await self.asked("/trend?days=1")
        return not found["to_pair"] and not found["looked_at_anew"]

    async def _is_settled(self) -> bool:
        found = await ledgers(self.operations)
        told = {OLD: len(self.rows), NEW: len(self.keys)}
        return all(found[feed]["kept"] >= n and not found[feed]["waiting"] for feed, n in told.items() if n)

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run `ascbridge cutover` with these, and return its exit code and what it printed."""
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ascbridge", "cutover", *arguments,
            "--data-dir", str(self.bridge.data_dir), "--http", self.bridge.url.removeprefix("http://"),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await running.communicate()
        return running.returncode or 0, out.decode("utf-8", "replace")

    async def asked(self, what: str = "") -> Any:
        """What the interface answers about the cut-over. Raises `NotAllowedIn`."""
        return await self.operations.get(f"/api/operations/cutover{what}")

    async def heard(self) -> set[str]:
        """The feeds that are heard, of any event type."""
        return {one["live"] for one in (await self.asked())["heard"]}

"""Picks up finished files of JSON lines from a folder, and keeps each line as one message.

A sender writes ``name.tmp`` and renames it to ``name.jsonl`` when it is whole. After a file is kept it moves to
``done/`` beside the folder's files, with ``name.rejected.jsonl`` next to it where lines were refused: line number and
reason, none of the content. A stop between keeping and moving is harmless: the lines are recognised as repeats.

A file that cannot be read, kept or moved stays where it is and is tried again; it stops no other file, and no listener.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import orjson

from ascbridge import telemetry
from ascbridge.events.faults import is_infrastructure, reason_of
from ascbridge.intake.inbox import Arrival

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from ascbridge.intake.kept import Kept

    Keep = Callable[[Sequence[Arrival]], Awaitable[list[list[Kept]]]]

_log = telemetry.log("file_drop")
LINES_AT_ONCE = 500


class FileDrop:
    """Watches one folder. `keep` keeps a batch of lines and returns what became of each."""

    def __init__(
        self, folder: Path, keep: Keep, *, look_every_s: float = 0.5, try_again_s: float = 30.0
    ) -> None:
        self._folder = folder
        self._done = folder / "done"
        self._keep = keep
        self._look_every_s = look_every_s
        self._try_again_s = try_again_s
        self._failed: dict[str, tuple[float, str]] = {}

    @property
    def trouble(self) -> str:
        """Which files could not be taken, and why; empty where all is well."""
        return "; ".join(f"{name}: {reason}" for name, (_, reason) in sorted(self._failed.items()))

    async def run(self, stop: asyncio.Event) -> None:
        """Look for files until told to stop."""
        self._done.mkdir(parents=True, exist_ok=True)
        while not stop.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._look_every_s)

    async def look(self) -> None:
        """Take every finished file; one that cannot be taken now is told, left, and tried again later."""
        finished = self._finished()
        self._failed = {path.name: self._failed[path.name] for path in finished if path.name in self._failed}
        for path in finished:
            again_at, reason = self._failed.get(path.name, (0.0, ""))
            if time.monotonic() < again_at:
                continue
            try:
                await self.take(path)
            except Exception as fault:
                if not is_infrastructure(fault):
                    raise
                self._failed[path.name] = (time.monotonic() + self._try_again_s, reason_of(fault))
                if reason_of(fault) != reason:
                    _log.warning("file not taken", path=path.name, reason=reason_of(fault))
            else:
                self._failed.pop(path.name, None)

    def _finished(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    async def take(self, path: Path) -> int:
        """Keep every line of one file, move it away, and return how many lines were refused."""
        lines = [line for line in (await asyncio.to_thread(path.read_bytes)).splitlines() if line.strip()]
        refusals: list[dict[str, object]] = []
        for start in range(0, len(lines), LINES_AT_ONCE):
            part = lines[start : start + LINES_AT_ONCE]
            results = await self._keep([Arrival(line, path.name) for line in part])
            for number, result in enumerate(results, start + 1):
                refusals += [
                    {"line": number, "reason": one.reason} for one in result if one.outcome == "refused"
                ]
        await asyncio.to_thread(self._put_away, path, refusals)
        _log.info("file taken", path=path.name, count=len(lines))
        return len(refusals)

    def _put_away(self, path: Path, refusals: Sequence[dict[str, object]]) -> None:
        self._done.mkdir(parents=True, exist_ok=True)
        if refusals:
            report = self._done / f"{path.stem}.rejected.jsonl"
            report.write_bytes(b"\n".join(map(orjson.dumps, refusals)) + b"\n")
        path.replace(self._done / path.name)

"""Picks up finished files of JSON lines from a folder, and keeps each line as one message.

A sender writes ``name.tmp`` and renames it to ``name.jsonl`` when it is whole. After a file is kept it moves to
``done/`` beside the folder's files, with ``name.rejected.jsonl`` next to it where lines were refused: line number and
reason, none of the content. A stop between keeping and moving is harmless: the lines are recognised as repeats.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import orjson

from ascbridge import telemetry
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

    def __init__(self, folder: Path, keep: Keep, *, look_every_s: float = 0.5) -> None:
        self._folder = folder
        self._done = folder / "done"
        self._keep = keep
        self._look_every_s = look_every_s

    async def run(self, stop: asyncio.Event) -> None:
        """Look for files until told to stop."""
        self._done.mkdir(parents=True, exist_ok=True)
        while not stop.is_set():
            for path in self._finished():
                await self.take(path)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._look_every_s)

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

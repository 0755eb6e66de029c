"""Picks up files of history from a folder: each line once, in portions that let live messages go first.

The folder is the lane. What waits in it waits outside the log, and comes in only as fast as what came before it has
come through (`history_pace`). How far a file was read is written in the transaction that keeps its lines, so a stop
costs nothing. A file named ``pause`` in the folder holds it still; ``progress.json`` says how far it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from ascbridge.intake.doors.file_drop import FileDrop, nobody, nobody_asks
from ascbridge.intake.keeping import history_files
from ascbridge.intake.keeping.history_files import Read
from ascbridge.intake.keeping.history_pace import Pace
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.intake.rows.file_lines import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.intake.doors.file_drop import Heard, Keep, Unnamed
    from ascbridge.intake.keeping.intake_desk import Beside
    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.rows.file_lines import Line
    from ascbridge.intake.sources.profile import FilesSection

    KeepBeside = Callable[[Sequence[Arrival], Beside], Awaitable[list[list[Kept]]]]
    Write = Callable[[Callable[[Connection], None]], Awaitable[None]]
    Ask = Callable[[Callable[[Connection], Read]], Awaitable[Read]]
    Waiting = Callable[[], Awaitable[Mapping[str, int]]]

PAUSE, PROGRESS = "pause", "progress.json"
LOOK_AGAIN_S = 0.025
TELL_EVERY_S = 1.0


class _Stopping(Exception):
    """We were told to stop while a file was read; the next start goes on where it was."""


def _apart(keep: KeepBeside) -> Keep:
    """Keep lines with nothing beside them."""

    async def only(arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        return await keep(arrivals, lambda _connection, _kept: None)

    return only


class HistoryDrop(FileDrop):
    """Watches one folder of history. `waiting` says of each feed how many messages have not come through yet."""

    def __init__(  # noqa: PLR0913 - each is a part of its own, and all but two go by name
        self,
        folder: Path,
        keep: KeepBeside,
        *,
        feed: str,
        files: FilesSection,
        read: Ask,
        write: Write,
        waiting: Waiting,
        clock: Clock,
        stop: asyncio.Event,
        taken: Heard = nobody,
        look_every_s: float = 0.5,
        shut: Callable[[], bool] = lambda: False,
        unnamed: Unnamed = nobody_asks,
    ) -> None:
        super().__init__(
            folder,
            _apart(keep),
            files=files,
            taken=taken,
            look_every_s=look_every_s,
            shut=shut,
            unnamed=unnamed,
        )
        self._keep_beside, self._feed, self._clock, self._stop = keep, feed, clock, stop
        self._read, self._write, self._waiting = read, write, waiting
        self._pace = Pace(feed)
        self._at = self._next = Read()
        self._told_s = float("-inf")
        self._began = (0.0, 0)

    async def run(self, stop: asyncio.Event) -> None:
        """Look for files until told to stop, also in the middle of one."""
        with contextlib.suppress(_Stopping):
            await super().run(stop)

    async def look(self) -> None:
        """Take every finished file, all of which are expected from now on."""
        finished, _ = await asyncio.to_thread(self._seen)
        files = {path.name: identity for path in finished if (identity := _identity(path))}
        await self._write(
            partial(history_files.expect, feed=self._feed, files=files, now_ms=self._clock.now_ms())
        )
        await super().look()

    async def take(self, path: Path) -> int:
        """Keep the rest of one file's lines, at history's pace, and move it away. See `FileDrop.take`."""
        refused = await super().take(path)
        await self._write(
            partial(history_files.end, feed=self._feed, name=path.name, now_ms=self._clock.now_ms())
        )
        return refused

    async def _begun(self, path: Path) -> Counter[str]:
        self._at = await self._read(partial(history_files.read, feed=self._feed, name=path.name))
        self._began = (time.monotonic(), self._at.lines)
        found = {"kept": self._at.kept, "duplicate": self._at.duplicate, "refused": self._at.refused}
        return Counter({**found, "lines": sum(found.values())})

    async def _lines(
        self, path: Path, lines: Iterator[Line], rejected: BinaryIO, counts: Counter[str]
    ) -> None:
        rest = (line for line in lines if line.number > self._at.lines)
        while part := await asyncio.to_thread(_some, rest, await self._turn(path)):
            await self._portion(path, part, rejected, counts)
            self._tell(path, "reading")
        self._tell(path, "read", at_once=True)

    async def _portion(self, path: Path, part: list[Line], rejected: BinaryIO, counts: Counter[str]) -> None:
        facts = [line for line in part if line.apart or not line.fault]

        def beside(connection: Connection, kept: Sequence[Kept]) -> None:
            told = {line.number: line.fault for line in part if line.fault and not line.apart}
            told |= {
                line.number: one.reason
                for line, one in zip(facts, kept, strict=True)
                if one.outcome == "refused"
            }
            rejected.writelines(
                orjson.dumps({"line": number, "reason": reason}) + b"\n"
                for number, reason in sorted(told.items())
            )
            rejected.flush()  # before it is committed: twice is better than never
            became = Counter(one.outcome for one in kept)
            self._next = Read(
                part[-1].number,
                self._at.kept + became["kept"],
                self._at.duplicate + became["duplicate"],
                self._at.refused + became["refused"] + len(part) - len(facts),
            )
            history_files.note(connection, self._feed, path.name, self._next, self._clock.now_ms())

        if facts:
            arrivals = [Arrival(line.fact, path.name, apart=line.apart) for line in facts]
            await self._keep_beside(arrivals, beside)
        else:
            await self._write(lambda connection: beside(connection, ()))
        self._at = self._next
        self._pace.kept(time.monotonic())
        counts.update(
            {
                "kept": self._at.kept - counts["kept"],
                "duplicate": self._at.duplicate - counts["duplicate"],
                "refused": self._at.refused - counts["refused"],
                "lines": len(part),
            }
        )

    async def _turn(self, path: Path) -> int:
        """Wait until some lines may be kept, and return how many. Raises `_Stopping`."""
        while True:
            if self._stop.is_set():
                raise _Stopping
            if (self._folder / PAUSE).exists():
                self._tell(path, "paused")
            elif size := self._pace.portion(await self._waiting(), time.monotonic()):
                return size
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), LOOK_AGAIN_S)

    def _tell(self, path: Path, state: str, *, at_once: bool = False) -> None:
        """Say in the folder how far the file is; nothing of its content."""
        now_s = time.monotonic()
        if now_s - self._told_s < TELL_EVERY_S and not at_once:
            return
        self._told_s = now_s
        began_s, lines = self._began
        said: dict[str, Any] = {
            "file": path.name, "state": state, "at_ms": self._clock.now_ms(), "lines": self._at.lines,
            "kept": self._at.kept, "duplicate": self._at.duplicate, "refused": self._at.refused,
            "lines_a_second": round((self._at.lines - lines) / max(now_s - began_s, 0.001), 1),
        }  # fmt: skip
        beside = self._folder / f"{PROGRESS}.part"
        beside.write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n")
        beside.replace(self._folder / PROGRESS)


def files_in(folder: Path) -> list[str]:
    """Return the names of the files of history that stand in a folder."""
    return [path.name for path in folder.iterdir() if path.suffix in SUFFIXES] if folder.is_dir() else []


def _some(lines: Iterator[Line], size: int) -> list[Line]:
    return list(islice(lines, size))


def _identity(path: Path) -> str:
    """What tells a file from another of its name; empty where it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}"

"""Picks up finished files of council facts from a folder, and keeps each line as one message.

A file is whole when it has its name (a sender writes ``name.tmp`` and renames it to ``name.jsonl`` or ``name.csv``),
when it was left alone for as long as the profile says, and when its manifest is there, where one is asked for. After it
is kept it moves to ``done/`` beside the folder's files, with a receipt, and ``NAME.rejected.jsonl`` where lines were
refused: line number and reason, none of the content. A file of which nothing can be taken moves to ``refused/``, with a
receipt that says why. A stop between keeping and moving is harmless: the lines are recognised as repeats. What stands
in ``done/`` or ``refused/`` is never replaced: a second file of a name gets a number.

A file that cannot be read, kept or moved stays where it is and is tried again; it stops no other file, and no listener.
One that became another while it was read is read again: no file leaves the folder that _nobody has read.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import orjson

from ascbridge import telemetry
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.intake.doors.waits import Waits
from ascbridge.intake.keeping import extract_faults
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.intake.rows import putting_away
from ascbridge.intake.rows.file_lines import SUFFIXES, BadFile, CouncilFile
from ascbridge.intake.rows.putting_away import MANIFEST, manifest_of
from ascbridge.people.telling_words import tells

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from os import stat_result
    from pathlib import Path
    from typing import BinaryIO

    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.rows.file_lines import Line
    from ascbridge.intake.sources.profile import FilesSection

    Heard = Callable[["TakenFile"], Awaitable[None]]
    Unnamed = Callable[[Sequence[tuple[str, str, int]]], Awaitable[None]]
    Drifted = Callable[[str, str, int], Awaitable[None]]
    """Of files of which names, what, in how many rows."""
    Keep = Callable[[Sequence[Arrival]], Awaitable[list[list[Kept]]]]

_log = telemetry.log("file_drop")
LINES_AT_ONCE = 500
FEWEST_AT_ONCE = 20
"""A commit costs what it costs: with fewer lines than these a slow disk would take a file for ever."""
HOLDS_UP_S = 0.005
"""For about so long at most a file's lines hold up whoever waits in the same process, such as a hospital's messages."""
WAITS_TOO_LONG_S = 2 * 3_600
_PIECE, _LONGEST_WORDS = 1 << 20, 64


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that was read to its end, about to leave the folder: its name, its bytes, and what came of it."""

    name: str
    size: int
    reports: tuple[Path, ...]


async def nobody_asks(_columns: Sequence[tuple[str, str, int]]) -> None:
    """Nobody asks what stood in columns that the profile does not name."""


async def nobody_minds(_files: str, _kind: str, _n: int) -> None:
    """Nobody asks whether the columns of files are as the profile says."""


async def nobody(_file: TakenFile) -> None:
    """Whoever dropped the file does not ask what became of it."""


class FileDrop:
    """Watches one folder. `keep` keeps a batch of lines and returns what became of each.

    `taken` hears of each file once its lines are kept, and may hear of it again after a stop. While `shut` no file is
    begun. `unnamed` hears of columns that the profile does not name, `drifted` of each table what is wrong with
    its own.
    """

    def __init__(  # noqa: PLR0913 - each is a part of its own, and all but two go by name
        self,
        folder: Path,
        keep: Keep,
        *,
        files: FilesSection,
        taken: Heard = nobody,
        look_every_s: float = 0.5,
        try_again_s: float = 30.0,
        waits_too_long_s: float = WAITS_TOO_LONG_S,
        shut: Callable[[], bool] = lambda: False,
        unnamed: Unnamed = nobody_asks,
        drifted: Drifted = nobody_minds,
    ) -> None:
        self._folder, self._shut, self._unnamed, self._drifted = folder, shut, unnamed, drifted
        self._reasons: Counter[str] = Counter()
        self._rows = 0
        self._keep = keep
        self._files = files
        self._look_every_s = look_every_s
        self._taken = taken
        self._try_again_s = try_again_s
        self._failed: dict[str, tuple[float, str]] = {}
        self._at_once = FEWEST_AT_ONCE
        self._waits = Waits(waits_too_long_s + files.settle_seconds)

    @property
    def trouble(self) -> str:
        """Which files could not be taken, or have not become whole for long, and why; empty where all is well."""
        failed = {name: reason for name, (_, reason) in self._failed.items()}
        return "; ".join(f"{name}: {said}" for name, said in sorted((self._waits.told() | failed).items()))

    async def run(self, stop: asyncio.Event) -> None:
        """Look for files until told to stop."""
        (self._folder / "done").mkdir(parents=True, exist_ok=True)
        while not stop.is_set():
            if not self._shut():
                await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._look_every_s)

    async def look(self) -> None:
        """Take every finished file; one that cannot be taken now is told, left, and tried again later."""
        finished, unfinished = await asyncio.to_thread(self._seen)
        self._waits.see(unfinished)
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

    def _seen(self) -> tuple[list[Path], dict[str, str]]:
        """The files that are whole, and what the others still wait for."""
        finished, unfinished = [], {}
        for path in sorted(self._folder.iterdir()):
            if path.suffix in SUFFIXES:
                if self._whole(path):
                    finished.append(path)
                else:
                    unfinished[path.name] = "for its manifest, or to be left alone by its sender"
            elif path.suffix == MANIFEST and not path.with_suffix("").exists():
                unfinished[path.name] = "for the file that it is of"
        return finished, unfinished

    def _whole(self, path: Path) -> bool:
        """Whether a file is all there, as far as its sender lets us know."""
        if self._files.manifest == "required" and not manifest_of(path).exists():
            return False
        try:
            return time.time() - path.stat().st_mtime >= self._files.settle_seconds
        except FileNotFoundError:  # its sender thought better of it
            return False

    async def take(self, path: Path) -> int:
        """Keep every line of one file, move it away, and return how many lines were refused."""
        counts = await self._begun(path)
        file, read = CouncilFile(path, self._files), await asyncio.to_thread(path.stat)
        where, why = "done", {}
        self._reasons, self._rows = Counter(), 0
        try:
            await asyncio.to_thread(_held_to_manifest, path)
            with putting_away.part_of(path).open("ab" if counts["lines"] else "wb") as report:
                await self._lines(path, file.lines(), report, counts)
        except BadFile as fault:
            where, why = "refused", {"refused_because": str(fault)}
            await self._put_apart(path, file)
        if not await asyncio.to_thread(putting_away.same, path, read):
            _log.info("file changed while it was read", path=path.name)
            return counts["refused"]
        await self._put_away(file, path, read, _receipt(path, counts, file) | why, where)
        if why:
            _log.warning("file refused", count=counts["lines"], reason=why["refused_because"])
        else:
            _log.info("file taken", path=path.name, count=counts["lines"])
        if kind := file.kind_of_table():
            said = extract_faults.judged(self._reasons, self._rows, why.get("refused_because", ""))
            await self._drifted(kind, *said)
        if file.new_columns:
            _log.warning("file has columns that the profile does not know", count=len(file.new_columns))
            await self._unnamed(file.unnamed_columns())
        return counts["refused"]

    async def _begun(self, path: Path) -> Counter[str]:  # noqa: ARG002  # of whichever: it is read from its start
        """What has become of a file's lines already."""
        return Counter()

    async def _put_apart(self, path: Path, file: CouncilFile) -> None:
        """Of a file of which nothing can be taken, keep all the same what goes behind the safeguarding wall."""
        lines = file.about_safeguarding(by_head=True)
        while part := await asyncio.to_thread(_some, lines, self._at_once):
            await self._kept([Arrival(b"", path.name, apart=line.apart) for line in part])

    async def _put_away(
        self, file: CouncilFile, path: Path, read: stat_result, receipt: dict[str, object], where: str
    ) -> None:
        """Move a file and what came of it, the file itself last: until then it is taken again after a stop.

        What stands behind the safeguarding wall by now is not in what is put away (docs/decisions/0056).
        """
        target = await asyncio.to_thread(putting_away.target, path, where)
        reports = await asyncio.to_thread(putting_away.report, path, target, receipt)
        await self._taken(TakenFile(path.name, read.st_size, reports))
        gone = await asyncio.to_thread(_apart_in, file, path)
        if gone:
            await asyncio.to_thread(
                putting_away.move_without, path, read, target, partial(file.without, gone)
            )
        else:
            await asyncio.to_thread(putting_away.move, path, read, target)

    async def _lines(
        self, path: Path, lines: Iterator[Line], rejected: BinaryIO, counts: Counter[str]
    ) -> None:
        while part := await asyncio.to_thread(_some, lines, self._at_once):
            told = {line.number: line.fault for line in part if line.fault and not line.apart}
            facts = [line for line in part if line.apart or not line.fault]
            arrivals = [Arrival(line.fact, path.name, apart=line.apart) for line in facts]
            results = await self._kept(arrivals) if facts else []
            for line, result in zip(facts, results, strict=True):
                for one in result:
                    counts[one.outcome] += 1
                    if one.outcome == "refused":
                        told[line.number] = one.reason
            counts["lines"] += len(part)
            counts["refused"] += len(part) - len(facts)
            ours = {line.number for line in part if not line.apart}  # of what is walled no count may tell
            self._rows += len(ours)
            self._reasons.update(reason for number, reason in told.items() if number in ours)
            said = [{"line": number, "reason": reason} for number, reason in sorted(told.items())]
            rejected.writelines(orjson.dumps(one) + b"\n" for one in said)

    async def _kept(self, arrivals: Sequence[Arrival]) -> list[list[Kept]]:
        """Keep some lines, and take so many at once the next time that nobody else waits for long."""
        others: list[None] = []
        asyncio.get_running_loop().call_soon(others.append, None)
        begun = time.monotonic()
        results = await self._keep(arrivals)
        held_up_s = (
            0.0 if others else time.monotonic() - begun
        )  # others had their turn meanwhile: nobody was held up
        self._at_once = _next_part(self._at_once, held_up_s)
        return results


def _next_part(at_once: int, held_up_s: float) -> int:
    """Return how many lines to take next, where so many held the others up for so long: sooner fewer than more."""
    wanted = at_once * 2 if held_up_s * 2 <= HOLDS_UP_S else round(at_once * HOLDS_UP_S / held_up_s)
    return max(FEWEST_AT_ONCE, min(LINES_AT_ONCE, wanted, at_once * 2))


def _some(lines: Iterator[Line], most: int) -> list[Line]:
    return list(islice(lines, most))


def _apart_in(file: CouncilFile, path: Path) -> frozenset[int]:
    """The numbers of the lines of a file that are about safeguarding; looked for anew, since a stop forgets them."""
    with path.open("rb") as raw:
        before = b""
        while piece := raw.read(_PIECE):
            if tells(before + piece) or b"\x00" in piece:  # or wider than a byte a letter
                break
            before = piece[-_LONGEST_WORDS:]
        else:
            return frozenset()
    gone = {line.number for line in file.about_safeguarding()}
    try:
        gone.update(number for line in file.lines() if line.apart for number in line.numbers)
    except BadFile:
        gone.update(line.number for line in file.about_safeguarding(by_head=True))
    return frozenset(gone)


def _held_to_manifest(path: Path) -> None:
    """Compare a file with its manifest, where it has one: ``sha256sum`` writes such. Raises `BadFile`."""
    manifest = manifest_of(path)
    if not manifest.exists():
        return
    said = manifest.read_bytes()[:64].decode("ascii", "replace").lower()
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != said:
        raise BadFile("the file is not the one that its manifest is of")


def _receipt(path: Path, counts: Counter[str], file: CouncilFile) -> dict[str, object]:
    said: dict[str, object] = {"file": path.name, "lines": counts["lines"]}
    said |= {outcome: counts[outcome] for outcome in ("kept", "duplicate", "refused")}
    return said | ({"new_columns": list(file.new_columns)} if file.new_columns else {})

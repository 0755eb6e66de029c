"""Fetches whole files from another system's folder into ours, from which the file drop takes them.

A file is fetched once it is whole: when its size and time stood still over two looks, when its manifest is there, or,
where its sender renames, as soon as it has its name. It lands whole and under its own name; a broken transfer is gone
on with. What is done with the file there (left, moved, removed) is done only after its lines are kept here, and only
to the version that was. A file of the same name with another size or time is a new file. Nothing is fetched from a
server whose host key is not pinned; the trouble is told until somebody has looked.
"""

from __future__ import annotations

import asyncio
import contextlib
import fnmatch
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ascbridge import telemetry
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.intake.doors.file_drop import TakenFile
from ascbridge.intake.doors.sftp_remote import FileFault, RemoteFault, opened
from ascbridge.intake.doors.waits import Waits
from ascbridge.intake.rows.landing import Landing, NoRoom, Part, sha256_of, unsafe
from ascbridge.intake.rows.putting_away import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ascbridge.intake.doors.fetched import Fetched, FetchedFiles
    from ascbridge.intake.doors.sftp_remote import RemoteAccount, RemoteFile, RemoteServer
    from ascbridge.storage.alone import Turn

_log = telemetry.log("sftp_pull")
LARGEST_MANIFEST = 4_096


@dataclass(frozen=True, slots=True)
class PullTerms:
    """What was agreed: where the files lie, which are ours, when they are whole, and what becomes of them there.

    `reports`: the folder there into which receipts and refused lines are written; empty: none are.
    """

    folder: str
    pattern: str
    whole: Literal["still", "manifest", "renamed"]
    afterwards: Literal["leave", "move", "delete"]
    moved_to: str
    reports: str
    max_bytes: int
    look_every_s: float
    waits_too_long_s: float


class SftpPull:
    """Fetches from one remote folder. `turn` says whether this process is the one that does."""

    def __init__(
        self,
        name: str,
        account: RemoteAccount,
        terms: PullTerms,
        *,
        landing: Landing,
        fetched: FetchedFiles,
        turn: Turn,
    ) -> None:
        self._name, self._account, self._terms = name, account, terms
        self._landing, self._fetched, self._turn = landing, fetched, turn
        self._waits = Waits(terms.waits_too_long_s)
        self._before: dict[str, tuple[int, int]] = {}
        self._wrong: dict[str, str] = {}
        self._standing = "has not looked yet"

    @property
    def trouble(self) -> str:
        """Why files are not fetched, or not all of them; empty where all is well."""
        each = [f"{name}: {said}" for name, said in sorted((self._waits.told() | self._wrong).items())]
        return "; ".join([*([self._standing] if self._standing else []), *each])

    async def run(self, stop: asyncio.Event) -> None:
        """Look, and fetch, until told to stop."""
        try:
            while not stop.is_set():
                await self._look_or_stop(stop)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._terms.look_every_s)
        finally:
            await self._turn.let_go()

    async def _look_or_stop(self, stop: asyncio.Event) -> None:
        """Look; a big file that is on its way is left where it is when told to stop, and gone on with afterwards."""
        looking, stopping = asyncio.create_task(self.look()), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({looking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking

    async def look(self) -> None:
        """Look once, and fetch what is whole. What goes wrong is told, and tried again at the next look."""
        try:
            if not await self._turn.mine():
                self._wrong = {}
                self._waits.see({})
            else:
                await asyncio.to_thread(self._landing.prepare)
                async with opened(self._account) as server:
                    await self._all(server)
        except Exception as fault:
            if not isinstance(fault, RemoteFault) and not is_infrastructure(fault):
                raise
            said = reason_of(fault)
            if said != self._standing:
                _log.error("nothing fetched", path=self._name, reason=said)
            self._standing = said
        else:
            self._standing = ""

    async def note(self, file: TakenFile) -> None:
        """Hear from the file drop that a file was taken."""
        reports = [str(path.relative_to(self._landing.folder)) for path in file.reports]
        await self._fetched.taken(file.name, file.size, reports)

    async def _all(self, server: RemoteServer) -> None:
        terms = self._terms
        found, strange = await server.files(terms.folder)
        there = {file.name: file for file in found}
        ours = {name: file for name, file in there.items() if fnmatch.fnmatchcase(name, terms.pattern)}
        wrong = {"names that are no text": f"{strange} files are left alone"} if strange else {}
        known = await self._fetched.all()
        waiting: dict[str, str] = {}
        for one in known.values():
            if one.stage == "taken":
                await self._each(one.name, wrong, self._settle(server, one))
        for file in sorted(ours.values(), key=lambda file: (file.modified_ms, file.name)):
            before = known.get(file.name)
            if before is not None and not self._wanted(file, before, wrong):
                continue
            waiting[file.name] = "to become whole"
            refused = unsafe(file.name) or self._too_big(file)
            if refused:
                wrong[_shown(file.name)] = refused
            elif self._whole(file, there):
                await self._each(file.name, wrong, self._fetch(server, file, there))
        self._wrong = wrong
        self._before = {name: file.version for name, file in ours.items()}
        self._waits.see({name: said for name, said in waiting.items() if _shown(name) not in wrong})
        wanted = [(file.name, file.version) for file in ours.values()]
        await asyncio.to_thread(self._landing.keep_only, wanted)
        await self._fetched.seen(known.values(), set(there))

    async def _each(self, name: str, wrong: dict[str, str], work: Awaitable[None]) -> None:
        """Do something with one file; what is wrong with it alone keeps no other from being fetched."""
        try:
            await work
        except (NoRoom, FileFault) as fault:
            wrong[_shown(name)] = str(fault)
            if self._wrong.get(_shown(name)) != str(fault):
                _log.warning("file not fetched", path=_shown(name), reason=str(fault))

    def _wanted(self, file: RemoteFile, known: Fetched, wrong: dict[str, str]) -> bool:
        """Whether to fetch a file of which a version is known. One that landed and is gone was not taken here."""
        if known.version != file.version:
            return known.stage != "taken" or _shown(file.name) not in wrong
        return known.stage == "landed" and not self._landing.holds(known.name)

    def _too_big(self, file: RemoteFile) -> str:
        most = self._terms.max_bytes
        return f"{file.size:,} bytes, more than the {most:,} that are taken" if file.size > most else ""

    def _whole(self, file: RemoteFile, there: dict[str, RemoteFile]) -> bool:
        match self._terms.whole:
            case "manifest":
                manifest = there.get(file.name + MANIFEST)
                return (
                    manifest is not None and manifest.modified_ms >= file.modified_ms
                )  # else of one before it
            case "still":
                return self._before.get(file.name) == file.version
            case "renamed":
                return True

    # -- one file ---------------------------------------------------------------------------------------------------

    async def _fetch(self, server: RemoteServer, file: RemoteFile, there: dict[str, RemoteFile]) -> None:
        if self._landing.holds(file.name):
            raise NoRoom("the file before it, of the same name, is not taken yet")
        manifest = await self._manifest(server, there.get(file.name + MANIFEST))
        with await asyncio.to_thread(self._landing.part, file.name, file.version) as part:
            await self._pieces(server, file, part)
            if await server.look(self._terms.folder, file.name) != file:
                return  # it is being written: the next look sees another version
            if manifest and part.resumed and await asyncio.to_thread(sha256_of, part.path) != _hash(manifest):
                await asyncio.to_thread(self._landing.throw_away, file.name, file.version)
                raise FileFault(
                    "what was fetched in two parts is not what its manifest says; it is fetched anew"
                )
            await self._fetched.remember(file.name, file.version, "landed")
            if manifest:
                await asyncio.to_thread(self._landing.lay_beside, file.name + MANIFEST, manifest)
            await asyncio.to_thread(self._landing.land, part, file.name)
        _log.info("file fetched", path=_shown(file.name), bytes=file.size)

    async def _pieces(self, server: RemoteServer, file: RemoteFile, part: Part) -> None:
        async with aclosing(server.read(self._terms.folder, file.name, part.size)) as blocks:
            async for block in blocks:
                if part.size + len(block) > file.size:
                    raise FileFault("it grows while it is fetched")
                await asyncio.to_thread(part.add, block)
        if part.size != file.size:
            raise FileFault("it ended before its end")
        await asyncio.to_thread(part.done)

    async def _manifest(self, server: RemoteServer, file: RemoteFile | None) -> bytes:
        if file is None:
            return b""
        if file.size > LARGEST_MANIFEST:
            raise FileFault(f"its manifest has {file.size:,} bytes, and is none")
        found = b""
        async with aclosing(server.read(self._terms.folder, file.name, 0)) as blocks:
            async for block in blocks:
                found += block
                if len(found) > LARGEST_MANIFEST:
                    raise FileFault("its manifest is none")
        return found

    async def _settle(self, server: RemoteServer, one: Fetched) -> None:
        """Send back what came of a file that was taken, and do with the file there what was agreed."""
        terms = self._terms
        if terms.reports:
            for report in one.reports:
                path = self._landing.folder / report
                if await asyncio.to_thread(path.exists):  # else it lies where another process took the file
                    await server.put(path, terms.reports)
        if terms.afterwards == "leave":
            await self._fetched.remember(one.name, one.version, "settled")
            return
        now = await server.look(terms.folder, one.name)
        if now is not None and now.version == one.version:
            for name in (one.name, one.name + MANIFEST):
                await self._away(server, name)
        await self._fetched.forget(one.name)

    async def _away(self, server: RemoteServer, name: str) -> None:
        if self._terms.afterwards == "delete":
            await server.remove(self._terms.folder, name)
        else:
            await server.move(self._terms.folder, name, self._terms.moved_to)


def _hash(manifest: bytes) -> str:
    return manifest[:64].decode("ascii", "replace").lower()


def _shown(name: str) -> str:
    """A foreign name as a log and a page may show it."""
    return name.encode("unicode_escape").decode()[:200]

"""Takes what a discharge worker enters by hand from the pages' process to the process that keeps, beside it.

On one machine `listen` alone writes what is kept, and the pages are served by `work`. An entry goes over a Unix socket
in the data directory and is answered once it is kept; whoever hears nothing enters it again, and it is kept once.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import orjson

from ascbridge import telemetry
from ascbridge.intake.keeping.inbox import Arrival

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from ascbridge.intake.keeping.kept import Kept

    Keep = Callable[[Sequence[Arrival]], Awaitable[list[list[Kept]]]]

_log = telemetry.log("desk_door")
MOST_BYTES = 64_000
PATIENCE_S = 10.0
NOT_NOW = "not now"
"""Why an entry is not kept that is well written: it is sent again."""
_OURS_ALONE = 0o600


class NotKept(Exception):
    """An entry that was not kept; the text says why, for the person who entered it."""


class DeskDoor:
    """Listens for entries; `keep` has them kept and says what became of each."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self.trouble = ""
        """Why entries are not taken, in words for an IT desk; empty while they are."""

    async def run(self, path: Path, stop: asyncio.Event) -> None:
        """Take entries until told to stop."""
        _clear(path)  # what a killed process left
        server = await asyncio.start_unix_server(self._meet, path, limit=MOST_BYTES)
        _ours_alone(path)
        try:
            await stop.wait()
        finally:
            server.close()
            _clear(path)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                raw = await reader.readline()
                if raw.endswith(b"\n"):  # else its sender went away in the middle of it
                    writer.write(orjson.dumps(await self._take(raw.rstrip(b"\n"))) + b"\n")
                    await writer.drain()
        except (OSError, TimeoutError, ValueError):
            return  # whoever sent it hears nothing, and sends it again
        finally:
            writer.close()

    async def _take(self, raw: bytes) -> dict[str, str]:
        try:
            said = {"kept": await keep_entry(self._keep, raw)}
        except NotKept as fault:
            said = {"fault": str(fault)}
        except Exception as fault:  # noqa: BLE001  # whatever it was, its sender must not take it for kept
            self.trouble = f"the last entry could not be kept: {type(fault).__name__}"
            _log.error("entry not kept", exception=type(fault).__name__)
            return {"fault": NOT_NOW}
        self.trouble = ""
        return said


def _clear(path: Path) -> None:
    path.unlink(missing_ok=True)


def _ours_alone(path: Path) -> None:
    path.chmod(_OURS_ALONE)


async def keep_entry(keep: Keep, raw: bytes) -> str:
    """Keep one entry, or find that it is kept already; return its message id. Raises `NotKept` where it is refused."""
    ((kept,),) = await keep([Arrival(raw)])
    if kept.outcome == "refused":
        raise NotKept(kept.reason)
    return kept.message_id


async def hand_in(path: Path, raw: bytes) -> str:
    """Have the process beside this one keep an entry; return its message id. Raises `NotKept`."""
    said: dict[str, str] = {}
    with contextlib.suppress(OSError, TimeoutError, ValueError):
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(raw + b"\n")
                await writer.drain()
                said = orjson.loads(await reader.readline())
            finally:
                writer.close()
    if "kept" not in said:
        raise NotKept(said.get("fault") or NOT_NOW)
    return said["kept"]

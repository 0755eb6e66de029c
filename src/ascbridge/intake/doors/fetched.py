"""Remembers what became of each file of another system's folder, with what is kept, and so also in every back-up.

*landed*: it lies in our folder, or was about to. *taken*: its lines are kept, and the file there is still to be dealt
with. *settled*: it stays there and is done with; one that was moved or removed there is forgotten. A file counts as the
same while its size and its time are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from sqlalchemy import delete, select, update

from ascbridge.storage.tables import fetched_file
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection, Update

    from ascbridge.clock import Clock

T = TypeVar("T")
Stage = Literal["landed", "taken", "settled"]
DAY_MS = 86_400_000
FORGET_AFTER_MS = 90 * DAY_MS
"""How long a file may be out of sight before it counts as a new one: its folder may be away for a while."""


class Shelf(Protocol):
    """Where it is written: the files of one machine, or PostgreSQL."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a store in one transaction."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Look something up."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file of the remote folder. `reports` are names below our folder, such as ``done/NAME.receipt.json``."""

    name: str
    version: tuple[int, int]
    stage: Stage
    reports: tuple[str, ...] = ()
    seen_ms: int = 0


class FetchedFiles:
    """What is remembered of one remote folder."""

    def __init__(self, remote: str, shelf: Shelf, clock: Clock) -> None:
        self._remote, self._shelf, self._clock = remote, shelf, clock

    async def all(self) -> dict[str, Fetched]:
        """Return every file that is remembered, by name."""
        rows = await self._shelf.read(
            lambda c: c.execute(select(fetched_file).where(fetched_file.c.remote == self._remote)).all()
        )
        return {
            row.name: Fetched(
                row.name, (row.size, row.modified_ms), row.stage, tuple(row.reports.split("\n")) if row.reports else (),
                row.seen_ms,
            )
            for row in rows
        }  # fmt: skip

    async def remember(self, name: str, version: tuple[int, int], stage: Stage) -> None:
        """Say where a version of a file has come to."""
        row = {
            "remote": self._remote, "name": name, "size": version[0], "modified_ms": version[1], "stage": stage,
            "reports": "", "seen_ms": self._clock.now_ms(),
        }  # fmt: skip
        await self._shelf.write(lambda c: upsert(c, fetched_file, [row]))

    async def taken(self, name: str, size: int, reports: Iterable[str]) -> None:
        """Say that a file of this name and size was taken from our folder; one that did not land there is no matter."""
        landed = (fetched_file.c.size == size) & (fetched_file.c.stage == "landed")
        change = {"stage": "taken", "reports": "\n".join(reports)}
        await self._shelf.write(lambda c: c.execute(_one(self._remote, name).where(landed).values(change)))

    async def forget(self, name: str) -> None:
        """Let the next file of this name be a new one."""
        one = (fetched_file.c.remote == self._remote) & (fetched_file.c.name == name)
        await self._shelf.write(lambda c: c.execute(delete(fetched_file).where(one)))

    async def seen(self, known: Iterable[Fetched], there: set[str]) -> None:
        """Note, once a day, which files are still there, and forget those that were away for long."""
        now_ms = self._clock.now_ms()
        again = [one.name for one in known if one.name in there and one.seen_ms < now_ms - DAY_MS]
        gone = [one.name for one in known if one.name not in there and one.seen_ms < now_ms - FORGET_AFTER_MS]

        def note(connection: Connection) -> None:
            for name in again:
                connection.execute(_one(self._remote, name).values(seen_ms=now_ms))
            for name in gone:
                one = (fetched_file.c.remote == self._remote) & (fetched_file.c.name == name)
                connection.execute(delete(fetched_file).where(one))

        if again or gone:
            await self._shelf.write(note)


def _one(remote: str, name: str) -> Update:
    return update(fetched_file).where(fetched_file.c.remote == remote, fetched_file.c.name == name)

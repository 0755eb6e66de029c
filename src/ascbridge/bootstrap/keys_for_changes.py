"""Has keys given to whom a changed message names: by `listen` on one machine, by `intake` on PostgreSQL.

`work` writes into bridge.db that a change wants keys; whoever writes the keys sees it there. It begins again wherever
it was killed, since giving a key twice gives the same one. Imports nothing that only work needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.bootstrap import settled
from ascbridge.bootstrap.throwing_away import again_and_again
from ascbridge.intake import giving_keys, mendings
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.events.sealing import Keyring
    from ascbridge.intake.mendings import Sealed
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.storage.database import Database

    Give = Callable[[Connection, Sequence[Sealed]], int]


def giver(settings: Settings, keyring: Keyring, data_keys: DataKeys, clock: Clock) -> Give:
    """What gives keys to those whom some changes name, in the caller's transaction."""
    profiles = settled.profiles_of(settings)

    def give(connection: Connection, wanting: Sequence[Sealed]) -> int:
        return giving_keys.give(connection, wanting, profiles, keyring, data_keys, clock.now_ms())

    return give


async def give_in_files(settings: Settings, keys: SqliteDatabase, give: Give, stop: asyncio.Event) -> None:
    """Look in bridge.db, which another process writes, and give in keys.db."""
    bridge = SqliteDatabase(settled.file_of(settings, "bridge"), writable=False)

    async def write(wanting: Sequence[Sealed]) -> None:
        keys.write_now(lambda c: give(c, wanting))  # in this thread, as every write of this process is

    try:
        await _give(bridge, write, stop)
    finally:
        await bridge.close()


async def give_in_postgres(database: Database, give: Give, stop: asyncio.Event) -> None:
    """The same where there is one database."""

    async def write(wanting: Sequence[Sealed]) -> None:
        await database.write(lambda c: give(c, wanting))

    await _give(database, write, stop)


async def _give(
    database: Database, write: Callable[[Sequence[Sealed]], Awaitable[None]], stop: asyncio.Event
) -> None:
    given: set[str] = set()

    async def step() -> None:
        wanting = [one for one in await database.read(mendings.wanting_keys) if one.mending_id not in given]
        if wanting:
            await write(wanting)
            given.update(one.mending_id for one in wanting)

    await again_and_again(step, stop, "keys for changes")

"""Has keys given to whom a changed message names: by `listen` on one machine, by `intake` on PostgreSQL.

`work` writes into bridge.db that a change wants keys; whoever writes the keys sees it there. It begins again wherever
it was killed, since giving a key twice gives the same one. Imports nothing that only work needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.intake.agreed.profiles_in_force import ProfilesInForce
from ascbridge.intake.keeping import giving_keys
from ascbridge.intake.reading import mendings
from ascbridge.storage.database import SqliteDatabase

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.intake.reading.mendings import Sealed
    from ascbridge.people.data_keys import DataKeys
    from ascbridge.storage.database import Database


class Giver:
    """Gives keys to those whom some changes name, by every version of their feed's profile: too many do no harm."""

    def __init__(self, settings: Settings, keyring: Keyring, data_keys: DataKeys, clock: Clock) -> None:
        """Raises `ConfigError`."""
        self.profiles = ProfilesInForce(settled.profiles_of(settings), clock.now_ms)
        self._keyring, self._data_keys, self._clock = keyring, data_keys, clock

    def __call__(self, connection: Connection, wanting: Sequence[Sealed]) -> int:
        """Give them, in the caller's transaction; return how many names had none."""
        now_ms = self._clock.now_ms()
        return sum(
            giving_keys.give(connection, wanting, profiles, self._keyring, self._data_keys, now_ms)
            for profiles in self.profiles.every()
        )


async def give_in_files(settings: Settings, keys: SqliteDatabase, give: Giver, stop: asyncio.Event) -> None:
    """Look in bridge.db, which another process writes, and give in keys.db."""
    bridge = SqliteDatabase(settled.file_of(settings, "bridge"), writable=False)

    async def write(wanting: Sequence[Sealed]) -> None:
        keys.write_now(lambda c: give(c, wanting))  # in this thread, as every write of this process is

    try:
        await _give(bridge, write, give.profiles, stop)
    finally:
        await bridge.close()


async def give_in_postgres(database: Database, give: Giver, stop: asyncio.Event) -> None:
    """The same where there is one database."""

    async def write(wanting: Sequence[Sealed]) -> None:
        await database.write(lambda c: give(c, wanting))

    await _give(database, write, give.profiles, stop)


async def _give(
    database: Database,
    write: Callable[[Sequence[Sealed]], Awaitable[None]],
    profiles: ProfilesInForce,
    stop: asyncio.Event,
) -> None:
    given: set[str] = set()

    async def step() -> None:
        wanting = [one for one in await database.read(mendings.wanting_keys) if one.mending_id not in given]
        if wanting:
            await database.read(profiles.adopt)
            await write(wanting)
            given.update(one.mending_id for one in wanting)

    await again_and_again(step, stop, "keys for changes")

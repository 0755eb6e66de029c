"""The three files of one machine, for tests in which somebody is erased from them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.bootstrap import listening, working
from ascbridge.bootstrap.parts import settled
from ascbridge.clock import Clock
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.people import erase
from ascbridge.people.actor import Actor
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import patient, people_request
from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Connection

    from ascbridge.config import Settings

PATIENCE_S = 120
IG = "information-governance"
ANNE, BEN = Actor("Anne Hall", IG, "work"), Actor("Ben Shah", IG, "work")


async def until(holds: Callable[[], Awaitable[Any]], *running: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            assert not any(one.done() for one in running), running
            await asyncio.sleep(0.02)


class Files:
    """The three files, as the tests look into them; `work` alone writes what the acts below write."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.data_keys = DataKeys(settled.keyring_of(settings))
        self.keys = SqliteDatabase(settled.file_of(settings, "keys"))
        self.kept = SqliteDatabase(settled.file_of(settings, "kept"))
        attached = {name: settled.file_of(settings, name) for name in ("kept", "keys")}
        self.bridge = SqliteDatabase(settled.file_of(settings, "bridge"), attached=attached)

    async def hear(self, raw: bytes) -> None:
        """Keep a message, as `listen` does."""
        keyring, profile = settled.keyring_of(self.settings), settled.hospital_profile(self.settings)
        desk = listening.desk(
            self.settings, profile, keyring=keyring, data_keys=self.data_keys, clock=Clock.system()
        )
        await asyncio.to_thread(desk.keep_in_files, self.keys, self.kept, [Arrival(raw)])

    async def rows(self, table: Any) -> list[Any]:
        return await self.bridge.read(lambda c: list(c.execute(select(table))))

    async def state(self) -> str:
        return str((await self.rows(people_request))[0].state)

    async def approve(self, asked: str = "") -> str:
        """Have the one person erased by two people, or by a second one where it is asked; return the person's id."""
        (row,) = await self.rows(patient)
        now_ms = Clock.system().now_ms()

        def agree(connection: Connection) -> None:
            id = asked or erase.request_erasure(connection, row.person_id, ANNE, "they asked for it", now_ms)
            erase.approve_erasure(connection, id, BEN, now_ms)

        await self.bridge.write(agree)
        return str(row.person_id)

    async def close(self) -> None:
        for database in (self.keys, self.kept, self.bridge):
            await database.close()


async def known(settings: Settings, files: Files) -> None:
    """Let one patient be heard of, and everything stop again."""
    stop = asyncio.Event()
    work = asyncio.create_task(working.work(settings, stop))
    await files.hear(adt("A01"))
    await until(lambda: files.rows(patient), work)
    stop.set()
    await asyncio.wait_for(work, PATIENCE_S)

"""Whose turn it is: of several processes on one PostgreSQL, exactly one does a thing that has a name.

The turn is an advisory lock and lives as long as the connection that took it. A process that loses its connection has
lost its turn, and another takes over; what is done must therefore bear that for a moment two of them do it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import func, select

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from ascbridge.storage.database import PostgresDatabase


class Turn(Protocol):
    """Whether this process is the one."""

    async def mine(self) -> bool:
        """Take the turn, or make sure that it is still ours; False while it is another's."""

    async def let_go(self) -> None:
        """Let another take it."""


class AlwaysMine:
    """The turn of a process that has no other beside it."""

    async def mine(self) -> bool:
        return True

    async def let_go(self) -> None:
        return


class PostgresTurn:
    """A turn among all processes on one database. Raises what the database raises."""

    def __init__(self, database: PostgresDatabase, name: str) -> None:
        self._database = database
        digest = hashlib.sha256(f"ascbridge turn {name}".encode()).digest()
        self._lock = int.from_bytes(digest[:8], "big", signed=True)
        self._connection: AsyncConnection | None = None

    async def mine(self) -> bool:
        if self._connection is not None:
            try:
                await self._connection.scalar(select(1))
                await self._connection.commit()
            except BaseException:
                await self.let_go()
                raise
            return True
        connection = await self._database.connect()
        try:
            taken = bool(await connection.scalar(select(func.pg_try_advisory_lock(self._lock))))
            await connection.commit()
        except BaseException:
            await connection.invalidate()
            raise
        if taken:
            self._connection = connection
        else:
            await connection.close()
        return taken

    async def let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()  # back in the pool it would keep the lock
            await connection.close()

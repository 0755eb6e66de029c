"""Engines and transactions: the one way to a database, on SQLite and on PostgreSQL.

A *store* is a plain synchronous function of a `Connection` and a batch. `Database.write` and `Database.read` run such
functions: on SQLite in its one writer thread or in a reader thread, on PostgreSQL through asyncpg. So the same store
runs on both, and no statement is awaited on its own.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError

from ascbridge.storage.files import WALLED
from ascbridge.storage.prepared import as_core_says

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
    from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")
WRITER_CACHE_KB = 32_768
CHECKPOINT_PAGES = 4_000
STATEMENTS_KEPT = 1_000
"""How many statements a connection to PostgreSQL keeps prepared; a process has several hundred of its own."""
DEADLOCK, TRIES = "40P01", 3
"""PostgreSQL's word for two that wait for one another, of which it lets one go; and how often that one is tried."""
RESTED_S = 1.0
"""How long a connection may have rested and still be taken for one that works."""


class Database(Protocol):
    """Where stores run. Both implementations pass one behaviour suite (tests/storage/test_database.py)."""

    dialect: str

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction: committed when it returns, rolled back when it raises.

        On PostgreSQL it runs again, from the beginning, where the transaction gave way to another in a deadlock.
        """

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a snapshot that it may not write to."""

    async def close(self) -> None:
        """Let go of every connection."""


def _pragmas(attached: dict[str, Path], *, writing: bool) -> Callable[[sqlite3.Connection, object], None]:
    def connect(raw: sqlite3.Connection, _record: object) -> None:
        cursor = raw.cursor()
        raw.isolation_level = None
        cursor.execute("PRAGMA busy_timeout=5000")
        cursor.execute("PRAGMA foreign_keys=ON")
        if writing:
            cursor.execute("PRAGMA synchronous=FULL")
            # A batch touches thousands of pages: with the 2 MB that SQLite takes by itself they are written twice.
            cursor.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KB}")
            cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        else:
            cursor.execute("PRAGMA query_only=ON")
        for name, path in attached.items():
            cursor.execute(f"ATTACH DATABASE 'file:{path}?mode=ro' AS {name}")
        cursor.close()

    return connect


def sqlite_engine(path: Path, *, attached: dict[str, Path] | None = None, writing: bool) -> Engine:
    """Open one SQLite file; other files may be attached for reading. Only one process may open it for writing."""
    mode = "rwc" if writing else "ro"
    engine = create_engine(
        f"sqlite+pysqlite:///file:{path}?mode={mode}&uri=true",
        connect_args={"check_same_thread": False, "timeout": 5},
        pool_size=1 if writing else 4,
        max_overflow=0 if writing else 8,
        hide_parameters=True,  # they are somebody's, and an error's text ends up in a log
    )
    event.listen(engine, "connect", _pragmas(attached or {}, writing=writing))
    begin = "BEGIN IMMEDIATE" if writing else "BEGIN"
    # By way of the driver: a statement of Core's costs several times what it takes to begin.
    event.listen(engine, "begin", lambda connection: connection.connection.driver_connection.execute(begin))
    return engine


class _Writing:
    """The one connection that writes to a file, kept open: taking one from the pool costs more than a write.

    To Core it is always in a transaction, so that stores find one as they expect; beginning and committing go by way
    of the driver, where Core would take longer over each than over a small batch itself.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        connection.begin()
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        self._raw = raw
        self._run("COMMIT")  # the transaction with which Core begins

    def transaction(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction. Whoever sees this raise must close the connection, which rolls back."""
        self._run("BEGIN IMMEDIATE")
        result = work(self.connection)
        self._run("COMMIT")
        return result

    def close(self) -> None:
        """Let go of the connection; what it has not committed is undone."""
        self.connection.close()

    def _run(self, statement: str) -> None:
        try:
            self._raw.execute(statement)
        except sqlite3.Error as fault:
            raise as_core_says(fault, statement) from fault


class SqliteDatabase:
    """One SQLite file with one writer thread and a few readers. `attached` files are read-only.

    `writable=False` opens it for a process that only reads.
    """

    dialect = "sqlite"

    def __init__(self, path: Path, *, attached: dict[str, Path] | None = None, writable: bool = True) -> None:
        self.path = path
        self._writer = sqlite_engine(path, attached=attached, writing=True) if writable else None
        self._writing: _Writing | None = None
        self._turn = threading.Lock()
        self._readers = sqlite_engine(path, attached=attached, writing=False)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix=f"write-{path.stem}")
        self._read_threads = ThreadPoolExecutor(4, thread_name_prefix=f"read-{path.stem}")

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction in the calling thread: for the listener, which commits inline."""
        if self._writer is None:
            raise PermissionError(f"{self.path.name} is written by another process")
        with self._turn:
            writing = self._writing = self._writing or _Writing(self._writer.connect())
            try:
                return writing.transaction(work)
            except BaseException:
                self._writing = None
                writing.close()  # whatever is wrong with it, the next writer starts afresh
                raise

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a snapshot in the calling thread."""
        with self._readers.begin() as connection:
            return work(connection)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, self.write_now, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self.read_now, work)

    async def close(self) -> None:
        self._write_thread.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        if self._writing is not None:
            self._writing.close()
        for engine in (self._writer, self._readers):
            if engine is not None:
                engine.dispose()


def _arguments(schema: str | None) -> dict[str, Any]:
    # An owner that hangs in a transaction must not keep its rows from whoever takes over. No statement here is long
    # enough to be worth compiling.
    settings = {"idle_in_transaction_session_timeout": "60000", "jit": "off"}
    return {
        "prepared_statement_cache_size": STATEMENTS_KEPT,
        "server_settings": settings | ({"search_path": schema} if schema else {}),
    }


def _rests(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _still_there(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that rested whether its server is still there: three ways there and back, so not every time."""
    if time.monotonic() - record.info.get("rests_since", math.inf) < RESTED_S:
        return
    try:
        connection.ping()
    except Exception as fault:
        raise DisconnectionError from fault


def walled_arguments() -> dict[str, Any]:
    """Return what connects to the schema behind the wall alone: a name that is not there is nowhere."""
    return _arguments(WALLED)


class PostgresDatabase:
    """A PostgreSQL database through asyncpg; each transaction has a connection of the pool to itself."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool_size: int = 8, walled: bool = False) -> None:
        """Reach the database at `url`; `walled`: nothing of it but the schema behind the wall."""
        # It brings the object mapper along, which one machine would wait for at each start and never use.
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            pool_use_lifo=True,  # the connection that was used last knows the statements
            hide_parameters=True,
            connect_args=_arguments(WALLED if walled else None),
        )
        event.listen(self._engine.sync_engine, "checkin", _rests)
        event.listen(self._engine.sync_engine, "checkout", _still_there)

    async def write(self, work: Callable[[Connection], T]) -> T:
        for _ in range(TRIES - 1):
            try:
                return await self._write(work)
            except DBAPIError as fault:
                if getattr(fault.orig, "sqlstate", "") != DEADLOCK:
                    raise
        return await self._write(work)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._read(work)
        except DBAPIError as fault:
            if not fault.connection_invalidated:
                raise
            return await self._read(
                work
            )  # the pool has let go of every connection to the server that went away

    async def _read(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with connection.begin():
                return await connection.run_sync(work)

    def connect(self) -> AsyncConnection:
        """Give a connection of one's own, as a context manager: for a lock that lives as long as it does."""
        return self._engine.connect()

    async def close(self) -> None:
        await self._engine.dispose()

"""The tests' city on PostgreSQL: the same messages, handlers and pages, and one database instead of files."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from ascbridge.storage import migration
from ascbridge.storage.database import PostgresDatabase
from tests.operations.two_systems import TwoSystems
from tests.web.city import City

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from sqlalchemy import Connection

T = TypeVar("T")


class OfAnyLoop:
    """A PostgreSQL database whose connections live in a loop of their own, so that every loop and thread may ask it."""

    dialect = "postgresql"

    def __init__(self, url: str, *, walled: bool = False) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._database = PostgresDatabase(url, pool_size=4, walled=walled)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        return self._there(self._database.write(work))

    def read_now(self, work: Callable[[Connection], T]) -> T:
        return self._there(self._database.read(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self._database.write(work), self._loop)
        )

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self._database.read(work), self._loop)
        )

    def end(self) -> None:
        """Let go of the connections and of the loop."""
        self._there(self._database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _there(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def migrated(url: str) -> OfAnyLoop:
    """Bring an empty database to the present schema, and open it."""
    asyncio.run(migration.upgrade_postgres(url))
    return OfAnyLoop(url)


def walled(url: str) -> OfAnyLoop:
    """Make what stands behind the wall in that database, and open nothing else of it."""
    bridge = OfAnyLoop(url)
    bridge.write_now(lambda c: c.exec_driver_sql("CREATE SCHEMA safeguarding"))
    bridge.end()
    asyncio.run(migration.upgrade_walled_postgres(url))
    return OfAnyLoop(url, walled=True)


class _OnPostgres(City):
    row_number = "ctid"

    def __init__(self, folder: Path, url: str, **settings: Any) -> None:
        self._url = url
        super().__init__(folder, **settings)

    def _open(self) -> tuple[Any, Any, Any]:
        made = migrated(self._url)
        return made, made, made

    def close(self) -> None:
        self.bridge.end()  # type: ignore[attr-defined]  # one of ours


class PostgresCity(_OnPostgres):
    """A hospital, a council and everything behind them, in one database of servers."""


class PostgresTwoSystems(_OnPostgres, TwoSystems):
    """The same while the council changes its case system."""

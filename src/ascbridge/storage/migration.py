"""Brings databases to the present schema: Alembic, one history for all three groups of tables.

On SQLite each group is a file, and write-ahead logging is set here, once, before anybody else opens the file: two
connections that set it at the same moment fail at once.
"""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge.storage.files import GROUPS, Group, sqlite_file

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _config(connection: Connection, groups: tuple[Group, ...]) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("ascbridge.storage") / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["groups"] = groups
    return config


def upgrade(connection: Connection, groups: tuple[Group, ...] = GROUPS, revision: str = "head") -> None:
    """Bring the tables of `groups` to `revision` on an open connection, in its transaction."""
    command.upgrade(_config(connection, groups), revision)


def current(connection: Connection) -> str:
    """Return the revision that a database is at, or an empty text."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def head() -> str:
    """Return the newest revision this version of the bridge knows."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("ascbridge.storage") / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def upgrade_sqlite(data_dir: Path, revision: str = "head") -> None:
    """Make or bring up to date the three files under `data_dir`; run it while nobody has them open for writing."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for group in GROUPS:
        path = sqlite_file(data_dir, group)
        path.touch(mode=0o600)  # SQLite gives the files beside it the same
        with sqlite3.connect(path) as raw:
            raw.execute("PRAGMA journal_mode=WAL")
        raw.close()
        engine = create_engine(f"sqlite+pysqlite:///{path}")
        with engine.begin() as connection:
            upgrade(connection, (group,), revision)
        engine.dispose()


async def upgrade_postgres(url: str, revision: str = "head") -> None:
    """Bring a PostgreSQL database up to date; a second caller waits for the first."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7240931)")
        await connection.run_sync(lambda sync: upgrade(sync, GROUPS, revision))
    await engine.dispose()

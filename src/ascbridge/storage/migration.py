"""Brings databases to the present schema: Alembic, one history for all groups of tables.

On SQLite each group is a file, and write-ahead logging is set here, once, before anybody else opens the file: two
connections that set it at the same moment fail at once.

Either runs while services of the version before work on: a revision only adds, and what nothing uses any more goes a
release later. Each database changes in one transaction, whole or not at all.
"""

from __future__ import annotations

import asyncio
import sqlite3
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from ascbridge import telemetry
from ascbridge.config import ConfigError
from ascbridge.storage.database import sqlite_engine, walled_arguments
from ascbridge.storage.files import GROUPS, WALLED, Group, sqlite_file

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine


SCRIPTS = resources.files("ascbridge.storage") / "migrations"
LOCK_PATIENCE_MS = 500
"""How long a change waits for a table on PostgreSQL: whoever wants the table meanwhile waits behind it. Less than the
second after which PostgreSQL looks for a deadlock: of the two it is then the migration that gives way, never a service.
"""
LOCK_TRIES = 120
LOCK_PAUSE_S = 0.5
LOCK_NOT_AVAILABLE = "55P03"
_log = telemetry.log("migration")


class TablesInUse(ConfigError):
    """Somebody holds a table so long that it cannot be changed; the text says what to do."""


def _config(connection: Connection | None = None, groups: tuple[Group, ...] = GROUPS) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    config.attributes["groups"] = groups
    return config


def upgrade(connection: Connection, groups: tuple[Group, ...] = GROUPS, revision: str = "head") -> None:
    """Bring the tables of `groups` to `revision` on an open connection, in its transaction.

    A database that a later version has changed already is left as it is: the release before runs on it.
    """
    there = current(connection)
    if there and not knows(there):
        _log.warning("the schema is of a later version; it is left as it is", version=there)
        return
    if there and revision == "head" and there == head():
        return  # at every start but the first
    command.upgrade(_config(connection, groups), revision)


def current(connection: Connection) -> str:
    """Return the revision that a database is at, or an empty text."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def knows(revision: str) -> bool:
    """Whether this version of the bridge has this revision."""
    return revision in _revisions(str(SCRIPTS))


def head() -> str:
    """Return the newest revision this version of the bridge knows."""
    return next(iter(_revisions(str(SCRIPTS))), "")


@cache
def _revisions(_scripts: str) -> tuple[str, ...]:
    """Every revision under that folder, the newest first: read once, since reading them takes longer than all else."""
    return tuple(one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


def upgrade_sqlite(data_dir: Path, revision: str = "head") -> None:
    """Make or bring up to date the files under `data_dir`. Whoever writes to them waits its turn."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for group in (*GROUPS, WALLED):
        upgrade_file(sqlite_file(data_dir, group), group, revision)


def upgrade_file(path: Path, group: Group, revision: str = "head") -> None:
    """Make or bring up to date one file, with the tables of its group."""
    path.touch(mode=0o600)  # SQLite gives the files beside it the same
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
    raw.close()
    engine = sqlite_engine(path, writing=True)  # with it a revision is one transaction, tables and all
    try:
        with engine.begin() as connection:
            upgrade(connection, (group,), revision)
    finally:
        engine.dispose()


async def upgrade_postgres(url: str, revision: str = "head") -> None:
    """Bring a PostgreSQL database up to date; a second caller waits for the first.

    No table is waited for longer than `LOCK_PATIENCE_MS` at a time. Raises `TablesInUse` after `LOCK_TRIES` times.
    """
    await _upgrade_postgres(create_async_engine(url), GROUPS, revision)


async def upgrade_walled_postgres(url: str, revision: str = "head") -> None:
    """Bring what stands behind the wall up to date, in its schema, as the wall's own role (see `upgrade_postgres`).

    The schema must be there and be that role's: whoever sets up the database makes both.
    """
    await _upgrade_postgres(create_async_engine(url, connect_args=walled_arguments()), (WALLED,), revision)


async def _upgrade_postgres(engine: AsyncEngine, groups: tuple[Group, ...], revision: str) -> None:
    try:
        for _ in range(LOCK_TRIES):
            try:
                async with engine.begin() as connection:
                    await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7240931)")
                    await connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_PATIENCE_MS}")
                    await connection.run_sync(lambda sync: upgrade(sync, groups, revision))
            except DBAPIError as fault:
                if getattr(fault.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                    raise
                _log.warning("a table is in use; trying again", ms=round(LOCK_PAUSE_S * 1000))
                await asyncio.sleep(LOCK_PAUSE_S)
            else:
                return
    finally:
        await engine.dispose()
    raise TablesInUse(
        "a table has been in use all the time: end what holds it (pg_stat_activity), and migrate again"
    )

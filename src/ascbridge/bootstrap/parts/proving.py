"""Sees before a start that files and keys belong together: a bridge on the wrong ones must start nothing.

A missing file would be made anew, empty, and a master key that is another's would seal beside what it cannot open.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts import settled
from ascbridge.config import ConfigError
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.people import data_keys
from ascbridge.storage import files
from ascbridge.storage.database import sqlite_engine

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.config import Settings
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.storage.database import Database

_log = telemetry.log("proving")
LOOK_EVERY_S = 1.0
_HELD: dict[files.Group, tuple[str, ...]] = {
    "kept": ("message",),
    "keys": ("identity",),
    "bridge": ("event_log", "desk_act", "door_act", "audit"),
}
"""By which tables it shows that a file holds something."""


class DoNotBelongTogether(ConfigError):
    """Files or keys that are not those of one bridge; the text says what is missing and what to do."""


def files_belong(settings: Settings) -> None:
    """See that no file is missing beside others that hold something. Raises `DoNotBelongTogether`."""
    if (settings.data_dir / settled.HALF_RESTORED).exists():
        raise DoNotBelongTogether(
            f"a restore into {settings.data_dir} was cut off: nothing is started. Empty it and restore again"
        )
    paths = {group: settled.file_of(settings, group) for group in files.GROUPS}
    missing = [path.name for path in paths.values() if not path.exists()]
    holding = [path.name for group, path in paths.items() if path.exists() and _holds(path, group)]
    if missing and holding:
        raise DoNotBelongTogether(
            f"{', '.join(missing)} is missing beside {', '.join(holding)} in {settings.data_dir}: nothing is started. "
            "Restore the whole back-up into an empty folder (`ascbridge restore`)"
        )


def files_are_there(settings: Settings) -> None:
    """See that a service has all files to run on. Raises `DoNotBelongTogether`."""
    files_belong(settings)
    missing = [f"{one}.db" for one in files.GROUPS if not settled.file_of(settings, one).exists()]
    if missing:
        raise DoNotBelongTogether(
            f"{', '.join(missing)} is not in {settings.data_dir}: `ascbridge migrate` makes a new bridge's files"
        )


def _holds(path: Path, group: files.Group) -> bool:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
        for table in _HELD[group]:
            with contextlib.suppress(sqlite3.OperationalError):  # the table is not made yet
                if raw.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():  # noqa: S608 - a name from above
                    return True
    return False


def key_opens_files(settings: Settings, keyring: Keyring) -> None:
    """See that the master key opens what keys.db holds, where there is such a file.

    Raises `DoNotBelongTogether`, or `SQLAlchemyError` for a file that cannot be read.
    """
    path = settled.file_of(settings, "keys")
    if not path.exists() or not _holds(path, "keys"):
        return
    engine = sqlite_engine(path, writing=False)
    try:
        with engine.begin() as connection:
            opens = data_keys.opens(connection, keyring)
    finally:
        engine.dispose()
    if not opens:
        raise _wrong(settings)


async def key_opens(settings: Settings, keyring: Keyring, database: Database) -> bool:
    """See the same in whichever database there is; False where that cannot be asked now."""
    try:
        opens = await database.read(partial(data_keys.opens, keyring=keyring))
    except Exception as fault:
        if not is_infrastructure(fault):
            raise
        _log.warning(
            "the master key is not proved yet", exception=type(fault).__name__, reason=reason_of(fault)
        )
        return False
    if not opens:
        raise _wrong(settings)
    return True


async def until_key_opens(
    settings: Settings, keyring: Keyring, database: Database, stop: asyncio.Event
) -> None:
    """Ask until the database answers, then wait to be told to stop. Raises `DoNotBelongTogether`."""
    while not stop.is_set() and not await key_opens(settings, keyring, database):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
    await stop.wait()


def _wrong(settings: Settings) -> DoNotBelongTogether:
    path = settled.master_key_path(settings)
    return DoNotBelongTogether(
        f"{path} is another bridge's master key: what is stored here does not open with it, and nothing is started. "
        "Put back the key that belongs to this data"
    )

"""Takes a back-up of one machine while it runs: bridge.db first, then kept.db, keys.db last (decision 0015).

So what was derived is never ahead of what was kept, and no key is missing of anything sealed. The master key stays
apart unless asked for. A back-up is whole or not there: it gets its name when everything in it is on disk.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

from ascbridge import __version__
from ascbridge.bootstrap.backups import manifest, setup_files
from ascbridge.bootstrap.backups.manifest import BackupFault, CopiedFile, Heard, Manifest
from ascbridge.bootstrap.parts import proving, settled
from ascbridge.config import ConfigError
from ascbridge.storage import copying
from ascbridge.storage.files import WALLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ascbridge.config import Settings
    from ascbridge.events.logs.sealing import Keyring
    from ascbridge.storage.files import Group

ORDER: tuple[Group, ...] = ("bridge", "kept", "keys")
"""The files without which a back-up is none. The one behind the wall goes beside them, where there is one."""
MASTER_KEY = "master.key"
ROOM_TO_SPARE = 1.1


def back_up(
    settings: Settings, folder: Path, *, with_key: bool = False, config_file: Path | None = None
) -> list[str]:
    """Make a back-up in `folder`, which must not exist yet; return what to tell. On PostgreSQL, which is backed up by
    its own tools, it holds the set-up alone. `config_file`: the settings, which are in it too.

    Raises `BackupFault`, and leaves nothing behind then.
    """
    if folder.exists() or folder.is_symlink():
        raise BackupFault(f"{folder} is there already; a back-up never overwrites anything")
    keyring = _keyring(settings)
    _room(settings, folder)
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        beside.mkdir(mode=0o700, parents=True)
        made, left_out = _fill(settings, beside, keyring, with_key=with_key, config_file=config_file)
        beside.rename(folder)
        copying.make_durable(folder.parent)
    except (OSError, sqlite3.Error, copying.DamagedCopy) as fault:
        raise BackupFault(f"no back-up was made: {fault}") from fault
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return [
        f"back-up in {folder}: {len(made.files)} files, "
        + (f"schema {made.schema_revision}" if made.schema_revision else "the set-up alone"),
        *_key_told(settings, with_key=with_key),
        *_setup_told(left_out, config_file),
    ]


def _setup_told(left_out: Sequence[str], config_file: Path | None) -> list[str]:
    told = []
    if config_file is None:
        told.append("no settings are in it: give --config where they are in a file")
    if left_out:
        told.append(f"secrets that are not in it (--with-key takes them): {', '.join(left_out)}")
    return told


def _key_told(settings: Settings, *, with_key: bool) -> list[str]:
    wall = settled.wall_key_path(settings)
    apart = (
        f"the key of safeguarding is not in it: keep a copy of {wall} apart from it and from every other key"
    )
    told = [apart] if WALLED in _groups(settings) else []
    if with_key:
        return [
            "the master key is in it: whoever has this folder can read everything but safeguarding",
            *told,
        ]
    path = settled.master_key_path(settings)
    return [
        f"the master key is not in it: keep a copy of {path} apart from it, once, for it does not change",
        *told,
    ]


def _keyring(settings: Settings) -> Keyring:
    """Return the keys that open what is to be copied."""
    try:
        if settings.on_postgres:
            return settled.keyring_of(settings)
        proving.files_are_there(settings)
        keyring = settled.keyring_of(settings)
        proving.key_opens_files(settings, keyring)
    except ConfigError as fault:
        raise BackupFault(f"no back-up was made: {fault}") from fault
    return keyring


def _room(settings: Settings, folder: Path) -> None:
    needed = ROOM_TO_SPARE * sum(_size(settled.file_of(settings, group)) for group in _groups(settings))
    there = next(parent for parent in folder.absolute().parents if parent.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise BackupFault(
            f"{there} has {free // 1_000_000} MB free, and {int(needed) // 1_000_000} MB are needed"
        )


def _size(path: Path) -> int:
    log = path.with_name(path.name + "-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _groups(settings: Settings) -> tuple[Group, ...]:
    if settings.on_postgres:
        return ()
    return (WALLED, *ORDER) if settled.file_of(settings, WALLED).exists() else ORDER


def _fill(
    settings: Settings, folder: Path, keyring: Keyring, *, with_key: bool, config_file: Path | None
) -> tuple[Manifest, list[str]]:
    began_ms = settled.clock_of(settings).now_ms()
    for group in _groups(settings):
        copying.copy_file(settled.file_of(settings, group), folder / f"{group}.db")
    names = [f"{group}.db" for group in _groups(settings)]
    if with_key:
        _write(folder / MASTER_KEY, settled.master_key_path(settings).read_bytes())
        names.append(MASTER_KEY)
    body, left_out = setup_files.packed(settings, config_file, with_secrets=with_key)
    _write(folder / setup_files.NAME, body)
    names.append(setup_files.NAME)
    made = Manifest(
        format=manifest.FORMAT,
        made_ms=began_ms,
        made_by=getpass.getuser(),
        version=__version__,
        schema_revision="" if settings.on_postgres else _revision(folder),
        key_check=manifest.key_check(keyring),
        files=tuple(_copied(folder / name) for name in names),
        heard=() if settings.on_postgres else _heard(folder / "kept.db"),
    )
    copying.make_durable(manifest.write(folder, made, keyring))
    copying.make_durable(folder)
    return made, left_out


def _write(path: Path, body: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
    copying.make_durable(path)


def _copied(path: Path) -> CopiedFile:
    return CopiedFile(name=path.name, bytes=path.stat().st_size, sha256=copying.sha256_of(path))


def _revision(folder: Path) -> str:
    """Return the schema that all files are at. Raises `BackupFault` in the middle of a migration."""
    found = {_ask(folder / f"{group}.db", "SELECT version_num FROM alembic_version")[0][0] for group in ORDER}
    if len(found) > 1:
        raise BackupFault(f"no back-up was made: the files are being migrated ({', '.join(sorted(found))})")
    return str(found.pop())


def _heard(kept: Path) -> tuple[Heard, ...]:
    rows = _ask(kept, "SELECT feed, last_ms, last_control_id FROM feed_heard ORDER BY feed")
    return tuple(Heard(feed=feed, last_ms=last_ms, control_id=last) for feed, last_ms, last in rows)


def _ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as raw:
        return raw.execute(question).fetchall()

"""Puts a back-up of one machine back, into an empty folder: proved first, and nothing is there until all of it is.

keys.db gets its name last: whatever stops a restore half way leaves a folder on which nothing starts.
"""

from __future__ import annotations

import getpass
import os
import shutil
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from ascbridge.bootstrap.backups import manifest, setup_files
from ascbridge.bootstrap.backups.backing_up import MASTER_KEY, ORDER
from ascbridge.bootstrap.backups.manifest import BackupFault, Manifest
from ascbridge.bootstrap.parts import settled
from ascbridge.events.ledgers import audit
from ascbridge.events.logs.sealing import Keyring, MasterKeyFault
from ascbridge.people import data_keys, erasure_journal
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage import copying, migration
from ascbridge.storage.database import sqlite_engine
from ascbridge.storage.files import WALLED, sqlite_file

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.config import Settings
    from ascbridge.storage.files import Group


_WALL_KEY = (
    "safeguarding: put its own key's copy beside the files (safeguarding.key) before the start; without it nothing of "
    "safeguarding opens, and no concern can be taken"
)


def check(folder: Path, settings: Settings, *, key_file: Path | None = None) -> list[str]:
    """See that a back-up is whole and opens with its key; return what to tell. Raises `BackupFault`."""
    made, _ = _proved(folder, _key_of(folder, settings, key_file))
    what = f"schema {made.schema_revision}" if holds_databases(made) else "the set-up alone"
    return [f"sound: {len(made.files)} files of {_time(made.made_ms)}, {what}"]


def restore(
    folder: Path,
    settings: Settings,
    *,
    key_file: Path | None = None,
    erasures: Path | None = None,
    with_setup: bool = False,
) -> list[str]:
    """Restore the back-up in `folder` into an empty or missing data directory; return what to tell.

    `with_setup` puts settings, profiles and certificates back where they stood; where the back-up holds the set-up
    alone, it does only that. `key_file`: the master key, where neither the back-up nor the settings have it.
    `erasures`: the journal of erasures.
    Raises `BackupFault`, having put nothing there.
    """
    data_dir, now_ms = settings.data_dir, settled.clock_of(settings).now_ms()
    made, key = _proved(folder, _key_of(folder, settings, key_file))
    if settings.on_postgres and holds_databases(made):
        raise BackupFault("PostgreSQL is restored by its own tools: see docs/how-to/back-up.md")
    setup = _put_back(folder, made, wanted=with_setup)
    if not holds_databases(made):
        return setup
    journal = journal_of(erasures)
    if data_dir.exists() and any(data_dir.iterdir()):
        raise BackupFault(f"{data_dir} is not empty; a restore never overwrites anything")
    half_way = data_dir / settled.HALF_RESTORED
    try:
        half_way.mkdir(mode=0o700, parents=True)
        data_dir.chmod(0o700)
        told = _fill(folder, half_way, made, key, journal, now_ms)
        if key != settings.master_key_file:
            (half_way / MASTER_KEY).rename(data_dir / MASTER_KEY)
        for group in _groups(made):
            sqlite_file(half_way, group).rename(sqlite_file(data_dir, group))
        copying.make_durable(data_dir)
    except (OSError, sqlite3.Error, SQLAlchemyError, copying.DamagedCopy) as fault:
        raise BackupFault(f"not restored: {fault}") from fault
    finally:
        shutil.rmtree(half_way, ignore_errors=True)
    return [f"restored into {data_dir}: the bridge as it was at {_time(made.made_ms)}", *told, *setup]


def holds_databases(made: Manifest) -> bool:
    """Whether it is of one machine. One of a bridge on PostgreSQL holds the set-up alone."""
    return any(one.name.endswith(".db") for one in made.files)


def _put_back(folder: Path, made: Manifest, *, wanted: bool) -> list[str]:
    if setup_files.NAME not in {one.name for one in made.files}:
        return []  # of an earlier version
    if not wanted:
        return ["settings, profiles and certificates are in it too: --setup puts them back where they stood"]
    try:
        return setup_files.put_back(folder / setup_files.NAME)
    except OSError as fault:
        raise BackupFault(f"the set-up cannot be put back: {fault}") from fault


def _key_of(folder: Path, settings: Settings, key_file: Path | None) -> Path:
    """Return where the master key is to be found: as told, in the back-up, or where the settings say."""
    inside = folder / MASTER_KEY
    return key_file or (inside if inside.exists() else settings.master_key_file or inside)


def _proved(folder: Path, key: Path) -> tuple[Manifest, Path]:
    """See that everything is there, unchanged, and opens; return the manifest and where the master key is."""
    made, signature = manifest.read(folder)
    names = {one.name for one in made.files}
    faults = [
        f"{group}.db is missing" for group in ORDER if holds_databases(made) and f"{group}.db" not in names
    ]
    for one in made.files:
        path = folder / one.name
        if path.parent != folder or not path.is_file():
            faults.append(f"{one.name} is missing")
        elif path.stat().st_size != one.bytes or copying.sha256_of(path) != one.sha256:
            faults.append(f"{one.name} is not as it was written")
    if faults:
        raise BackupFault(f"{folder} is not whole: {'; '.join(faults)}. Nothing was restored")
    if not key.exists():
        raise BackupFault(
            f"{key}: the master key is missing, and without it nothing that names anybody can be opened. Nothing was "
            "restored. Give the key's own copy with --key"
        )
    try:
        keyring = Keyring.load(key)
    except MasterKeyFault as fault:
        raise BackupFault(f"{fault}. Nothing was restored") from None
    manifest.prove(made, signature, keyring, key)
    return made, key


def _groups(made: Manifest) -> tuple[Group, ...]:
    """The files of a back-up: one that an earlier version made holds nothing of safeguarding."""
    names = {one.name for one in made.files}
    return (WALLED, *ORDER) if f"{WALLED}.db" in names else ORDER


def journal_of(path: Path | None) -> list[dict[str, object]] | None:
    """Return the journal of erasures, where one is given. Raises `BackupFault`."""
    if path is None:
        return None
    try:
        return erasure_journal.read(path.read_bytes())
    except (OSError, erasure_journal.JournalFault) as fault:
        raise BackupFault(
            f"the journal of erasures {path} cannot be read: {fault}. Nothing was restored"
        ) from None


def _fill(
    folder: Path,
    half_way: Path,
    made: Manifest,
    key: Path,
    journal: list[dict[str, object]] | None,
    now_ms: int,
) -> list[str]:
    for group in _groups(made):
        target = sqlite_file(half_way, group)
        shutil.copyfile(folder / target.name, target)
        target.chmod(0o600)
        copying.check(target)
    descriptor = os.open(half_way / MASTER_KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.read_bytes())
    migration.upgrade_sqlite(half_way)
    again = _write(half_way, made, Keyring.load(half_way / MASTER_KEY), journal or [], now_ms)
    for path in half_way.iterdir():
        copying.make_durable(path)
    return [
        *map(_ask_again, made.heard),
        erasures_told(again, _time(made.made_ms), known=journal is not None),
        *([_WALL_KEY] if WALLED in _groups(made) else []),
    ]


def _write(
    half_way: Path, made: Manifest, keyring: Keyring, journal: list[dict[str, object]], now_ms: int
) -> int:
    """Do again the erasures that the back-up knows nothing of, and write the restore into the audit."""
    bridge_engine, keys_engine = (
        sqlite_engine(sqlite_file(half_way, group), writing=True) for group in ("bridge", "keys")
    )
    try:
        with keys_engine.begin() as keys, bridge_engine.begin() as bridge:
            if not data_keys.opens(keys, keyring):
                raise BackupFault("the master key does not open this back-up's keys.db. Nothing was restored")
            again = erasure_journal.do_again(bridge, keys, DataKeys(keyring), journal, now_ms)
            entry = audit.AuditEntry(
                writer="restore", who=getpass.getuser(), role="", what="back-up restored",
                whom=f"back-up:{_time(made.made_ms)}", result=f"{again} erasures done again",
            )  # fmt: skip
            audit.record(bridge, entry, now_ms)
    finally:
        bridge_engine.dispose()
        keys_engine.dispose()
    return again


def _ask_again(heard: manifest.Heard) -> str:
    return (
        f"{heard.feed}: its last message here is of {_time(heard.last_ms)}, control id {heard.control_id}; "
        "have the sender send again everything after it (repeats do no harm)"
    )


def erasures_told(again: int, made: str, *, known: bool) -> str:
    """Say what became of erasures that were decided after a back-up was made, or that nobody can know."""
    if known:
        return f"erasures: {again} done again that were not finished in the back-up"
    return (
        f"erasures: no journal was given (--erasures), so whoever was erased after {made} can be read "
        "again. Erase them again before anybody else looks (docs/how-to/back-up.md)"
    )


def _time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

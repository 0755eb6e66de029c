"""Copies a SQLite file that others are writing: one moment of it, whole, and nobody waits for it.

The copy is made under one read transaction, so it is a snapshot however long it takes: a writer goes on, and what it
adds stays in the write-ahead log until the copy is done (docs/decisions/0015). Nothing here writes to the source.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGES_AT_ONCE = 1_000
"""Four megabytes; between two such pieces the disk is left to those who answer hospitals."""
REST_S = 0.005


class DamagedCopy(Exception):
    """A file that SQLite finds damaged; the text names it."""


def copy_file(
    source: Path, target: Path, *, pages: int = PAGES_AT_ONCE, rest: Callable[[], None] | None = None
) -> None:
    """Copy a SQLite file as it is at this moment; `target` must not exist. It is on disk when this returns.

    `rest` is called between two pieces. Raises `sqlite3.Error`, `OSError`, or
    `DamagedCopy` where the source is damaged.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    resting = rest or (lambda: time.sleep(REST_S))
    with (
        contextlib.closing(
            sqlite3.connect(f"file:{source}?mode=ro", uri=True, isolation_level=None)
        ) as reading,
        contextlib.closing(sqlite3.connect(target)) as writing,
    ):
        reading.execute("PRAGMA busy_timeout=5000")
        writing.execute("PRAGMA synchronous=OFF")  # made durable below, at once and not page by page
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # from here on it is a snapshot
        reading.backup(writing, pages=pages, progress=lambda *_: resting())
        reading.execute("COMMIT")
    check(target)
    make_durable(target)


def check(path: Path) -> None:
    """Have SQLite read a whole file that nobody has open. Raises `DamagedCopy`."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as raw:
        try:
            (fault,) = raw.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            fault = str(error)
    if fault != "ok":
        raise DamagedCopy(f"{path.name} is damaged ({fault})")


def make_durable(path: Path) -> None:
    """See that a file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

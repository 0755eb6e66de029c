"""Copying a SQLite file while others write to it: one moment of it, whole, however long it takes and whoever writes."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from ascbridge.storage import copying

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file in write-ahead mode, some of it still in its log."""
    path = tmp_path / "source.db"
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("CREATE TABLE pair (n INTEGER PRIMARY KEY, a INTEGER, b INTEGER, filling TEXT)")
        raw.executemany("INSERT INTO pair (a, b, filling) VALUES (0, 0, ?)", [("x" * 2000,)] * 200)
        raw.commit()
    return path


def rows(path: Path, question: str) -> list[tuple[int, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as raw:
        return raw.execute(question).fetchall()


def test_a_copy_is_one_moment_though_every_page_is_written_meanwhile(source: Path, tmp_path: Path) -> None:
    writing = sqlite3.connect(source, isolation_level=None, timeout=0)
    turns = 0

    def write() -> None:
        nonlocal turns
        turns += 1
        writing.execute("BEGIN IMMEDIATE")  # with no patience at all: a copy keeps no writer waiting
        writing.execute("UPDATE pair SET a = a + 1, b = b + 1")
        writing.execute("INSERT INTO pair (a, b, filling) VALUES (-1, 1, 'late')")
        writing.execute("COMMIT")

    copying.copy_file(source, tmp_path / "copy.db", pages=5, rest=write)
    writing.close()
    assert turns > 10
    assert rows(tmp_path / "copy.db", "SELECT count(*), min(a), max(a), max(b) FROM pair") == [(200, 0, 0, 0)]
    assert rows(source, "SELECT count(*), max(a) FROM pair") == [(200 + turns, turns)]


def test_a_copy_is_its_owners_alone_and_never_overwrites(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copying.copy_file(source, copy)
    assert (copy.stat().st_mode & 0o777) == 0o600
    assert [path.name for path in tmp_path.glob("copy.db*")] == ["copy.db"]
    before = copying.sha256_of(copy)
    with pytest.raises(FileExistsError):
        copying.copy_file(source, copy)
    assert copying.sha256_of(copy) == before


def test_a_damaged_file_is_told(source: Path) -> None:
    copying.check(source)
    with source.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 4096)
    with pytest.raises(copying.DamagedCopy, match=r"source\.db is damaged"):
        copying.check(source)

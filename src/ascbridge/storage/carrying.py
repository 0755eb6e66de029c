"""Carries rows from one SQLite file into another of the same shape, a short read at a time. Nothing is written to the
source.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AT_ONCE = 2_000


def carry(source: Path, target: Path, tables: Mapping[str, str]) -> dict[str, int]:
    """Copy these tables' rows, each where its condition holds (empty: every row); return how many of each.

    A column that only one side has is left out, so a file of the version before can be read. What is in the target
    already stays. Raises `sqlite3.Error`.
    """
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reading,
        contextlib.closing(sqlite3.connect(target)) as writing,
    ):
        reading.execute("PRAGMA busy_timeout=5000")
        return {table: _table(reading, writing, table, where) for table, where in tables.items()}


def _table(reading: sqlite3.Connection, writing: sqlite3.Connection, table: str, where: str) -> int:
    columns = [name for name in _columns(writing, table) if name in set(_columns(reading, table))]
    if not columns:
        return 0  # the version before has no such table
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    # The names are those of our own tables, and the condition is a caller's own words: nothing of anybody else's.
    wanted = (
        f'SELECT rowid, {names} FROM "{table}" WHERE rowid > ? AND ({where or "1"}) ORDER BY rowid LIMIT ?'  # noqa: S608
    )
    insert = f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608
    last, carried = 0, 0
    while rows := reading.execute(wanted, (last, AT_ONCE)).fetchall():
        with writing:
            writing.executemany(insert, [row[1:] for row in rows])
        last, carried = rows[-1][0], carried + len(rows)
    return carried


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]

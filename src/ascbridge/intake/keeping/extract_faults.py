"""What was wrong with the columns of the newest file of each kind of a feed's; nothing where it could be read.

A store. It holds counts and the pattern of the files' names, and no column: those that speak of safeguarding are
nobody's to see here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, select

from ascbridge.storage.tables import extract_fault
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

MISSING, UNREADABLE = "missing", "unreadable"
FEWEST, SHARE = 10, 0.5
"""From so many rows on, and this share of a file's, a fault that they have in common is the column's and not theirs."""


class ExtractFault(NamedTuple):
    """A fault of the newest file of a kind: columns are missing, or so many rows are refused for one reason."""

    feed: str
    files: str
    kind: str
    n: int
    last_ms: int


def judged(reasons: Mapping[str, int], rows: int, refused_because: str) -> tuple[str, int]:
    """Say what is wrong with a file's columns, by why its rows or the whole of it were refused; empty: nothing."""
    if "columns are missing" in refused_because:
        return MISSING, 1
    n = max(reasons.values(), default=0)
    return (UNREADABLE, n) if n >= FEWEST and n >= SHARE * rows else ("", 0)


def note(connection: Connection, feed: str, files: str, kind: str, n: int, now_ms: int) -> None:
    """Write down what is wrong with the newest file of a kind, in place of what was wrong with the one before."""
    c = extract_fault.c
    connection.execute(delete(extract_fault).where(c.feed == feed, c.files == files))
    insert(connection, extract_fault, [ExtractFault(feed, files, kind, n, now_ms)._asdict()] if kind else [])


def standing(connection: Connection) -> list[ExtractFault]:
    """Return what is wrong now."""
    c = extract_fault.c
    rows = connection.execute(select(c.feed, c.files, c.kind, c.n, c.last_ms).order_by(c.feed, c.files))
    return [ExtractFault(*row) for row in rows]

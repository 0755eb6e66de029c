"""How far each file of history was read, in the database, so that a stop costs nothing: all SQL of it that writes.

A file is known by its feed, its name, and its size with the time of its last change.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from ascbridge.storage.tables import history_file
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection

_f = history_file.c


@dataclass(frozen=True, slots=True)
class Read:
    """How far a file was read: up to which line, by its number, and what became of the lines."""

    lines: int = 0
    kept: int = 0
    duplicate: int = 0
    refused: int = 0


def expect(connection: Connection, feed: str, files: Mapping[str, str], now_ms: int) -> None:
    """Take down the files that stand there, by name and identity; what stands there no more is over."""
    rows = connection.execute(select(_f.name, _f.identity, _f.ended_ms).where(_f.feed == feed)).all()
    known = {name: identity for name, identity, _ in rows}
    fresh = [name for name, identity in files.items() if known.get(name) != identity]
    nothing = {"began_ms": now_ms, "changed_ms": now_ms, "ended_ms": None, **asdict(Read())}
    named = [{"feed": feed, "name": name, "identity": files[name], **nothing} for name in sorted(fresh)]
    upsert(connection, history_file, named)
    for name in sorted(name for name, _, ended_ms in rows if ended_ms is None and name not in files):
        end(connection, feed, name, now_ms)


def read(connection: Connection, feed: str, name: str) -> Read:
    """Return how far a file was read that is expected."""
    wanted = select(_f.lines, _f.kept, _f.duplicate, _f.refused).where(*_this(feed, name))
    row = connection.execute(wanted).first()
    return Read(*row) if row is not None else Read()


def note(connection: Connection, feed: str, name: str, now: Read, now_ms: int) -> None:
    """Write down how far a file was read, in the transaction that keeps its lines."""
    connection.execute(
        update(history_file).where(*_this(feed, name)).values(**asdict(now), changed_ms=now_ms)
    )


def end(connection: Connection, feed: str, name: str, now_ms: int) -> None:
    """Say that nothing more comes of a file."""
    connection.execute(
        update(history_file).where(*_this(feed, name)).values(changed_ms=now_ms, ended_ms=now_ms)
    )


def _this(feed: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return _f.feed == feed, _f.name == name

"""A reading of a whole table: how far it has got, and which rows it has seen: one bit for each row that was ever kept.

So a sweep writes nothing for a row that is as it was, and takes an eighth of a byte for it. Where it has got to may be
written down, so that a restart goes on with it; the key of a row may be somebody's number, so it is sealed.
"""

from __future__ import annotations

import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import orjson

from ascbridge.events.logs.sealing import SealBroken
from ascbridge.intake.databases import polled
from ascbridge.intake.databases.database_queries import After
from ascbridge.intake.databases.polled import StoredSweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

STALE_MS = 86_400_000
"""A sweep that began longer ago than that is begun anew after a restart: what it saw first may long have gone."""
_KINDS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "int": (int, str, int),
    "str": (str, str, str),
    "decimal": (Decimal, str, Decimal),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "uuid": (UUID, str, UUID),
}
"""Of what a key may be made, the more special before the more general; of anything else no sweep is written down."""


class Notes(Protocol):
    """Seals what is written down."""

    def seal_note(self, plain: bytes, about: str) -> bytes:
        """Seal a note about a table of this feed."""

    def open_note(self, sealed: bytes, about: str) -> bytes:
        """Open it. Raises `SealBroken`."""


class Sweep:
    """One sweep on its way. `after`: the row that it has got to."""

    FEW = 20
    """So many rows may vanish between two sweeps of a table of any size."""

    def __init__(self, last_position: int, began_ms: int = 0, seen: bytes = b"") -> None:
        self.after: After | None = None
        self.read_through = False
        self.began_ms = began_ms
        self._last = last_position
        self._seen = bytearray(seen or last_position // 8 + 1)

    def saw(self, positions: Iterable[int]) -> bool:
        """Note rows that are there, and return whether that is news.

        What was kept after the sweep began is none of its business.
        """
        news = False
        for position in positions:
            place, bit = position >> 3, 1 << (position & 7)
            if position <= self._last and not self._seen[place] & bit:
                self._seen[place] |= bit
                news = True
        return news

    def compare(self, connection: Connection, feed: str, name: str) -> tuple[int, list[tuple[int, str]]]:
        """Return how many rows were known, and position and message of those that are there no longer."""
        known, missing, after = 0, [], 0
        while rows := polled.there(connection, feed, name, after):
            after = rows[-1][0]
            before = [row for row in rows if row[0] <= self._last]
            known += len(before)
            missing += [row for row in before if not self._seen[row[0] >> 3] & 1 << (row[0] & 7)]
        return known, missing

    def to_store(self, name: str, profile: str, notes: Notes) -> StoredSweep | None:
        """Return what is to be written down of it; None where there is nothing yet, or its key is of no known kind."""
        marks = [_told(value) for value in self.after.key] if self.after is not None else [None]
        if None in marks:
            return None
        after = notes.seal_note(orjson.dumps(marks), name)
        return StoredSweep(profile, self.began_ms, self._last, after, zlib.compress(self._seen, 1))


def stored(found: StoredSweep | None, name: str, profile: str, notes: Notes) -> Sweep | None:
    """Return the sweep that was written down; None where there is none, or it read by another profile."""
    if found is None or found.profile != profile:
        return None
    try:
        key = tuple(_KINDS[kind][2](text) for kind, text in orjson.loads(notes.open_note(found.after, name)))
    except SealBroken:
        return None  # another master key: what it noted for itself is worth nothing
    sweep = Sweep(found.last_position, found.began_ms, zlib.decompress(found.seen))
    sweep.after = After(None, key)
    return sweep


def _told(value: Any) -> tuple[str, str] | None:
    for kind, (type_, as_text, _) in _KINDS.items():
        if isinstance(value, type_) and not isinstance(value, bool):
            return kind, as_text(value)
    return None

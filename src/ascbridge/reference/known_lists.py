"""The loaded lists in the database, as they were written, and what is known of them now.

A list takes effect without a restart: whoever reads asks first, in one small query, whether anything was loaded or
taken back since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, update

from ascbridge.reference.in_force import ReferenceLists, Version, lists_of
from ascbridge.reference.list_files import read
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import reference_list
from ascbridge.storage.upsert import insert_missing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_r = reference_list.c
_STATE = Prepared(
    select(func.count(), func.count(_r.taken_back_ms), func.max(_r.loaded_ms)).select_from(reference_list)
)


class KnownLists:
    """What one process knows of the lists. `now` is what it read last; what ships until it reads."""

    def __init__(self) -> None:
        self.now = ReferenceLists()
        self._state: tuple[int, int, int | None] = (0, 0, None)

    def read(self, connection: Connection) -> ReferenceLists:
        """Return the lists as they are loaded now."""
        (row,) = _STATE.rows(connection)
        state = (int(row[0]), int(row[1]), row[2])
        if state != self._state:
            rows = connection.execute(select(reference_list).order_by(_r.kind, _r.version))
            self.now, self._state = lists_of(map(_version, rows)), state
        return self.now


def save(connection: Connection, version: Version, text: str) -> bool:
    """Write a version with the text it was read from; return whether it was the first of its number."""
    row = {
        "kind": version.kind,
        "version": version.data.version,
        "text": text,
        "begins_ms": version.begins_ms,
        "ends_ms": version.ends_ms,
        "loaded_by": version.loaded_by,
        "loaded_ms": version.loaded_ms,
        "taken_back_by": "",
        "taken_back_ms": None,
    }
    insert_missing(connection, reference_list, [row])
    wanted = select(_r.text, _r.loaded_by, _r.loaded_ms).where(
        _r.kind == row["kind"], _r.version == row["version"]
    )
    return tuple(connection.execute(wanted).one()) == (text, version.loaded_by, version.loaded_ms)


def forget_since(connection: Connection, kind: str, number: int, begins_ms: int) -> None:
    """Forget every version of a kind that begins at or after a moment, and those of this number and later ones: only a
    shadow does.
    """
    connection.execute(
        delete(reference_list).where(_r.kind == kind, or_(_r.begins_ms >= begins_ms, _r.version >= number))
    )


def save_taken_back(connection: Connection, kind: str, number: int, who: str, now_ms: int) -> None:
    """Write that a version holds no longer; what was decided by it stays readable."""
    connection.execute(
        update(reference_list)
        .where(_r.kind == kind, _r.version == number)
        .values(taken_back_by=who, taken_back_ms=now_ms)
    )


def _version(row: Row[tuple[object, ...]]) -> Version:
    return Version(
        read(row.text), row.begins_ms, row.ends_ms, row.loaded_by, row.loaded_ms, row.taken_back_by,
        row.taken_back_ms,
    )  # fmt: skip

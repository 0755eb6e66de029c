"""Remembers how far each table of a council's database was read, and what was last kept of each row.

A store: plain synchronous functions of a connection. Keys and contents of rows are keyed hashes here, and tell nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update

from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import polled_row, polled_sweep, polled_table
from ascbridge.storage.upsert import insert, insert_missing, upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.intake.keeping.kept import Kept
    from ascbridge.intake.rows.database_rows import RowSaid

LOOKED_THROUGH_AT_ONCE = 5_000


class Overtaken(InfrastructureFault):
    """Somebody else has read on in this table meanwhile: what was read here must not be kept."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a table was read. `since`, `reached` and `upto` are texts of what it `follows`; empty: not yet."""

    moves: int = 0
    follows: str = ""
    since: str = ""
    reached: str = ""
    upto: str = ""
    profile: str = ""
    swept_ms: int | None = None


@dataclass(frozen=True, slots=True)
class KnownRow:
    """What was last kept of a row. `position`: 0 where it is not there yet."""

    row_key: str
    digest: str
    recorded_ms: int
    message_id: str
    position: int = 0
    gone: bool = False


@dataclass(frozen=True, slots=True)
class FreshRow:
    """A row that says something new, and what was kept of it before."""

    row_key: str
    said: RowSaid
    before: KnownRow | None

    def recorded_ms(self, read_ms: int | None) -> int | None:
        """When it is to count as recorded; None: as the row says it itself.

        Of one row we see every state after the one before. So a state that says it is older, as after a clock was
        put back, was written later all the same, and must not lose against the one before.
        """
        said = read_ms if read_ms is not None else self.said.recorded_ms
        before = self.before.recorded_ms if self.before is not None else 0
        if said and said <= before:
            return before + 1
        return read_ms

    def kept(self, result: Kept, recorded_ms: int | None, digests: tuple[str, str]) -> KnownRow:
        """What to remember of it from now on."""
        before = self.before
        return KnownRow(
            self.row_key,
            digests[result.outcome == "refused"],
            max(recorded_ms or self.said.recorded_ms, before.recorded_ms if before is not None else 0),
            result.message_id,
            before.position if before is not None else 0,
        )


@dataclass(frozen=True, slots=True)
class StoredSweep:
    """How far a reading of the whole table has got; `after` is sealed, `seen` deflated (`table_sweep`)."""

    profile: str
    began_ms: int
    last_position: int
    after: bytes
    seen: bytes


_KNOWN = Prepared.of(
    lambda one_of: select(
        polled_row.c.row_key,
        polled_row.c.digest,
        polled_row.c.recorded_ms,
        polled_row.c.message_id,
        polled_row.c.position,
        polled_row.c.gone_ms,
    ).where(
        polled_row.c.feed == bindparam("feed"),
        polled_row.c.name == bindparam("name"),
        one_of(polled_row.c.row_key, "row_keys"),
    )
)
_CHANGED = Prepared.of(
    lambda _: (
        update(polled_row)
        .where(polled_row.c.position == bindparam("at"))
        .values(
            digest=bindparam("now_digest"),
            recorded_ms=bindparam("now_recorded"),
            message_id=bindparam("now_message"),
            gone_ms=None,
        )
    )
)


def progress(connection: Connection, feed: str, name: str) -> Progress:
    """Return how far a table was read; of one that never was, from its beginning."""
    found = connection.execute(
        select(*[polled_table.c[column] for column in Progress.__slots__]).where(
            polled_table.c.feed == feed, polled_table.c.name == name
        )
    ).first()
    return Progress(*found) if found is not None else Progress()


def move(connection: Connection, feed: str, name: str, was: Progress, now: Progress) -> Progress:
    """Note how far a table is read now. Raises `Overtaken` where that is not what `was` any more."""
    if not was.moves:
        insert_missing(connection, polled_table, [{"feed": feed, "name": name, "moves": 0}])
    moved = replace(now, moves=was.moves + 1)
    changed = connection.execute(
        update(polled_table)
        .where(polled_table.c.feed == feed, polled_table.c.name == name, polled_table.c.moves == was.moves)
        .values({column: getattr(moved, column) for column in Progress.__slots__})
    )
    if changed.rowcount != 1:
        raise Overtaken("another process reads this table")
    return moved


def sweep(connection: Connection, feed: str, name: str, oldest_ms: int) -> StoredSweep | None:
    """Return the sweep of a table that is under way, if any; those of any table that began before are forgotten."""
    connection.execute(delete(polled_sweep).where(polled_sweep.c.began_ms < oldest_ms))
    found = connection.execute(
        select(*[polled_sweep.c[column] for column in StoredSweep.__slots__]).where(
            polled_sweep.c.feed == feed, polled_sweep.c.name == name
        )
    ).first()
    return StoredSweep(*found) if found is not None else None


def keep_sweep(connection: Connection, feed: str, name: str, now: StoredSweep) -> None:
    """Note how far a sweep has got."""
    row = {column: getattr(now, column) for column in StoredSweep.__slots__}
    upsert(connection, polled_sweep, [{"feed": feed, "name": name, **row}])


def end_sweep(connection: Connection, feed: str, name: str) -> None:
    """Note that no sweep of a table is under way."""
    connection.execute(delete(polled_sweep).where(polled_sweep.c.feed == feed, polled_sweep.c.name == name))


def known(connection: Connection, feed: str, name: str, row_keys: Sequence[str]) -> dict[str, KnownRow]:
    """Return what was last kept of these rows, by their keys."""
    rows = _KNOWN.rows(connection, feed=feed, name=name, row_keys=list(row_keys))
    return {row[0]: KnownRow(row[0], row[1], row[2], row[3], row[4], row[5] is not None) for row in rows}


def note(connection: Connection, feed: str, name: str, rows: Sequence[KnownRow]) -> None:
    """Note what is kept of these rows now; one that was gone is there again."""
    fresh = [_values(feed, name, one) for one in rows if not one.position]
    insert(connection, polled_row, fresh)
    changed = [
        {
            "at": one.position,
            "now_digest": one.digest,
            "now_recorded": one.recorded_ms,
            "now_message": one.message_id,
        }
        for one in rows
        if one.position
    ]
    if changed:
        _CHANGED.run(connection, changed)


def _values(feed: str, name: str, row: KnownRow) -> dict[str, Any]:
    return {
        "feed": feed,
        "name": name,
        "row_key": row.row_key,
        "digest": row.digest,
        "recorded_ms": row.recorded_ms,
        "message_id": row.message_id,
    }


def last_position(connection: Connection) -> int:
    """The highest position that any row has."""
    return connection.scalar(select(func.max(polled_row.c.position))) or 0


def there(connection: Connection, feed: str, name: str, after: int) -> list[tuple[int, str]]:
    """Return position and message of the next rows of a table that are not known to be gone, by position."""
    found = connection.execute(
        select(polled_row.c.position, polled_row.c.message_id)
        .where(
            polled_row.c.feed == feed,
            polled_row.c.name == name,
            polled_row.c.position > after,
            polled_row.c.gone_ms.is_(None),
        )
        .order_by(polled_row.c.position)
        .limit(LOOKED_THROUGH_AT_ONCE)
    )
    return [(row[0], row[1]) for row in found]


def mark_gone(connection: Connection, positions: Sequence[int], now_ms: int) -> None:
    """Note that these rows are no longer there."""
    connection.execute(
        update(polled_row).where(polled_row.c.position == bindparam("at")).values(gone_ms=now_ms),
        [{"at": one} for one in positions],
    )


def gone(connection: Connection, feed: str, name: str) -> int:
    """How many rows of a table were kept and are no longer there."""
    where = (polled_row.c.feed == feed, polled_row.c.name == name, polled_row.c.gone_ms.is_not(None))
    return connection.scalar(select(func.count()).select_from(polled_row).where(*where)) or 0

"""Who read or changed what: entries chained by hash, so that one taken out, changed or put in later shows.

Each writing process has one chain a UTC day, and the first entry of a day names the last of the day before.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import String, bindparam, func, select

from ascbridge.events.ledgers.chaining import NOTHING_BEFORE, chained
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import audit
from ascbridge.storage.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

_LAST = Prepared(
    select(audit.c.day, audit.c.chain)
    .where(audit.c.writer == bindparam("writer", type_=String))
    .order_by(audit.c.day.desc(), audit.c.position.desc())
    .limit(1)
)
_SAID = ("writer", "day", "at_ms", "who", "role", "what", "whom", "why", "where_from", "result")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did. `whom` is a person id or patient key, never a name; `writer` the
    process.
    """

    writer: str
    who: str
    role: str
    what: str
    whom: str = ""
    why: str = ""
    where_from: str = ""
    result: str = "done"


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold. `position` is that of the entry where it shows."""

    position: int
    kind: Literal["changed", "missing before", "day before does not match", "missing at the end"]


def record(connection: Connection, entry: AuditEntry, now_ms: int) -> None:
    """Write an entry at the end of its writer's chain, in the caller's transaction."""
    record_all(connection, [entry], now_ms)


def record_all(connection: Connection, entries: Sequence[AuditEntry], now_ms: int) -> None:
    """Write entries of one writer, in this order, at the end of its chain, in the caller's transaction."""
    if not entries:
        return
    writer = entries[0].writer
    if connection.dialect.name == "postgresql":
        # Two transactions of one process must not both follow the same entry.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"audit:{writer}"))))
    last = _LAST.rows(connection, writer=writer)
    before = (last[0][0], last[0][1]) if last else ("", NOTHING_BEFORE)
    rows = []
    for entry in entries:
        rows.append(following(before, entry, now_ms))
        before = (rows[-1]["day"], rows[-1]["chain"])
    insert(connection, audit, rows)


def following(before: tuple[str, str], entry: AuditEntry, now_ms: int) -> dict[str, Any]:
    """Return the row of an entry that follows one with this day and chain (of no day: nothing was before)."""
    # A clock that was set back does not reopen a day that the chain has left.
    day, previous = max(day_of(now_ms), before[0]), before[1]
    said = asdict(entry) | {"day": day, "at_ms": now_ms}
    return said | {"previous": previous, "chain": chained(previous, said)}


def verify(connection: Connection, writer: str, day: str) -> list[Break]:
    """Return every break in one writer's chain of one UTC day (``2026-11-02``): none means nothing was
    altered.
    """
    mine = select(audit).where(audit.c.writer == writer)
    before = connection.execute(
        mine.where(audit.c.day < day).order_by(audit.c.day.desc(), audit.c.position.desc()).limit(1)
    ).first()
    after = connection.execute(
        mine.where(audit.c.day > day).order_by(audit.c.day, audit.c.position).limit(1)
    ).first()
    expected = before.chain if before else NOTHING_BEFORE
    breaks: list[Break] = []
    first = True
    for row in connection.execute(mine.where(audit.c.day == day).order_by(audit.c.position)):
        if row.previous != expected:
            breaks.append(Break(row.position, "day before does not match" if first else "missing before"))
        if row.chain != chained(row.previous, _said(row)):
            breaks.append(Break(row.position, "changed"))
        expected, first = row.chain, False
    if after is not None and after.previous != expected:
        breaks.append(Break(after.position, "missing at the end"))
    return breaks


def day_of(time_ms: int) -> str:
    """Return the UTC day of a time in epoch milliseconds."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()


def _said(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SAID}

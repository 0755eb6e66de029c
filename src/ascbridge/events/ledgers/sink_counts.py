"""How much went where, and when the last of it did: what the flow map shows of sinks. Counts alone, nobody's name.

Written in the transaction that notes what came of a sending, so that it costs no commit of its own. Each process counts
in a row of its own: none waits for another's. Rows of those that are gone for long are added to one that is nobody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import case, delete, func, select

from ascbridge.storage.tables import sink_count
from ascbridge.storage.upsert import or_change

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ADD = or_change(
    sink_count,
    ("sink", "writer", "n", "last_ms"),
    lambda new: {"n": sink_count.c.n + new.n, "last_ms": new.last_ms},
)

_ADD_OLD = or_change(
    sink_count,
    ("sink", "writer", "n", "last_ms"),
    lambda new: {
        "n": sink_count.c.n + new.n,
        "last_ms": case((new.last_ms > sink_count.c.last_ms, new.last_ms), else_=sink_count.c.last_ms),
    },
)


class Went(NamedTuple):
    """How much a sink took since it was first counted, and when it took the last of it (UTC epoch milliseconds)."""

    n: int
    last_ms: int


def went(connection: Connection, sink: str, n: int, now_ms: int, writer: str = "") -> None:
    """Count what a sink took just now: people for a record, messages for who is told. `writer` is this process."""
    if n:
        _ADD.run(connection, [{"sink": sink, "writer": writer, "n": n, "last_ms": now_ms}])


def gather(connection: Connection, before_ms: int) -> int:
    """Add up in one row a sink what processes counted that have counted nothing since a time (UTC ms); return how many
    rows that spares. What each sink took stays. A process that lives after all counts on in a row of its own.
    """
    c = sink_count.c
    gone = delete(sink_count).where(c.writer != "", c.last_ms < before_ms).returning(c.sink, c.n, c.last_ms)
    rows = connection.execute(gone).all()
    for sink, n, last_ms in rows:
        _ADD_OLD.run(connection, [{"sink": sink, "writer": "", "n": n, "last_ms": last_ms}])
    return len(rows)


def totals(connection: Connection) -> dict[str, Went]:
    """Return for each sink that ever took anything what it took, all processes together."""
    c = sink_count.c
    rows = connection.execute(select(c.sink, func.sum(c.n), func.max(c.last_ms)).group_by(c.sink))
    return {sink: Went(int(n), int(last_ms)) for sink, n, last_ms in rows}

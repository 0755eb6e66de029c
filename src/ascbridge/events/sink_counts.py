"""How much went where, and when the last of it did: what the flow map shows of sinks. Counts alone, nobody's name.

Written in the transaction that notes what came of a sending, so that it costs no commit of its own. Each process counts
in a row of its own: none waits for another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from ascbridge.storage.tables import sink_count
from ascbridge.storage.upsert import or_change

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ADD = or_change(
    sink_count,
    ("sink", "writer", "n", "last_ms"),
    lambda new: {"n": sink_count.c.n + new.n, "last_ms": new.last_ms},
)


class Went(NamedTuple):
    """How much a sink took since it was first counted, and when it took the last of it (UTC epoch milliseconds)."""

    n: int
    last_ms: int


def went(connection: Connection, sink: str, n: int, now_ms: int, writer: str = "") -> None:
    """Count what a sink took just now: people for a record, messages for who is told. `writer` is this process."""
    if n:
        _ADD.run(connection, [{"sink": sink, "writer": writer, "n": n, "last_ms": now_ms}])


def totals(connection: Connection) -> dict[str, Went]:
    """Return for each sink that ever took anything what it took, all processes together."""
    c = sink_count.c
    rows = connection.execute(select(c.sink, func.sum(c.n), func.max(c.last_ms)).group_by(c.sink))
    return {sink: Went(int(n), int(last_ms)) for sink, n, last_ms in rows}

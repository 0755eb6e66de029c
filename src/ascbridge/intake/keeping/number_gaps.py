"""Numbers of messages that never came, as the door noticed them: written with what is kept, and read for IT desks.

A store. It holds what the sender calls its messages, and nothing of anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from ascbridge.storage.tables import number_gap
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from ascbridge.intake.keeping.numbering import Gap

MOST = 200
SHOWN_MS = 7 * 86_400_000
"""For so long IT desks are shown what never came."""


class Noticed(NamedTuple):
    """Numbers in a row of one feed that never came. Times are UTC epoch milliseconds."""

    feed: str
    first_id: str
    last_id: str
    n: int
    since_ms: int
    noticed_ms: int


def write(connection: Connection, feed: str, gaps: Sequence[Gap], now_ms: int) -> None:
    """Write down what never came. Written again it keeps the moment at which it was noticed first."""
    rows = [
        Noticed(feed, one.first[:200], one.last[:200], one.n, one.since_ms, now_ms)._asdict() for one in gaps
    ]
    upsert(connection, number_gap, rows, changed=("last_id", "n"))


def noticed(connection: Connection, since_ms: int) -> list[Noticed]:
    """Return what was noticed since a moment, the last first: at most `MOST`."""
    g = number_gap.c
    rows = connection.execute(
        select(g.feed, g.first_id, g.last_id, g.n, g.since_ms, g.noticed_ms)
        .where(g.noticed_ms >= since_ms)
        .order_by(g.noticed_ms.desc(), g.first_id)
        .limit(MOST)
    )
    return [Noticed(*row) for row in rows]

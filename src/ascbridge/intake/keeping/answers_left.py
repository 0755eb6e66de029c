"""When the answers to what arrived together left: noted with the next that is kept, so that no answer waits for it.

An answer leaves after the commit, so its moment can stand in no column of that commit. It is written with the next
batch, or, on a feed that has fallen still, by itself. What a process had not written when it was killed is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import answer_left
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

_OF = Prepared(
    select(answer_left.c.left_ms).where(
        answer_left.c.received_ms == bindparam("received"), answer_left.c.feed == bindparam("of_feed")
    )
)


class AnswersLeft:
    """What one desk has to note: of each batch, which the moment of its receipt names, when its answers left."""

    def __init__(self, feed: str) -> None:
        self._feed = feed
        self._batch: int | None = None
        self._left: dict[int, int] = {}
        self._writing: tuple[int, ...] = ()

    def kept(self, received_ms: int) -> None:
        """Hear that a batch was kept whose answers are about to leave."""
        self._batch = received_ms

    def left(self, now_ms: int) -> None:
        """Hear that they have left. So the transaction before that is committed, and what it wrote is done with."""
        self.written()
        if self._batch is not None:
            self._left[self._batch] = max(now_ms, self._batch)
            self._batch = None

    def written(self) -> None:
        """Hear that what was written last is committed."""
        for received_ms in self._writing:
            self._left.pop(received_ms, None)
        self._writing = ()

    def waits_since(self) -> int | None:
        """Return since when something has waited to be written."""
        return min(self._left.values(), default=None)

    def write(self, connection: Connection) -> None:
        """Note what has left, in a transaction that somebody else commits. Writing it again changes nothing."""
        rows = [
            {"received_ms": received_ms, "feed": self._feed, "left_ms": left_ms}
            for received_ms, left_ms in sorted(self._left.items())
        ]
        upsert(connection, answer_left, rows)
        self._writing = tuple(row["received_ms"] for row in rows if isinstance(row["received_ms"], int))


def left_ms(connection: Connection, feed: str, received_ms: int) -> int | None:
    """Return when the answers to what a feed sent at this moment had left; None where nobody noted it."""
    rows = _OF.rows(connection, received=received_ms, of_feed=feed)
    return int(rows[0][0]) if rows else None

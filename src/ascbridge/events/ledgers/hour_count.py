"""Counts one hour of every feed anew, portion by portion, from the messages and where each of them stands.

Ids of messages lead with their millisecond, so an hour is a range of an index, however much is stored. What came to
the door was counted apart as it was kept (`intake_hour`): the two must agree, and neither can be made from the other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ascbridge.events.ledgers.ledger import STATES
from ascbridge.events.logs.envelope import first_id
from ascbridge.storage.tables import feed_heard, intake_hour, message, message_state, open_effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

HOUR_MS = 3_600_000
AT_ONCE = 2_000
"""Messages in one transaction."""
DOOR = ("received", "refused", "duplicate", "kept")
OPEN = ("waiting", "held", "parked", "dead")
WORDS = (*DOOR, "stored", *STATES)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one feed's hour comes to: `counts` by word, and SHA-256 over the ids that each word counts.

    ``received = refused + duplicate + kept``, ``kept = stored``, ``stored = delivered + no_effect + waiting + held +
    parked + dead``. `owed:<reader>` says how many events a reader has still to handle.
    """

    counts: dict[str, int]
    digests: dict[str, str]

    @property
    def adds_up(self) -> bool:
        """Whether all three sums come out."""
        n = Counter(self.counts)
        return (
            n["received"] == n["refused"] + n["duplicate"] + n["kept"]
            and n["kept"] == n["stored"]
            and n["stored"] == sum(n[state] for state in STATES)
        )

    @property
    def at_rest(self) -> bool:
        """Whether nothing of it can change by itself any more."""
        return not any(self.counts.get(word) for word in OPEN)


@dataclass(slots=True)
class Tally:
    """One hour while it is being counted. `after` is the last id that was looked at; None: all were."""

    hour_ms: int
    after: str | None = ""
    _counts: dict[str, Counter[str]] = field(default_factory=dict)
    _sums: dict[tuple[str, str], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.after = first_id(self.hour_ms)

    @property
    def before(self) -> str:
        """The lowest id that belongs to the next hour."""
        return first_id(self.hour_ms + HOUR_MS)

    def add(self, feed: str, word: str, message_id: str) -> None:
        """Count a message, in the order of ids."""
        self.number(feed, word, 1)
        self._sums.setdefault((feed, word), hashlib.sha256()).update(message_id.encode() + b"\n")

    def number(self, feed: str, word: str, n: int) -> None:
        """Count something that has no ids of its own."""
        self._counts.setdefault(feed, Counter())[word] += n

    def counted(self) -> dict[str, Counted]:
        """Return what each feed's hour comes to."""
        return {
            feed: Counted(
                {word: n for word, n in sorted(counts.items()) if n},
                {word: one.hexdigest() for (of, word), one in sorted(self._sums.items()) if of == feed},
            )
            for feed, counts in sorted(self._counts.items())
        }


def begin(connection: Connection, hour_ms: int) -> Tally:
    """Begin to count an hour: with what came to the door, and every feed that ever spoke."""
    tally = Tally(hour_ms)
    for feed in connection.scalars(select(feed_heard.c.feed)):
        tally.number(feed, "received", 0)
    for feed, counts in door(connection, hour_ms).items():
        for word, n in counts.items():
            tally.number(feed, word, n)
    return tally


def door(connection: Connection, hour_ms: int) -> dict[str, dict[str, int]]:
    """Return what came to the door in an hour, by feed and word."""
    found: dict[str, dict[str, int]] = {}
    wanted = select(intake_hour.c.feed, intake_hour.c.name, intake_hour.c.n)
    for feed, name, n in connection.execute(wanted.where(intake_hour.c.hour_ms == hour_ms)):
        found.setdefault(feed, {})[name] = n
    return found


def count_some(connection: Connection, tally: Tally, most: int = AT_ONCE) -> None:
    """Count the next messages of the hour. Where they stand is read after them: one of them may then have moved on,
    and none can be missing for want of being known.
    """
    assert tally.after is not None
    rows = connection.execute(
        select(message.c.message_id, message.c.feed, message.c.outcome)
        .where(message.c.message_id > tally.after, message.c.message_id < tally.before)
        .order_by(message.c.message_id)
        .limit(most)
    ).all()
    if rows:
        _place(connection, tally, rows)
    tally.after = rows[-1].message_id if len(rows) == most else None


def _place(connection: Connection, tally: Tally, rows: Iterable[Any]) -> None:
    kept = {row.message_id: row.feed for row in rows if row.outcome == "kept"}
    for row in rows:
        tally.add(row.feed, "stored" if row.outcome == "kept" else "refusals", row.message_id)
    if not kept:
        return
    first, last = min(kept), max(kept)
    wanted = select(message_state.c.message_id, message_state.c.state)
    stands = dict(
        map(tuple, connection.execute(wanted.where(message_state.c.message_id.between(first, last))))
    )
    for message_id, feed in kept.items():
        tally.add(feed, stands.get(message_id) or "waiting", message_id)
    owed = select(open_effect.c.message_id, open_effect.c.reader)
    for message_id, reader in connection.execute(owed.where(open_effect.c.message_id.between(first, last))):
        if message_id in kept:
            tally.number(kept[message_id], f"owed:{reader}", 1)

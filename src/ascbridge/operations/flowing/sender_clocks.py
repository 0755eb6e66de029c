"""Whether the clock of a feed's sender is wrong, by when it says it sent its newest messages and when they came.

A clock is wrong that is off by the same time in nearly all of them, for a while. What was held back and comes at once,
or is sent again days later, is off by a different time in each, and that is no clock. It opens a few messages of each
feed once a minute, far behind whoever keeps them, and reads one field of their headers. Nothing it says names a person.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from ascbridge.alerts.alert_rules import Trouble
from ascbridge.events.logs.envelope import first_id
from ascbridge.events.logs.sealing import unseal
from ascbridge.intake.hl7v2.hl7_time import ImpossibleTime, parse_ts
from ascbridge.intake.keeping.answers import header_of
from ascbridge.storage.tables import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.people.data_keys import DataKeys

MINUTE_MS = 60_000
SPAN_MS = 5 * MINUTE_MS
SPANS = 48
"""So many five minutes are looked back at the most."""
OF_A_SPAN, ROWS_OF_A_SPAN = 3, 40
"""Messages of a feed that are opened of five minutes; and those of all feeds among which they are looked for."""
NEWEST = 20
FEWEST = 10
SHORTEST_MS = 10 * MINUTE_MS
"""For so long it must have been so: what comes all at once says nothing of a clock."""
STEADY_MS = 90_000
STEADY_SHARE = 0.85
MOST_MS = 26 * 3_600_000
"""What is older was kept somewhere, and is no clock."""
HOUR_MS, NEARLY_MS = 3_600_000, 2 * MINUTE_MS


class Seen(NamedTuple):
    """When a message came, and how long before that its sender says that it was sent: less than 0 where later. ms."""

    received_ms: int
    before_ms: int


def off(seen: Sequence[Seen], bound_ms: int) -> int:
    """Return by how much the sender's clock is behind ours (below 0: ahead); 0: it is right, or nobody can tell."""
    newest = sorted(seen)[-NEWEST:]
    if len(newest) < FEWEST or newest[-1].received_ms - newest[0].received_ms < SHORTEST_MS:
        return 0
    by_ms = round(statistics.median(one.before_ms for one in newest))
    steady = sum(abs(one.before_ms - by_ms) <= STEADY_MS for one in newest)
    right = abs(by_ms) <= bound_ms or abs(by_ms) > MOST_MS
    return 0 if right or steady < STEADY_SHARE * len(newest) else by_ms


def said(title: str, by_ms: int) -> str:
    """Say it in plain words, of the feed that people call `title`."""
    way = "behind" if by_ms > 0 else "ahead of"
    if abs(abs(by_ms) - HOUR_MS) <= NEARLY_MS:
        return f"The times of {title} are one hour {way} ours: its summer time is not said, or said wrongly"
    minutes = f"{round(abs(by_ms) / MINUTE_MS):,} minutes"
    more = ", or all it sends is held back for so long" if by_ms > 0 else ""
    return f"The clock of {title} is {minutes} {way} ours{more}"


def look(
    connection: Connection, data_keys: DataKeys, titles: Mapping[str, str], bound_ms: int, now_ms: int
) -> list[Trouble]:
    """Return whose clocks are wrong, feed by feed; `titles`: the feeds that speak HL7, as people call them."""
    found: list[Trouble] = []
    for feed, seen in _newest(connection, data_keys, titles, now_ms).items():
        if by_ms := off(seen, bound_ms):
            found.append(Trouble("sender-clock", f"feed:{feed}", said(titles[feed], by_ms)))
    return found


class Minutely:
    """Looks once a minute, and says in between what it saw then."""

    def __init__(self) -> None:
        self._looked_ms: int | None = None
        self._found: list[Trouble] = []

    def look(self, fresh: Callable[[], list[Trouble]], now_ms: int) -> list[Trouble]:
        """Return what is wrong, by `fresh` where that was asked a minute ago or longer."""
        if self._looked_ms is None or not 0 <= now_ms - self._looked_ms < MINUTE_MS:
            self._found, self._looked_ms = fresh(), now_ms
        return self._found


def _newest(
    connection: Connection, data_keys: DataKeys, titles: Mapping[str, str], now_ms: int
) -> dict[str, list[Seen]]:
    seen: dict[str, list[Seen]] = {feed: [] for feed in titles}
    for ends_ms in range(now_ms, now_ms - SPANS * SPAN_MS, -SPAN_MS):
        lacking = {feed for feed, some in seen.items() if len(some) < NEWEST}
        if not lacking:
            break
        for feed, one in _of_span(connection, data_keys, lacking, ends_ms):
            seen[feed].append(one)
    return seen


def _of_span(
    connection: Connection, data_keys: DataKeys, feeds: set[str], ends_ms: int
) -> Iterator[tuple[str, Seen]]:
    m = message.c
    rows = connection.execute(
        select(m.message_id, m.feed, m.received_ms, m.key_id, m.body)
        .where(m.message_id >= first_id(ends_ms - SPAN_MS), m.message_id < first_id(ends_ms))
        .where(m.outcome == "kept", m.mends == "")
        .order_by(m.message_id)
        .limit(ROWS_OF_A_SPAN)
    ).all()
    chosen = [one for feed in sorted(feeds) for one in [row for row in rows if row.feed == feed][:OF_A_SPAN]]
    keys = data_keys.by_id(connection, sorted({row.key_id for row in chosen}))
    for row in chosen:
        key = keys[row.key_id]
        sent_ms = _sent_ms(unseal(row.body, key, row.message_id)) if key is not None else None
        if sent_ms is not None:
            yield row.feed, Seen(row.received_ms, row.received_ms - sent_ms)


def _sent_ms(raw: bytes) -> int | None:
    try:
        return parse_ts(header_of(raw).sent).utc_ms
    except ImpossibleTime:
        return None

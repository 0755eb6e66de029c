"""What is strange in the newest messages: codes that nobody mapped, the same again and again, all of one person.

It looks at so many newest messages and no more, so that it costs the same however much is stored. Nothing it says
names a person, a code or a number.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ascbridge.alerts.alert_rules import Trouble
from ascbridge.events.ledgers.ledger import NOT_MAPPED
from ascbridge.events.logs.envelope import first_id
from ascbridge.intake.keeping import number_gaps
from ascbridge.storage.prepared import unindexed
from ascbridge.storage.tables import message, message_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

NEWEST = 50
"""A rise is seen among so many messages of a feed."""
BEFORE = 350
LEAST = 10
LEAST_WHERE_NEVER = 3
"""So many are a rise where not one of those before lacked a code: a map of what only discharges carry shows in few."""
KNOWN = 100
"""From so many messages before on it is known that none lacked a code."""
TIMES = 3
"""So many times the share of before is a rise."""
MOST_SHARE = 0.5
"""From this share on it is wrong, whatever was before: a rise that lasts is told as long as it does."""
STORM_MS = 600_000
STORM = 50
HOT = 100
GAP_SHOWN_MS = 2 * 3_600_000
"""For so long it is told that messages never came. They may come meanwhile: that is nothing that an alert may show."""


def rise(lacking: Sequence[bool]) -> int:
    """Return how many of the newest messages lack a code where that is a rise, else 0; the newest are first."""
    newest, before = lacking[:NEWEST], lacking[NEWEST:]
    n = sum(newest)
    if len(before) >= KNOWN and not any(before):
        return n if n >= LEAST_WHERE_NEVER else 0
    usual = sum(before) / len(before) if before else 0.0
    return n if n >= LEAST and n / len(newest) >= min(MOST_SHARE, TIMES * usual) else 0


def storm(kept: int, repeats: int) -> bool:
    """Whether so much is sent again that it is no resend after a lost answer."""
    return repeats >= STORM and repeats >= kept


def look(connection: Connection, titles: Mapping[str, str], now_ms: int) -> list[Trouble]:
    """Return what is strange now, feed by feed; `titles` are the feeds, with what people call them."""
    return [
        *_not_mapped(connection, titles),
        *_repeated(connection, titles, now_ms),
        *_hot(connection, titles),
        *_left_out(connection, titles, now_ms),
    ]


def _not_mapped(connection: Connection, titles: Mapping[str, str]) -> Iterator[Trouble]:
    s = message_state.c
    rows = select(s.feed, s.note).order_by(s.message_id.desc()).limit(NEWEST + BEFORE)
    lacking: dict[str, list[bool]] = {feed: [] for feed in titles}
    for feed, note in connection.execute(rows):
        lacking.setdefault(feed, []).append(note.startswith(NOT_MAPPED))
    for feed in titles:
        if n := rise(lacking[feed]):
            which = f"{n} of the newest {min(NEWEST, len(lacking[feed]))} messages of {titles[feed]}"
            said = f"{which} hold codes that nobody has mapped"
            yield Trouble("not-mapped", f"feed:{feed}", said)


def _repeated(connection: Connection, titles: Mapping[str, str], now_ms: int) -> Iterator[Trouble]:
    by_feed = unindexed(message.c.feed)
    counted = (
        select(by_feed, func.count(), func.sum(message.c.repeats))
        .where(message.c.message_id >= first_id(now_ms - STORM_MS))
        .group_by(by_feed)
    )
    for feed, kept, repeats in connection.execute(counted):
        if feed in titles and storm(kept, int(repeats or 0)):
            again = f"{titles[feed]} sent again {repeats:,} times within ten minutes what we have"
            said = f"{again}, and {kept:,} messages that are new"
            yield Trouble("duplicates", f"feed:{feed}", said)


def _hot(connection: Connection, titles: Mapping[str, str]) -> Iterator[Trouble]:
    newest = select(message.c.feed, message.c.lane).order_by(message.c.position.desc()).limit(3 * HOT)
    lanes = Counter((feed, lane) for feed, lane in connection.execute(newest))
    for feed in sorted({feed for (feed, _), n in lanes.items() if n >= HOT and feed in titles}):
        said = f"A third or more of the newest {3 * HOT} messages are about one person, from {titles[feed]}"
        yield Trouble("hot-person", f"feed:{feed}", said)


def _left_out(connection: Connection, titles: Mapping[str, str], now_ms: int) -> Iterator[Trouble]:
    found: Counter[str] = Counter()
    for one in number_gaps.noticed(connection, now_ms - GAP_SHOWN_MS):
        found[one.feed] += one.n
    for feed, n in sorted(found.items()):
        if feed in titles:
            what = "One message" if n == 1 else f"{n:,} messages"
            said = f"{what} of {titles[feed]} never came, by the numbers that it gives its messages"
            yield Trouble("number-gap", f"feed:{feed}", said)

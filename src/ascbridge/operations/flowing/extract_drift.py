"""Whether the columns of an extract or a table are no longer those that its profile was written for.

A column that is new, one that is gone (its files are refused whole, its table is not read), and one whose cells are no
longer written as they were (their rows are refused). It looks at what was counted and refused anyway, once a minute.
What files lacked stands until the next file of that kind is read. Nothing it says names a column: those that speak of
safeguarding stand in no count to begin with.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from ascbridge.alerts.alert_rules import Trouble
from ascbridge.events.logs.envelope import first_id
from ascbridge.intake.keeping import extract_faults
from ascbridge.storage.tables import intake_hour, message, unread_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from ascbridge.intake.keeping.extract_faults import ExtractFault

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
MOST = 2_000
"""So many of the day's refusals are looked at."""
FEWEST, SHARE = 10, 0.5
"""From so many rows on, and this share of a feed's, a fault that they have in common is the column's and not theirs."""
CAUSE = "extract-drift"
ROW = "row: "
_REFUSED = text("message.outcome = 'refused'")


def look(connection: Connection, titles: Mapping[str, str], now_ms: int) -> list[Trouble]:
    """Return what has changed in a day; `titles` are the feeds that come as rows, with what people call them."""
    if not titles:
        return []
    files = [one for one in extract_faults.standing(connection) if one.feed in titles]
    rest = {feed: title for feed, title in titles.items() if feed not in {one.feed for one in files}}
    return [
        *_new(connection, titles, now_ms),
        *(_of_file(one, titles[one.feed]) for one in files),
        *_unreadable(connection, rest, now_ms),
    ]


def _of_file(one: ExtractFault, title: str) -> Trouble:
    said = (
        f"A file of {title} lacks columns that its profile names, and was refused whole"
        if one.kind == extract_faults.MISSING
        else f"{one.n:,} rows of a file of {title} could not be read for one and the same reason"
    )
    return Trouble(CAUSE, f"feed:{one.feed}:{one.files}", said)


def _new(connection: Connection, titles: Mapping[str, str], now_ms: int) -> Iterator[Trouble]:
    """Columns that nobody knew, of a feed that was read for a day before: with its first file every column is new."""
    c = unread_column.c
    rows = connection.execute(
        select(c.feed, func.count(), func.min(c.first_ms))
        .where(c.feed.in_(titles), c.kind == "column", c.first_ms >= now_ms - DAY_MS)
        .group_by(c.feed)
        .order_by(c.feed)
    ).all()
    for feed, n, first_ms in rows:
        begun_ms = connection.scalar(
            select(func.min(intake_hour.c.hour_ms)).where(intake_hour.c.feed == feed)
        )
        if begun_ms is not None and first_ms - begun_ms >= DAY_MS:
            what = "A column has" if n == 1 else f"{n:,} columns have"
            said = f"{what} come to {titles[feed]} that its profile does not know"
            yield Trouble(CAUSE, f"feed:{feed}:new", said)


def _unreadable(connection: Connection, titles: Mapping[str, str], now_ms: int) -> Iterator[Trouble]:
    """Rows that are refused for one reason, and are half of what came."""
    since_ms = now_ms - DAY_MS
    refused = connection.execute(
        select(message.c.feed, message.c.reason)
        .where(_REFUSED, message.c.message_id >= first_id(since_ms))
        .order_by(message.c.message_id.desc())
        .limit(MOST)
    )
    faults: dict[str, Counter[str]] = {}
    for feed, reason in refused:
        if feed in titles and reason.startswith(ROW):
            faults.setdefault(feed, Counter())[reason] += 1
    for feed, counts in sorted(faults.items()):
        n = counts.most_common(1)[0][1]
        if n >= FEWEST and n >= SHARE * _came(connection, feed, since_ms):
            said = f"{n:,} rows of {titles[feed]} within a day could not be read for one and the same reason"
            yield Trouble(CAUSE, f"feed:{feed}:type", said)


def _came(connection: Connection, feed: str, since_ms: int) -> int:
    """Count what was new of a feed in the hours since: what was said again is neither kept nor refused."""
    h = intake_hour.c
    of = (h.feed == feed, h.hour_ms >= since_ms - since_ms % HOUR_MS, h.name.in_(("kept", "refused")))
    return int(connection.scalar(select(func.sum(h.n)).where(*of)) or 0)

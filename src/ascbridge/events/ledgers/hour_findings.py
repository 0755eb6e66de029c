"""What the ledger found missing, written down until it comes right again, and said in plain words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from ascbridge.events.ledgers.hour_gaps import Missing
from ascbridge.storage.tables import missing_effect
from ascbridge.storage.upsert import or_change

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

SHOWN = 200
_COLUMNS = (
    "hop",
    "feed",
    "hour_ms",
    "message_id",
    "reader",
    "event_id",
    "kept_ms",
    "n",
    "found_ms",
    "gone_ms",
)
_FOUND = or_change(missing_effect, _COLUMNS, lambda fresh: {"n": fresh.n, "gone_ms": None})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something missing since `found_ms`; `said`: in words, without the feed's title."""

    what: Missing
    found_ms: int

    @property
    def said(self) -> str:
        """What is missing, for an IT desk."""
        return words_of(self.what)


def words_of(one: Missing) -> str:
    """Say in plain words what is missing and where. Times are UTC."""
    hour = _clock(one.hour_ms)
    if one.hop == "entry":
        return f"The ledger itself was changed: entry {one.reader}. {one.event_id}".strip()
    whose = f" of {one.feed}" if one.feed else ""
    if not one.message_id:
        counted = f"{one.n} message{'' if one.n == 1 else 's'}{whose}"
        return f"{counted} acknowledged in the hour from {hour} UTC cannot be found in the store"
    kept = (
        f"1 message{whose} kept at {_clock(one.kept_ms)} UTC"
        if one.feed
        else f"1 act done at {_clock(one.kept_ms)} UTC"
    )
    ends = {
        "kept": "was acknowledged, and is not in the store any more",
        "understood": "has no effect: the translator has gone past it",
        "log": f"has no effect: an event of it left the outbox and did not reach {one.reader}",
        "read": f"has no effect: {one.reader} has gone past an event of it without handling it",
        "record": f"is not in {one.reader.replace('sink:', 'shared record ')}: nobody is to send that person any more",
    }
    return f"{kept} {ends[one.hop]}"


def note(connection: Connection, found: Collection[Missing], now_ms: int) -> list[Missing]:
    """Write down what is missing. Returns what was not known to be."""
    known = {one.what for one in still_missing(connection, 100_000)}
    same = {(one.hop, one.feed, one.hour_ms, one.message_id, one.reader) for one in known}
    rows = [asdict(one) | {"found_ms": now_ms, "gone_ms": None} for one in found]
    if rows:
        _FOUND.run(connection, rows)
    return [one for one in found if (one.hop, one.feed, one.hour_ms, one.message_id, one.reader) not in same]


def came_right(connection: Connection, gone: Collection[Missing], now_ms: int) -> None:
    """Say that these are not missing any more."""
    m = missing_effect.c
    for one in gone:
        this = (
            m.hop == one.hop,
            m.feed == one.feed,
            m.hour_ms == one.hour_ms,
            m.message_id == one.message_id,
        )
        connection.execute(update(missing_effect).where(*this, m.reader == one.reader).values(gone_ms=now_ms))


def still_missing(connection: Connection, most: int = SHOWN) -> Sequence[Finding]:
    """Return what is missing now, the oldest first."""
    m = missing_effect.c
    columns = (m.hop, m.feed, m.hour_ms, m.message_id, m.reader, m.event_id, m.kept_ms, m.n, m.found_ms)
    rows = connection.execute(
        select(*columns)
        .where(m.gone_ms.is_(None))
        .order_by(m.hour_ms, m.message_id, m.hop, m.reader)
        .limit(most)
    )
    return [Finding(Missing(*row[:8]), row[8]) for row in rows]


def how_many(connection: Connection) -> int:
    """Return how many things are missing now."""
    wanted = select(func.count()).select_from(missing_effect).where(missing_effect.c.gone_ms.is_(None))
    return int(connection.scalar(wanted) or 0)


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")

"""Messages of one kind, newest first: each stream is a walk along one index and reads no more of it than is asked for.

A message's id leads with the millisecond in which it was kept, so one order holds for all streams and they can be
merged; where a walk broke off, the next one goes on from the id that was reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, literal_column, select

from ascbridge.storage.tables import (
    dead_letter,
    evidence,
    feed_heard,
    intake_count,
    ledger_count,
    message,
    message_state,
    open_effect,
    parked,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection

    Stream = Iterator[tuple[str, bool]]
    """Ids of messages, the newest first, and whether each fits; one that does not is only told for being counted."""
    Fits = Callable[[str], bool]

LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_FIRST_READ, _MOST_READ = 64, 1_000

# Written out, not given as parameters: only so does SQLite see that the small index of these rows serves.
_REFUSED, _WITHOUT_EFFECT = (
    message.c.outcome == literal_column("'refused'"),
    message_state.c.state == literal_column("'no_effect'"),
)
DAYS_LEAD = 5  # characters of an id that tell its time to 2**28 ms, about three days
_DAYS = func.substr(
    message.c.message_id, literal_column("1"), literal_column(str(DAYS_LEAD))
)  # as the index has it
_NOTED, _OPEN = message_state.c.note != literal_column("''"), dead_letter.c.state == literal_column("'open'")


@dataclass(frozen=True, slots=True)
class Span:
    """Which messages are walked: ids from `low` on, below `high`."""

    low: str = ""
    high: str = LAST_ID


def every(connection: Connection, span: Span) -> list[Stream]:
    """All messages."""
    return [_walk(connection, span, message.c.message_id)]


def of_feed(connection: Connection, span: Span, feeds: Collection[str], trigger: str = "") -> list[Stream]:
    """Messages of these feeds, of one type or of each that the feed ever sent: there are few."""
    return [
        _walk(connection, span, message.c.message_id, message.c.feed == feed, message.c.trigger == kind)
        for feed in sorted(feeds)
        for kind in ([trigger] if trigger else _triggers(connection, feed))
    ]


def with_control_id(
    connection: Connection, span: Span, feeds: Collection[str], control_id: str
) -> list[Stream]:
    """Messages with a sender's own number."""
    return [
        _walk(
            connection, span, message.c.message_id, message.c.feed == feed, message.c.control_id == control_id
        )
        for feed in sorted(feeds)
    ]


def about(connection: Connection, span: Span, lanes: Iterable[str], spells: Collection[str]) -> list[Stream]:
    """Messages in these lanes (patient keys), and all that spoke about these stays."""
    told = select(evidence.c.message_id).where(evidence.c.spell_key.in_(spells)).distinct()
    ids = connection.scalars(told).all() if spells else ()
    days = within_days(connection, span)
    return [
        *(
            _walk(connection, span, message.c.message_id, days, message.c.lane == lane)
            for lane in sorted(lanes)
        ),
        of_ids(span, ids),
    ]


def of_ids(span: Span, ids: Iterable[str]) -> Stream:
    """Give messages that are known already."""
    return iter([(one, True) for one in sorted(set(ids), reverse=True) if span.low <= one < span.high])


def in_state(connection: Connection, span: Span, state: str) -> list[Stream] | None:
    """Messages in a state that few are in; None for one that most are in, which no index holds."""
    if state == "refused":
        return [_walk(connection, span, message.c.message_id, _REFUSED)]
    if state == "no_effect":
        return [_walk(connection, span, message_state.c.message_id, _WITHOUT_EFFECT)]
    if state == "dead":
        return [_walk(connection, span, dead_letter.c.message_id, _OPEN)]
    if state in {"held", "parked"}:
        return [_walk(connection, span, parked.c.message_id)]
    if state == "waiting":
        return [_walk(connection, span, open_effect.c.message_id), not_placed(connection, span)]
    return None


def saying(connection: Connection, span: Span, fits: Fits) -> list[Stream]:
    """Messages of which something is said that fits: why refused, a note, or the cause of a dead letter."""
    return [
        _walk_said(connection, span, message.c.message_id, message.c.reason, fits, _REFUSED),
        _walk_said(connection, span, message_state.c.message_id, message_state.c.note, fits, _NOTED),
        _walk_said(connection, span, dead_letter.c.message_id, dead_letter.c.cause, fits),
    ]


def feeds_heard(connection: Connection) -> list[str]:
    """Every feed that ever spoke."""
    return sorted(connection.scalars(select(feed_heard.c.feed)))


def _triggers(connection: Connection, feed: str) -> Iterator[str]:
    """Each type that a feed sent, one look at the index for each."""
    following = select(func.min(message.c.trigger)).where(message.c.feed == feed)
    found = connection.scalar(following)
    while found is not None:
        yield found
        found = connection.scalar(following.where(message.c.trigger > found))


def within_days(connection: Connection, span: Span) -> ColumnElement[bool]:
    """Name the stretches of days from which there are messages, one look at the index for each.

    The index of a lane's messages is led by them: who asks for a lane asks for these too, or reads every message.
    """
    newest = select(func.max(message.c.message_id))
    latest = newest.where(message.c.message_id < span.high, message.c.message_id >= span.low)
    walk = select(func.substr(latest.scalar_subquery(), 1, DAYS_LEAD).label("days")).cte(
        "walk", recursive=True
    )
    before = newest.where(message.c.message_id < walk.c.days, message.c.message_id >= span.low)
    older = select(func.substr(before.scalar_subquery(), 1, DAYS_LEAD)).where(walk.c.days.is_not(None))
    walk = walk.union_all(older)
    named = select(walk.c.days).where(walk.c.days.is_not(None))
    return _DAYS.in_(connection.scalars(named).all())


def _walk(connection: Connection, span: Span, ids: ColumnElement[str], *where: ColumnElement[bool]) -> Stream:
    return (
        (one, True)
        for (one,) in _read(connection, span, (ids,), where)
    )  # fmt: skip


def _walk_said(
    connection: Connection,
    span: Span,
    ids: ColumnElement[str],
    said: ColumnElement[str],
    fits: Fits,
    *where: ColumnElement[bool],
) -> Stream:
    return ((one, fits(words)) for one, words in _read(connection, span, (ids, said), where))


def _read(
    connection: Connection,
    span: Span,
    columns: tuple[ColumnElement[str], ...],
    where: Iterable[ColumnElement[bool]],
) -> Iterator[tuple[str, ...]]:
    """Read rows by their first column downwards, a few at first and more with each turn."""
    ids, high, size = columns[0], span.high, _FIRST_READ
    asked = select(*columns).where(*where, ids >= span.low).order_by(ids.desc())
    while True:
        rows = connection.execute(asked.where(ids < high).limit(size)).all()
        yield from map(tuple, rows)
        if len(rows) < size:
            return
        high, size = rows[-1][0], min(size * 4, _MOST_READ)


def not_placed(connection: Connection, span: Span) -> Stream:
    """Kept messages that nobody has translated yet: as many of the newest as the counters say there are."""
    kept = connection.scalar(select(func.sum(intake_count.c.n)).where(intake_count.c.name == "kept")) or 0
    left = int(kept) - int(connection.scalar(select(func.sum(ledger_count.c.n))) or 0)
    for one, outcome in _read(connection, span, (message.c.message_id, message.c.outcome), ()):
        if left <= 0:
            return
        placed = select(message_state.c.message_id).where(message_state.c.message_id == one)
        waits = outcome == "kept" and connection.scalar(placed) is None
        left -= waits
        yield one, waits

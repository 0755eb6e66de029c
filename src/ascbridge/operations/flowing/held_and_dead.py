"""What does not flow: held people, what waits behind them, and dead letters, grouped by cause so that one
fault is one line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import func, select

from ascbridge.storage.tables import dead_letter, held, message_state, parked

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_PLACE = re.compile(r"\b[A-Z][A-Z0-9]{2}(?::\d{1,3})?-\d{1,3}(?:\.\d{1,3})?\b|\$(?:\.\w+|\[\d+\])+", re.ASCII)


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """People whose next event failed for one cause. Times are UTC epoch milliseconds."""

    consumer: str
    cause: str
    lanes: int
    since_ms: int
    next_try_ms: int
    most_tries: int
    parked: int


@dataclass(frozen=True, slots=True)
class DeadGroup:
    """Events of one feed given up on for one cause, and not yet dealt with by a person. No feed brought a desk act.

    `people` is how many lanes that is, which is how many people (or stays that name nobody) lack an event.
    """

    consumer: str
    cause: str
    count: int
    first_ms: int
    last_ms: int
    feed: str = ""
    people: int = 0

    @property
    def place(self) -> str:
        """The field at fault, as the cause names it: ``PV1-36`` or ``$.package.status``; empty where it names none."""
        return place_in(self.cause)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter, without its content: `event_type` and `feed` come from its headers."""

    dead_id: str
    consumer: str
    topic: str
    event_id: str
    message_id: str
    event_type: str
    feed: str
    cause: str
    dead_ms: int
    state: str
    closed_ms: int | None


def held_groups(connection: Connection) -> tuple[HeldGroup, ...]:
    """Return the held people by cause, the longest held first; `parked` counts the events behind their
    heads.
    """
    each = (
        select(held.c.consumer, held.c.cause, held.c.lane, held.c.since_ms, held.c.next_try_ms, held.c.tries)
        .add_columns(func.count(parked.c.offset).label("behind"))
        .outerjoin(parked, (parked.c.consumer == held.c.consumer) & (parked.c.lane == held.c.lane))
        .group_by(
            held.c.consumer, held.c.lane, held.c.cause, held.c.since_ms, held.c.next_try_ms, held.c.tries
        )
        .subquery()
    )
    rows = connection.execute(
        select(
            each.c.consumer,
            each.c.cause,
            func.count(),
            func.min(each.c.since_ms),
            func.min(each.c.next_try_ms),
            func.max(each.c.tries),
            func.sum(each.c.behind) - func.count(),  # the head lies among the parked ones
        )
        .group_by(each.c.consumer, each.c.cause)
        .order_by(func.min(each.c.since_ms))
    )
    return tuple(
        HeldGroup(consumer, cause, lanes, since_ms, next_try_ms, tries, max(0, int(behind)))
        for consumer, cause, lanes, since_ms, next_try_ms, tries, behind in rows
    )


def held_people(connection: Connection, consumer: str, cause: str) -> tuple[str, ...]:
    """Return the lanes that one consumer holds for one cause."""
    wanted = (
        select(held.c.lane)
        .where(held.c.consumer == consumer, held.c.cause == cause)
        .order_by(held.c.since_ms)
    )
    return tuple(connection.scalars(wanted))


def dead_groups(connection: Connection) -> tuple[DeadGroup, ...]:
    """Return the open dead letters by reader, cause and feed, the newest first."""
    feed = func.coalesce(message_state.c.feed, "")
    rows = connection.execute(
        select(
            dead_letter.c.consumer,
            dead_letter.c.cause,
            func.count(),
            func.min(dead_letter.c.dead_ms),
            func.max(dead_letter.c.dead_ms),
            feed,
            func.count(dead_letter.c.lane.distinct()),
        )
        .outerjoin(message_state, message_state.c.message_id == dead_letter.c.message_id)
        .where(dead_letter.c.state == "open")
        .group_by(dead_letter.c.consumer, dead_letter.c.cause, feed)
        .order_by(func.max(dead_letter.c.dead_ms).desc(), dead_letter.c.cause, feed)
    )
    return tuple(DeadGroup(*row) for row in rows)


def dead_letters(
    connection: Connection,
    *,
    state: str = "open",
    consumer: str = "",
    cause: str = "",
    feed: str = "",
    limit: int = 200,
) -> tuple[DeadLetter, ...]:
    """Return dead letters in one state, those of one consumer, cause and feed where these are given, the oldest
    first.
    """
    wanted = select(dead_letter).where(dead_letter.c.state == state)
    if consumer:
        wanted = wanted.where(dead_letter.c.consumer == consumer)
    if cause:
        wanted = wanted.where(dead_letter.c.cause == cause)
    if feed:
        by = select(message_state.c.feed).where(message_state.c.message_id == dead_letter.c.message_id)
        wanted = wanted.where(by.scalar_subquery() == feed)
    # Ids lead with their time, and the order in which they died is the order in which they must go again.
    rows = connection.execute(wanted.order_by(dead_letter.c.dead_ms, dead_letter.c.dead_id).limit(limit))
    return tuple(map(_letter, rows))


def dead_letter_of(connection: Connection, dead_id: str) -> DeadLetter | None:
    """Return one dead letter, whatever its state, or None."""
    row = connection.execute(select(dead_letter).where(dead_letter.c.dead_id == dead_id)).first()
    return _letter(row) if row else None


def of_message(connection: Connection, message_id: str) -> tuple[DeadLetter, ...]:
    """Return every dead letter that came of one message, whatever its state."""
    rows = connection.execute(
        select(dead_letter).where(dead_letter.c.message_id == message_id).order_by(dead_letter.c.dead_ms)
    )
    return tuple(map(_letter, rows))


def place_in(cause: str) -> str:
    """Return the field or path that a cause names first; empty where it names none."""
    found = _PLACE.search(cause)
    return found.group() if found else ""


def what_to_do(cause: str) -> str:
    """Say what usually helps: an event that was given up for a cause that no longer holds goes through when
    sent again.
    """
    if cause.endswith("report it"):
        return "A fault in the program. Give support the log lines of that moment; send again once mended."
    if "has no key yet" in cause:
        return (
            "Have the sender send it again: it will have a key then. Or mend whom it names, if that is wrong."
        )
    if "names a message that is not kept" in cause:
        return "The cause says what to do after a restore. Then send again."
    if "has no profile here" in cause:
        return "Add the feed to the settings and restart, then send all of them again."
    if place := place_in(cause):
        return (
            f"Look at {place} in one of them. If the message is wrong, mend it; if the profile is, have its row put "
            "right and signed. Then send all of them again: each person's events keep their order."
        )
    return "Put right what the cause names, then send again: the person's events keep their order."


def _letter(row: Row[tuple[object, ...]]) -> DeadLetter:
    headers = orjson.loads(row.headers or "{}")
    return DeadLetter(
        dead_id=row.dead_id,
        consumer=row.consumer,
        topic=row.topic,
        event_id=row.event_id,
        message_id=row.message_id,
        event_type=headers.get("ce_type", ""),
        feed=headers.get("feed", ""),
        cause=row.cause,
        dead_ms=row.dead_ms,
        state=row.state,
        closed_ms=row.closed_ms,
    )

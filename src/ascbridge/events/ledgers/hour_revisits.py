"""Which closed hours are to be counted again: those not yet at rest, those that more came to, and others in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from ascbridge.events.ledgers import hour_chain
from ascbridge.events.ledgers.hour_count import DOOR, HOUR_MS, door
from ascbridge.storage.tables import hour_entry, hour_revisit, intake_hour
from ascbridge.storage.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from ascbridge.events.ledgers.hour_chain import HourEntry
    from ascbridge.events.ledgers.hour_count import Counted

AT_ONCE = 3
LATE_MS = 48 * HOUR_MS
"""So long after an hour's end it is seen at once that more has come to it; later in the turn of all hours."""


def close(
    connection: Connection, hour_ms: int, counted: Mapping[str, Counted], now_ms: int, writer: str
) -> list[HourEntry]:
    """Close an hour; where something of it is still open, it is counted again an hour later."""
    made = hour_chain.seal(connection, hour_ms, counted, now_ms, writer)
    _plan(connection, hour_ms, counted, now_ms)
    return made


def correct(
    connection: Connection, hour_ms: int, counted: Mapping[str, Counted], now_ms: int, writer: str
) -> list[HourEntry]:
    """Correct what a closed hour comes to, and count it again later where it is still not at rest."""
    made = hour_chain.correct(connection, hour_ms, counted, now_ms, writer)
    _plan(connection, hour_ms, counted, now_ms)
    return made


def due(connection: Connection, now_ms: int) -> list[int]:
    """Return the hours to be counted again now, few at a time."""
    wanted = select(hour_revisit.c.hour_ms).where(hour_revisit.c.next_ms <= now_ms)
    hours = list(connection.scalars(wanted.order_by(hour_revisit.c.next_ms).limit(AT_ONCE)))
    hours += _grown(connection, now_ms)[:AT_ONCE]
    turn = _next_in_turn(connection, now_ms)
    return sorted({*hours, *([] if turn is None else [turn])})


def _grown(connection: Connection, now_ms: int) -> list[int]:
    """Hours of late at whose door is counted more than their last entry says."""
    last = connection.scalar(select(func.max(hour_entry.c.hour_ms)))
    recent = select(intake_hour.c.hour_ms).where(intake_hour.c.hour_ms >= now_ms - LATE_MS).distinct()
    grown = []
    for hour_ms in sorted(connection.scalars(recent)):
        if last is None or hour_ms > last:
            continue
        entries = hour_chain.last_of_hour(connection, hour_ms)
        for feed, counts in door(connection, hour_ms).items():
            said = entries[feed].counted.counts if feed in entries else {}
            if entries and any(counts.get(word, 0) != said.get(word, 0) for word in DOOR):
                grown.append(hour_ms)
                break
    return grown


def _next_in_turn(connection: Connection, now_ms: int) -> int | None:
    """The hour whose turn it is: the newest first, then each before it, and from the oldest to the newest again.

    It follows from the time, so that nothing need be written for it.
    """
    first = connection.scalar(select(func.min(hour_entry.c.hour_ms)))
    last = connection.scalar(select(func.max(hour_entry.c.hour_ms)))
    if first is None or last is None:
        return None
    hours = (last - first) // HOUR_MS + 1
    return int(last - (now_ms // 600_000) % hours * HOUR_MS)


def _plan(connection: Connection, hour_ms: int, counted: Mapping[str, Counted], now_ms: int) -> None:
    if all(one.at_rest for one in counted.values()):
        connection.execute(delete(hour_revisit).where(hour_revisit.c.hour_ms == hour_ms))
    else:
        upsert(connection, hour_revisit, [{"hour_ms": hour_ms, "next_ms": now_ms + HOUR_MS}])

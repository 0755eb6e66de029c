"""Finds what is missing between two hops: an effect that is owed, while whoever owes it has gone past.

A position moves in the transaction of its effect. So where an effect is still open, the event not parked, set aside or
given up, and its reader's position behind it, it was dropped. Every look-up is by an index and of one range of ids.
What is suspected is looked at twice, with a moment between: parts of the store may be read at two moments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, select

from ascbridge.events.ledgers.hour_count import AT_ONCE, HOUR_MS
from ascbridge.events.logs.envelope import id_millisecond, partition_of
from ascbridge.events.logs.log import INBOUND
from ascbridge.storage.prepared import Prepared
from ascbridge.storage.tables import (
    dead_letter,
    dirty_person,
    event_log,
    message,
    message_state,
    open_effect,
    parked,
    patient,
    position,
    resend,
    set_aside,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

    Place = tuple[str, str, int]

HOPS = ("kept", "understood", "log", "read", "record", "entry")
SINK = "sink:"


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is missing. `hop`: where; `reader`: who owes it; `n`: how many, where no id tells them apart."""

    hop: str
    feed: str
    hour_ms: int
    message_id: str = ""
    reader: str = ""
    event_id: str = ""
    kept_ms: int = 0
    n: int = 1


@dataclass(frozen=True, slots=True)
class Unsure:
    """Something that is not in this database any more: missing where its reader has read the topics beyond `ends`."""

    what: Missing
    topics: tuple[str, ...]
    subject: str


@dataclass(slots=True)
class Look:
    """What one look at a range of ids found. `positions` are by reader, topic and partition."""

    missing: list[Missing] = field(default_factory=list)
    unsure: list[Unsure] = field(default_factory=list)
    positions: dict[Place, int] = field(default_factory=dict)
    upto: str | None = None
    """The last id that was looked at, where more are in the range."""


@dataclass(frozen=True, slots=True)
class Span:
    """The messages that are looked at: those whose ids lie from `after` to before `before`, or those of a list."""

    after: str = ""
    before: str = ""
    ids: tuple[str, ...] = ()

    def holds(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """The condition that an id is one of them."""
        return column.in_(self.ids) if self.ids else and_(column >= self.after, column < self.before)


@dataclass(frozen=True, slots=True)
class _Known:
    """Of the messages looked at: feed, lane and place of each, and of whom it is known why they wait."""

    kept: Mapping[str, tuple[str, str, int]]
    excused: set[tuple[str, str]]


_LOGGED = Prepared.of(
    lambda one_of: select(
        event_log.c.event_id, event_log.c.topic, event_log.c.partition, event_log.c.position
    ).where(one_of(event_log.c.event_id, "events"))
)
_PEOPLE = Prepared.of(
    lambda one_of: select(patient.c.patient_key, patient.c.person_id).where(
        one_of(patient.c.patient_key, "keys")
    )
)
_TO_SEND = Prepared.of(
    lambda one_of: select(dirty_person.c.person_id).where(
        dirty_person.c.sink == bindparam("of"), one_of(dirty_person.c.person_id, "people")
    )
)
_ASIDE = Prepared.of(
    lambda one_of: select(set_aside.c.lane).where(
        set_aside.c.consumer == bindparam("reader"), one_of(set_aside.c.lane, "lanes")
    )
)
_HERE = Prepared.of(lambda one_of: select(message.c.message_id).where(one_of(message.c.message_id, "ids")))


def look(
    connection: Connection,
    span: Span,
    readers: Mapping[str, tuple[str, ...]],
    translator: str,
    most: int = AT_ONCE,
) -> Look:
    """Look at some messages, in the order of their ids. `readers` says who reads which topics."""
    found = Look(positions=_positions(connection))
    m = message.c
    rows = connection.execute(
        select(m.message_id, m.feed, m.lane, m.position, m.outcome)
        .where(span.holds(m.message_id))
        .order_by(m.message_id)
        .limit(most)
    ).all()
    if len(rows) == most and not span.ids:
        found.upto = rows[-1].message_id
        span = Span(span.after, found.upto + "~")
    kept = {row.message_id: (row.feed, row.lane, row.position) for row in rows if row.outcome == "kept"}
    known = _Known(kept, _excused(connection, span))
    states = dict(
        map(tuple, connection.execute(
            select(message_state.c.message_id, message_state.c.feed).where(span.holds(message_state.c.message_id))
        ))
    )  # fmt: skip
    _not_kept(connection, found, span, states, {row.message_id for row in rows})
    _not_understood(connection, found, known, states, translator)
    effects = connection.execute(
        select(
            open_effect.c.message_id, open_effect.c.event_id, open_effect.c.reader, open_effect.c.subject
        ).where(span.holds(open_effect.c.message_id))
    ).all()
    _not_handled(connection, found, known, effects, readers)
    _not_pushed(connection, found, known, effects)
    return found


def oldest_owed(connection: Connection, most: int = 200) -> tuple[str, ...]:
    """Return the messages to which something has been owed for longest: what was dropped is among them in the end."""
    wanted = select(open_effect.c.message_id).distinct().order_by(open_effect.c.message_id).limit(most)
    return tuple(connection.scalars(wanted))


def passed(one: Unsure, positions: Mapping[Place, int], ends: Mapping[str, Mapping[int, int]]) -> bool:
    """Whether the reader has read all that its topics held when it was seen that the event was carried."""
    for topic in one.topics:
        parts = ends.get(topic, {})
        part = partition_of(one.subject, len(parts)) if parts else 0
        here = positions.get((one.what.reader, topic, part))
        if here is None or here < parts.get(part, 0):
            return False
    return bool(one.topics)


def _positions(connection: Connection) -> dict[Place, int]:
    p = position.c
    rows = connection.execute(select(p.consumer, p.topic, p.partition, p.next_offset))
    return {(consumer, topic, partition): offset for consumer, topic, partition, offset in rows}


def _excused(connection: Connection, span: Span) -> set[tuple[str, str]]:
    """Who waits behind a fault, or was given up: (consumer, event id)."""
    found: set[tuple[str, str]] = set()
    for table in (parked, dead_letter):
        wanted = select(table.c.consumer, table.c.event_id).where(span.holds(table.c.message_id))
        found |= {(consumer, event_id) for consumer, event_id in connection.execute(wanted)}
    return found


def _not_kept(
    connection: Connection, found: Look, span: Span, states: Mapping[str, str], here: Collection[str]
) -> None:
    """Messages that were answered, of which other tables know, and whose row is gone."""
    known = dict(states)
    marks = select(resend.c.message_id, resend.c.feed)
    if not span.ids:
        since_ms, until_ms = id_millisecond(span.after), id_millisecond(span.before)
        marks = marks.where(resend.c.received_ms.between(since_ms, until_ms))
        found_marks = connection.execute(marks).all()
        known |= {
            row.message_id: row.feed for row in found_marks if span.after <= row.message_id < span.before
        }
    gone = sorted(known.keys() - set(here))
    if gone:  # those that were kept since the rows were read are no loss
        still = {row[0] for row in _HERE.rows(connection, ids=gone)}
        found.missing += [_missing("kept", known[one], one) for one in gone if one not in still]


def _not_understood(
    connection: Connection, found: Look, known: _Known, states: Mapping[str, str], translator: str
) -> None:
    lacking = [one for one in known.kept if one not in states and (translator, one) not in known.excused]
    if not lacking:
        return
    aside = _aside(connection, translator, {known.kept[one][1] for one in lacking})
    on_kafka = connection.dialect.name == "postgresql"
    waiting = {row[0] for row in _LOGGED.rows(connection, events=lacking)} if on_kafka else set()
    for one in lacking:
        feed, lane, at = known.kept[one]
        what = _missing("understood", feed, one, translator)
        if lane in aside or one in waiting:
            continue
        if on_kafka:
            found.unsure.append(Unsure(what, (INBOUND,), lane))
        elif found.positions.get((translator, INBOUND, 0), 0) > at:
            found.missing.append(what)


def _not_handled(
    connection: Connection,
    found: Look,
    known: _Known,
    effects: Sequence[Any],
    readers: Mapping[str, tuple[str, ...]],
) -> None:
    owed = [row for row in effects if not row.reader.startswith(SINK)]
    owed = [row for row in owed if (row.reader, row.event_id) not in known.excused]
    if not owed:
        return
    logged = _LOGGED.rows(connection, events=sorted({row.event_id for row in owed}))
    stands = {event_id: (topic, partition, at) for event_id, topic, partition, at in logged}
    lanes = {row.subject for row in owed}
    aside = {reader: _aside(connection, reader, lanes) for reader in {row.reader for row in owed}}
    on_kafka = connection.dialect.name == "postgresql"
    for row in owed:
        if row.subject in aside[row.reader]:
            continue
        feed = known.kept[row.message_id][0] if row.message_id in known.kept else ""
        here = stands.get(row.event_id)
        what = _missing("log" if here is None else "read", feed, row.message_id, row.reader, row.event_id)
        if on_kafka and here is None:  # carried, or left out
            found.unsure.append(Unsure(what, readers.get(row.reader, ()), row.subject))
        elif not on_kafka and (here is None or found.positions.get((row.reader, *here[:2]), 0) > here[2]):
            found.missing.append(what)


def _not_pushed(connection: Connection, found: Look, known: _Known, effects: Sequence[Any]) -> None:
    """Events that a sink must come to hold, of people whom nobody is to send to it any more."""
    owed = [row for row in effects if row.reader.startswith(SINK)]
    if not owed:
        return
    persons = dict(map(tuple, _PEOPLE.rows(connection, keys=sorted({row.subject for row in owed}))))
    people = sorted(set(persons.values()))
    for reader in sorted({row.reader for row in owed}):
        marked = {row[0] for row in _TO_SEND.rows(connection, of=reader.removeprefix(SINK), people=people)}
        for row in owed:
            person = persons.get(row.subject)
            if row.reader == reader and person is not None and person not in marked:
                feed = known.kept[row.message_id][0] if row.message_id in known.kept else ""
                found.missing.append(_missing("record", feed, row.message_id, reader, row.event_id))


def _aside(connection: Connection, reader: str, lanes: Collection[str]) -> set[str]:
    """Whose events wait because somebody paused something."""
    return {row[0] for row in _ASIDE.rows(connection, reader=reader, lanes=sorted(lanes))}


def _missing(hop: str, feed: str, message_id: str, reader: str = "", event_id: str = "") -> Missing:
    kept_ms = id_millisecond(message_id)
    return Missing(hop, feed, kept_ms - kept_ms % HOUR_MS, message_id, reader, event_id, kept_ms)

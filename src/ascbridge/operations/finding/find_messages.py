"""Finding messages by whatever somebody has of them, a page at a time, among any number of them.

One index leads to the candidates (`find_streams`), the narrowest that what is wanted allows; all else is asked of
each candidate. A page looks at so many candidates and no more: it then says how far back it has looked, and the next
one goes on from there. Bodies are never looked into: people and stays are found by keyed hash, faults by what the
bridge itself said of them.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select

from ascbridge.events.logs.envelope import first_id, id_millisecond
from ascbridge.operations.finding import find_streams
from ascbridge.operations.finding.find_streams import LAST_ID, Span
from ascbridge.operations.tracing import trace
from ascbridge.storage.prepared import unindexed
from ascbridge.storage.tables import dead_letter, door_task, message, spell, task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

    from ascbridge.operations.finding.find_streams import Stream

STATES = ("refused", "waiting", "delivered", "no_effect", "held", "parked", "dead")
SHOWN = 50
_MOST_WORK, _OF_A_FIT = 20_000, 4
"""Candidates that a page looks at; one whose row is read counts as four that only an index told of."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody has of the messages that they look for; empty says nothing. Times are UTC epoch milliseconds.

    `patients` and `spells` are keys (see `find_whom`); where either is given and both are empty sets, nobody fits.
    `ident` is the id of a message (which is its correlation id), an event, a dead letter or a task. `words` must all
    stand in what the bridge said of the message: a field (``PID-3``), a code, an error's text.
    """

    patients: frozenset[str] | None = None
    spells: frozenset[str] = frozenset()
    ident: str = ""
    control_id: str = ""
    feed: str = ""
    trigger: str = ""
    state: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    words: str = ""
    before: str = ""

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is said."""
        return replace(self, before="") == Wanted()

    @property
    def said(self) -> tuple[str, ...]:
        """The words that must stand in what is said of a message."""
        return tuple(self.words.casefold().split())

    def fits_words(self, text: str) -> bool:
        """Whether all words stand in a text."""
        text = text.casefold()
        return all(word in text for word in self.said)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of messages, the newest first. `before` is where the next page begins, empty where there is none;
    `back_to_ms` says how far back was looked, where that is not to the end and the page is not full.
    """

    messages: tuple[trace.Seen, ...] = ()
    before: str = ""
    back_to_ms: int | None = None


def find(connection: Connection, wanted: Wanted) -> Found:
    """Return one page of what is wanted; nothing where nothing is said."""
    if wanted.nothing:
        return Found()
    candidates = heapq.merge(*_streams(connection, wanted), reverse=True)
    found: list[trace.Seen] = []
    work, last, reached = 0, "", ""
    while len(found) <= SHOWN and not reached:
        fitting: list[str] = []
        for one, fits in candidates:
            work += _OF_A_FIT if fits else 1
            if fits and one != last:
                fitting.append(one)
            last = one
            if work >= _MOST_WORK:
                reached = one
            if reached or len(fitting) > SHOWN:
                break
        if not fitting and not reached:
            break
        found += _fitting(connection, fitting, wanted)
    if len(found) > SHOWN:
        return Found(tuple(found[:SHOWN]), found[SHOWN - 1].message_id)
    return Found(tuple(found), reached, id_millisecond(reached) if reached else None)


def ids_of(connection: Connection, text: str) -> set[str]:
    """Return the messages that an id names: a message's, an event's, a dead letter's or a task's."""
    return {one.message_id for one in trace.find_id(connection, text)} | _of_task(connection, text)


def _streams(connection: Connection, wanted: Wanted) -> list[Stream]:
    """Where the candidates come from: of all that is said, what the fewest messages have."""
    span = _span(wanted)
    feeds = [wanted.feed] if wanted.feed else find_streams.feeds_heard(connection)
    if wanted.patients is not None or wanted.spells:
        patients = wanted.patients or frozenset()
        return find_streams.about(connection, span, patients, {*wanted.spells, *_stays(connection, patients)})
    if wanted.ident:
        return [find_streams.of_ids(span, ids_of(connection, wanted.ident))]
    if wanted.control_id:
        return find_streams.with_control_id(connection, span, feeds, wanted.control_id)
    if wanted.said:
        return find_streams.saying(connection, span, wanted.fits_words)
    by_state = find_streams.in_state(connection, span, wanted.state) if wanted.state else None
    if by_state is not None:
        return by_state
    if wanted.feed or wanted.trigger:
        return find_streams.of_feed(connection, span, feeds, wanted.trigger)
    return find_streams.every(connection, span)


def _span(wanted: Wanted) -> Span:
    low = "" if wanted.since_ms is None else first_id(wanted.since_ms)
    high = LAST_ID if wanted.until_ms is None else first_id(wanted.until_ms)
    return Span(low, min(high, wanted.before or high))


def _fitting(connection: Connection, ids: list[str], wanted: Wanted) -> Iterator[trace.Seen]:
    """Those of some messages that all is true of that was said, the newest first."""
    if wanted.ident and wanted.patients is not None:
        ids = sorted(ids_of(connection, wanted.ident).intersection(ids))
    columns = (
        (message.c.feed, wanted.feed),
        (message.c.trigger, wanted.trigger),
        (message.c.control_id, wanted.control_id),
    )
    # By the ids that are known, never by an index of what most messages share.
    where: list[ColumnElement[bool]] = [unindexed(column) == value for column, value in columns if value]
    seen = trace.seen(connection, message.c.message_id.in_(ids), *where, most=len(ids)) if ids else ()
    causes = _causes(connection, ids) if wanted.said else {}
    for one in sorted(seen, key=lambda one: one.message_id, reverse=True):
        told = f"{one.reason} {one.note} {causes.get(one.message_id, '')}"
        if wanted.state in {"", one.state} and wanted.fits_words(told):
            yield one


def _causes(connection: Connection, ids: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = select(dead_letter.c.message_id, dead_letter.c.cause).where(dead_letter.c.message_id.in_(ids))
    for message_id, cause in connection.execute(wanted):
        found[message_id] = f"{found.get(message_id, '')} {cause}"
    return found


def _stays(connection: Connection, patients: frozenset[str]) -> set[str]:
    """The stays of these patients: some messages about a stay name nobody, and so stand in no patient's lane."""
    return set(connection.scalars(select(spell.c.spell_key).where(spell.c.patient_key.in_(patients))))


def _of_task(connection: Connection, text: str) -> set[str]:
    """The messages behind a task: of the stay that it is about, or of the person whom the front door has it for."""
    task_id = text.strip().lower()
    stays = select(task.c.spell_key).where(task.c.generation == 1, task.c.task_id == task_id)
    whom = select(door_task.c.patient_key).where(door_task.c.task_id == task_id)
    spells, patients = set(connection.scalars(stays)), set(connection.scalars(whom))
    walks = find_streams.about(connection, Span(), patients, spells) if spells | patients else []
    return {one for one, _ in islice(heapq.merge(*walks, reverse=True), _MOST_WORK // _OF_A_FIT)}

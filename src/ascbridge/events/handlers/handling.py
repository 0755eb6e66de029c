"""One batch, one transaction: the position moves, held lanes are parked, the handler acts, the ledger is
told.

Plain synchronous functions of a connection, which `events.delivery` runs. They raise `Zombie` or an
infrastructure fault to have everything rolled back; a fault that belongs to an event never leaves
`handle_apart`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ascbridge.events.handlers import holds, set_aside
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs import positions
from ascbridge.events.logs.faults import CommonFault, cause_of, is_infrastructure
from ascbridge.events.logs.positions import Claim, Zombie

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.handlers.holds import HoldRules
    from ascbridge.events.logs.log import Assignment, Record


class Handler(Protocol):
    """What acts on events. `name` is the consumer's name, under which positions, holds and effects are kept.

    `handle` gets records in the order of each lane, in one transaction, and may emit. It raises
    `EventFault` where an event cannot be handled; any other exception is taken for the event's too, unless
    it is the database's. After a failure the same records come again, some of them alone: nothing may be
    kept in memory that was not committed.
    """

    @property
    def name(self) -> str:
        """The consumer's name."""

    @property
    def topics(self) -> tuple[str, ...]:
        """What it reads, in the order in which it wants a batch."""

    def handle(self, connection: Connection, records: Sequence[Record]) -> None:
        """Act on these records."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records as fetched, and for each of their partitions the claim it is read under and the offset
    after them. `aside`: they were set aside for a pause, which is over.
    """

    records: tuple[Record, ...]
    moves: tuple[tuple[Assignment, Claim, int], ...]
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that could not be handled, and why, in words without personal data."""

    lane: str
    event_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: how many records were handled, which were held, and which given up."""

    handled: int
    held: tuple[Failure, ...] = ()
    dead: tuple[Failure, ...] = ()


def handle_together(connection: Connection, handler: Handler, batch: Batch, now_ms: int) -> Outcome:
    """Handle a batch at once: the usual way. Raises whatever the handler raises."""
    free = _begin(connection, handler, batch, now_ms)
    act(connection, handler, free, now_ms)
    return Outcome(len(free))


def handle_apart(
    connection: Connection, handler: Handler, batch: Batch, rules: HoldRules, now_ms: int
) -> Outcome:
    """Handle a batch lane by lane after it failed as a whole, and hold the lanes whose fault it was.

    Raises `CommonFault` where that would leave too many people held with one cause.
    """
    free = _begin(connection, handler, batch, now_ms)
    done = 0
    failures = []
    for lane in _by_lane(free):
        handled, fault = _as_far_as_possible(connection, handler, lane, now_ms)
        done += handled
        if fault is None:
            continue
        head, *tail = lane[handled:]
        failure = Failure(head.key, head.event_id, cause_of(fault))
        failures.append(failure)
        wait_ms = rules.of(holds.feed_of(connection, head)).wait_ms(1)
        holds.hold(connection, handler.name, head, failure.cause, now_ms + wait_ms, now_ms)
        holds.park(connection, handler.name, tail, now_ms)
    for cause in {failure.cause for failure in failures}:
        people = holds.people_with_cause(connection, handler.name, cause)
        if people > rules.common_lanes:
            raise CommonFault(cause, people)
    return Outcome(done, tuple(failures))


def _begin(connection: Connection, handler: Handler, batch: Batch, now_ms: int) -> list[Record]:
    """Move the positions, set aside what is paused, park what belongs to held lanes, and return the rest."""
    for assignment, claimed, to_offset in batch.moves:
        positions.move(connection, handler.name, assignment, claimed, to_offset, now_ms)
    if batch.aside:
        set_aside.take_out(connection, handler.name, batch.records)
        going = list(batch.records)
    else:
        going = set_aside.lay(connection, handler.name, batch.records)
    blocked = holds.held_lanes(connection, handler.name, {record.key for record in going})
    holds.park(connection, handler.name, [r for r in going if r.key in blocked], now_ms)
    return [record for record in going if record.key not in blocked]


def act(connection: Connection, handler: Handler, records: Sequence[Record], now_ms: int) -> None:
    """Let the handler act, and take its effects off the ledger's list. Raises whatever the handler raises."""
    if records:
        handler.handle(connection, records)
        ledger.effects_done(connection, handler.name, [record.event_id for record in records], now_ms)


def _by_lane(records: Iterable[Record]) -> list[list[Record]]:
    lanes: dict[str, list[Record]] = {}
    for record in records:
        lanes.setdefault(record.key, []).append(record)
    return list(lanes.values())


def _as_far_as_possible(
    connection: Connection, handler: Handler, lane: Sequence[Record], now_ms: int
) -> tuple[int, Exception | None]:
    """Handle one lane; return how many of its records went well, and the fault of the one after them."""
    fault = attempt(connection, handler, lane, now_ms)
    if fault is None:
        return len(lane), None
    if len(lane) == 1:
        return 0, fault
    for done, record in enumerate(lane):
        fault = attempt(connection, handler, [record], now_ms)
        if fault is not None:
            return done, fault
    return len(lane), None


def attempt(
    connection: Connection, handler: Handler, records: Sequence[Record], now_ms: int
) -> Exception | None:
    """Act on records within the transaction; undo just that, and return the fault, where it is theirs.

    Whatever a handler raises is the event's until shown otherwise.
    """
    try:
        with connection.begin_nested():
            act(connection, handler, records, now_ms)
    except Exception as fault:
        if isinstance(fault, Zombie) or is_infrastructure(fault):
            raise
        return fault
    return None

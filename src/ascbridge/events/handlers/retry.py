"""A held lane is tried again: its head first, then whatever waits behind it, as far as that goes well.

One transaction for a lane, under the claim of the partition that its head came from. `events.delivery`
decides when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ascbridge.events.handlers import dead_letters, holds, set_aside
from ascbridge.events.handlers.handling import Failure, Outcome, attempt
from ascbridge.events.ledgers import ledger
from ascbridge.events.logs import positions
from ascbridge.events.logs.cloud_event import message_of
from ascbridge.events.logs.faults import cause_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.handlers.handling import Handler
    from ascbridge.events.handlers.holds import Held, HoldRules
    from ascbridge.events.logs.log import Assignment, Record
    from ascbridge.events.logs.positions import Claim

TAIL = 200
"""How many parked records of one lane are tried in one transaction."""


def retry_lane(
    connection: Connection,
    handler: Handler,
    claims: Mapping[Assignment, Claim],
    lane: str,
    rules: HoldRules,
    now_ms: int,
    *,
    may_bury: bool,
) -> Outcome:
    """Try a held lane again. Without `may_bury` nothing becomes a dead letter, however often it failed.

    Raises `Zombie` or an infrastructure fault, and then nothing has changed.
    """
    found = holds.take(connection, handler.name, lane)
    if found is None or found.assignment not in claims:
        return Outcome(0)
    mine = claims[found.assignment]
    positions.move(connection, handler.name, found.assignment, mine, mine.next_offset, now_ms)
    return _Retry(connection, handler, found, rules, now_ms, may_bury).run()


def retry_together(
    connection: Connection,
    handler: Handler,
    claims: Mapping[Assignment, Claim],
    lanes: Sequence[str],
    now_ms: int,
) -> tuple[Outcome, frozenset[str]]:
    """Try those of these lanes that somebody put back all at once, as a batch is; return those that flow again.

    Where one of them fails, or waits for a pause, none of them has been tried: they are tried one by one then. Raises
    `Zombie` or an infrastructure fault.
    """
    found = [one for one in holds.take_put_back(connection, handler.name, lanes) if one.assignment in claims]
    records = holds.all_waiting(connection, handler.name, found, TAIL + 1) if len(found) > 1 else []
    if len(records) > TAIL:  # the last lane may have more than what was read of it
        records = [record for record in records if record.key != records[-1].key]
    if not records or set_aside.any_paused(connection, records):
        return Outcome(0), frozenset()
    whole = {record.key for record in records}
    found = [one for one in found if one.lane in whole]
    for here in {one.assignment for one in found}:
        positions.move(connection, handler.name, here, claims[here], claims[here].next_offset, now_ms)
    free = [one.lane for one in found]
    step = connection.begin_nested()
    holds.let_go(connection, handler.name, free)
    if attempt(connection, handler, records, now_ms) is not None:
        step.rollback()
        return Outcome(0), frozenset()
    ledger.settle(connection, {message_of(record) for record in records}, now_ms)
    step.commit()
    return Outcome(len(records)), frozenset(free)


@dataclass(frozen=True, slots=True)
class _Retry:
    connection: Connection
    handler: Handler
    lane: Held
    rules: HoldRules
    now_ms: int
    may_bury: bool

    def run(self) -> Outcome:
        done = 0
        dead: list[Failure] = []
        records = holds.waiting(self.connection, self.handler.name, self.lane, TAIL)
        if set_aside.any_paused(self.connection, records):
            holds.put_off(self.connection, self.handler.name, self.lane, self.now_ms)
            return Outcome(0)
        for record in records:
            fault = self._try(holds.marked(record, dead[-1].event_id) if dead else record)
            if fault is None:
                done += 1
                continue
            failure = Failure(record.key, record.event_id, cause_of(fault))
            if not self._is_over(record, failure.cause):
                self._hold_on(record, failure.cause)
                return Outcome(done, (failure,), tuple(dead))
            dead_letters.bury(self.connection, self.handler.name, record, failure.cause, self.now_ms)
            dead.append(failure)
        if len(records) < TAIL:
            holds.release(self.connection, self.handler.name, self.lane.lane)
        return Outcome(done, (), tuple(dead))

    def _try(self, record: Record) -> Exception | None:
        """Try one record, which is out of its lane while it is tried."""
        step = self.connection.begin_nested()
        holds.take_out(self.connection, self.handler.name, record)
        fault = attempt(self.connection, self.handler, [record], self.now_ms)
        if fault is not None:
            step.rollback()
            return fault
        ledger.settle(self.connection, [message_of(record)], self.now_ms)
        step.commit()
        return None

    def _so_far(self, record: Record) -> tuple[int, int]:
        """How often this record has failed, now included, and since when."""
        if holds.place(record) == self.lane.head:
            return self.lane.tries + 1, self.lane.since_ms
        return 1, self.now_ms

    def _rules_of(self, record: Record) -> HoldRules:
        return self.rules.of(holds.feed_of(self.connection, record))

    def _is_over(self, record: Record, cause: str) -> bool:
        """Whether it has had its last try, and too few share its cause for that to be our fault."""
        rules = self._rules_of(record)
        if not self.may_bury or not rules.spent(*self._so_far(record), self.now_ms):
            return False
        people = holds.people_with_cause(self.connection, self.handler.name, cause)
        return people <= self.rules.common_lanes

    def _hold_on(self, record: Record, cause: str) -> None:
        """Keep the lane held, behind the record that failed now."""
        tries, since_ms = self._so_far(record)
        next_try_ms = self.now_ms + self._rules_of(record).wait_ms(tries)
        holds.hold(
            self.connection, self.handler.name, record, cause, next_try_ms, self.now_ms,
            tries=tries, since_ms=since_ms,
        )  # fmt: skip

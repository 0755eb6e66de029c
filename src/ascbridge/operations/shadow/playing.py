"""Plays what is kept through the handlers, on a store of its own and in this thread: for a rehearsal and for a shadow.

Each handler's batch is handled as a running bridge handles it, one event at fault held with its person's later ones.
Nothing here listens, publishes or answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ascbridge.clock import Clock
from ascbridge.events.handlers.handling import Batch, handle_apart, handle_together
from ascbridge.events.handlers.holds import HoldRules
from ascbridge.events.logs import positions
from ascbridge.events.logs.faults import is_infrastructure
from ascbridge.events.logs.log import Assignment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from ascbridge.events.handlers.handling import Handler
    from ascbridge.events.logs.log import Fetched, Record
    from ascbridge.events.logs.positions import Claim
    from ascbridge.storage.database import SqliteDatabase

AT_ONCE = 500


class Readable(Protocol):
    """A log as a player reads it."""

    def bounds(self, connection: Connection, topic: str) -> dict[int, tuple[int, int]]: ...
    def read(
        self, connection: Connection, wanted: Sequence[tuple[Assignment, int]], limit: int
    ) -> Fetched: ...


class MovingClock(Clock):
    """A clock that says what it was told last, and never goes back."""

    def __init__(self, at_ms: int = 0) -> None:
        super().__init__()
        self._at_ms = at_ms

    def now_ms(self) -> int:
        return self._at_ms

    def move(self, at_ms: int) -> None:
        """Say this from now on, unless it was later already."""
        self._at_ms = max(self._at_ms, at_ms)


def _nothing(_records: Sequence[Record]) -> None:
    """Do nothing before a batch."""


@dataclass
class Player:
    """Handlers that read to the end of a log. `before` is called with each batch before it is handled."""

    bridge: SqliteDatabase
    log: Readable
    clock: Clock
    owner: str
    at_once: int = AT_ONCE
    before: Callable[[Sequence[Record]], None] = _nothing
    _claims: dict[str, dict[Assignment, Claim]] = field(default_factory=dict)

    def turn(self, handler: Handler) -> int:
        """Let a handler deal with what comes next; return how many records that were."""
        claims = self._claims.get(handler.name) or self._claim(handler)
        wanted = [(here, claim.next_offset) for here, claim in claims.items()]
        fetched = self.bridge.read_now(lambda c: self.log.read(c, wanted, self.at_once))
        parts = [(here, fetched.records[here]) for here in claims if fetched.records.get(here)]
        if not parts:
            return 0
        moves = tuple((here, claims[here], some[-1].offset + 1) for here, some in parts)
        batch = Batch(tuple(record for _, some in parts for record in some), moves)
        self.before(batch.records)
        self._handle(handler, batch)
        for here, claim, to_offset in moves:
            claims[here] = replace(claim, next_offset=to_offset)
        return len(batch.records)

    def reached(self, handler: Handler) -> int:
        """Return the offset at which a handler of one topic goes on."""
        claims = self._claims.get(handler.name) or self._claim(handler)
        return min(claim.next_offset for claim in claims.values())

    def _claim(self, handler: Handler) -> dict[Assignment, Claim]:
        mine = [Assignment(topic, 0) for topic in handler.topics]
        bounds = {one: self.bridge.read_now(partial(self.log.bounds, topic=one.topic))[0][0] for one in mine}
        claim = partial(positions.claim, consumer=handler.name, assignments=mine, owner=self.owner)
        found = self.bridge.write_now(lambda c: claim(c, now_ms=self.clock.now_ms(), first=bounds))
        self._claims[handler.name] = found
        return found

    def _handle(self, handler: Handler, batch: Batch) -> None:
        now_ms = self.clock.now_ms()
        try:
            self.bridge.write_now(partial(handle_together, handler=handler, batch=batch, now_ms=now_ms))
        except Exception as fault:
            if is_infrastructure(fault):
                raise
            apart = partial(handle_apart, handler=handler, batch=batch, rules=HoldRules(), now_ms=now_ms)
            self.bridge.write_now(apart)

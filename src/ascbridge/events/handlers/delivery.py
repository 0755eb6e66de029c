"""Delivery: nothing lost, nothing twice. One loop for each consumer, over whichever log there is.

Take the partitions over, read from where the database says, and for each batch run one transaction:
positions, parked lanes, the handler's work and the ledger (`events.handling`). A failure that belongs to an
event holds that person only; a failure of the machine stops the reader, which waits and starts again from
the database's positions.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ascbridge import telemetry
from ascbridge.events.handlers import holds, set_aside
from ascbridge.events.handlers.handling import Batch, Handler, Outcome, handle_apart, handle_together
from ascbridge.events.handlers.holds import HoldRules
from ascbridge.events.handlers.portions import Portions
from ascbridge.events.handlers.retry import retry_lane, retry_together
from ascbridge.events.logs import positions
from ascbridge.events.logs.faults import (
    CommonFault,
    EventFault,
    InfrastructureFault,
    is_infrastructure,
    reason_of,
)
from ascbridge.events.logs.log import Assignment, OffsetOutsideLog, Record
from ascbridge.events.logs.positions import Claim, Zombie

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.events.logs.log import EventLog, Fetched, Subscription
    from ascbridge.storage.database import Database

__all__ = ["Delivery", "EventFault", "Handler", "HoldRules", "InfrastructureFault", "Zombie"]

T = TypeVar("T")

FETCH_WAIT_S = 0.5
BRIEF_WAIT_S = 0.01  # while there is something else to do: what was set aside, or put back
LANES = 50  # held lanes that are tried before what is new is looked at again
LOOK_ROUND_MS = 5_000  # how often held lanes and metrics are looked at even if nothing happens
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 30.0
PATIENCE = 3  # failures in a row before health turns red, for those that usually pass by themselves

log = telemetry.log(__name__)


class _Stopping(Exception):
    """Somebody called `stop` while the loop was waiting."""


class Delivery:
    """Brings a handler the events of its topics. `member` names this process in the consumer's group, for
    good.

    A transaction takes up to `batch` events, and up to `batch_behind` where more wait and it is quick. It rests after
    each batch, for `pause_ms` at least (0: never), which leaves the machine to those who answer hospitals. `wake` is
    called after a batch is committed: whoever reads what the handler emitted may look at once.
    """

    def __init__(  # noqa: PLR0913 - each is a part or a setting, and all but three go by name
        self,
        handler: Handler,
        log: EventLog,
        database: Database,
        *,
        clock: Clock,
        member: str,
        batch: int = 200,
        batch_behind: int = 0,
        pause_ms: int = 20,
        rules: HoldRules | None = None,
        wake: Callable[[], None] | None = None,
    ) -> None:
        self.name = handler.name
        self.trouble = ""
        """Why this reader stands still, in words for an IT desk; empty while it runs."""
        self.progress_ms = 0
        """When it last handled a batch or found nothing to do, in UTC epoch milliseconds."""
        self._handler, self._log, self._database, self._clock = handler, log, database, clock
        self._member, self._pause_s = member, pause_ms / 1000
        self._portions = Portions(batch, batch_behind)
        self._rules = rules or HoldRules()
        self._wake = wake
        self._stop = asyncio.Event()
        self._claims: dict[Assignment, Claim] = {}
        self._generation = -1
        self._failures = 0
        self._common = self._aside = self._more_held = False
        self._next_look_ms = 0
        self._oldest_ms: int | None = None
        telemetry.backlog_age.labels(self.name).set_function(self.backlog_age_s)

    @property
    def healthy(self) -> bool:
        """Whether the reader runs; `trouble` says why not."""
        return not self.trouble

    @property
    def behind(self) -> bool:
        """Whether more waits than its last batch could hold."""
        return self._portions.full

    def backlog_age_s(self) -> float:
        """Return how old the oldest record is that was fetched and not handled yet, in seconds."""
        return 0.0 if self._oldest_ms is None else max(0, self._clock.now_ms() - self._oldest_ms) / 1000

    def look(self) -> None:
        """Look at held lanes after the batch that it is in: somebody put some back."""
        self._next_look_ms = 0

    def stop(self) -> None:
        """Let `run` end after the batch that it is in."""
        self._stop.set()

    async def run(self) -> None:
        """Deliver until `stop`. Waits out every failure; `trouble` and the log say what it is waiting for."""
        while not self._stop.is_set():
            try:
                await self._read()
            except _Stopping:
                return
            except Exception as fault:  # noqa: BLE001 - a reader that died silently would look like a quiet feed
                await self._wait_out(fault)

    async def _read(self) -> None:
        topics = self._handler.topics
        subscription = await self._or_stop(self._log.subscribe(self.name, topics, self._member))
        self._generation = -1
        try:
            while True:
                if subscription.generation != self._generation:
                    await self._claim(subscription)
                await self._look_round()
                await self._work_off()
                wait_s = BRIEF_WAIT_S if self._aside or self._more_held else FETCH_WAIT_S
                fetched = await self._or_stop(subscription.fetch(self._portions.size, wait_s))
                if subscription.generation == self._generation:
                    await self._deliver(fetched)
        finally:
            await subscription.close()

    async def _claim(self, subscription: Subscription) -> None:
        """Take over what is assigned, and read it from the position that the database has."""
        generation = subscription.generation
        assigned = await subscription.assigned()
        known = await self._database.read(partial(positions.standing, consumer=self.name))
        first: dict[Assignment, int] = {}
        for topic in {one.topic for one in assigned if (self.name, one) not in known}:
            bounds = await self._log.bounds(topic)
            first |= {one: bounds[one.partition][0] for one in assigned if one.topic == topic}
        now_ms = self._clock.now_ms()
        take = partial(
            positions.claim,
            consumer=self.name,
            assignments=assigned,
            owner=self._member,
            now_ms=now_ms,
            first=first,
        )
        claims = await self._database.write(take)
        for assignment, claimed in claims.items():
            await subscription.seek(assignment, claimed.next_offset)
        self._claims, self._generation, self._next_look_ms = claims, generation, 0

    async def _deliver(self, fetched: Fetched) -> None:
        batch = self._batch(fetched)
        if not batch.records:
            self._portions.handled(0, 0.0)
            self._went_well(handled=False)
            return
        self._oldest_ms = min(record.time_ms for record in batch.records)
        began = time.perf_counter()
        outcome = await self._handle(batch)
        rest_s = self._portions.rest_s(self._pause_s, time.perf_counter() - began)
        for assignment, claimed, to_offset in batch.moves:
            self._claims[assignment] = replace(claimed, next_offset=to_offset)
        self._tell(outcome)
        self._went_well(handled=True)
        if rest_s:
            await asyncio.sleep(rest_s)

    def _batch(self, fetched: Fetched) -> Batch:
        order = {topic: place for place, topic in enumerate(self._handler.topics)}
        parts = sorted(fetched.records.items(), key=lambda part: (order[part[0].topic], part[0].partition))
        records: list[Record] = []
        moves = []
        for assignment, some in parts:
            if some:
                records += some
                moves.append((assignment, self._claims[assignment], some[-1].offset + 1))
        return Batch(tuple(records), tuple(moves))

    async def _handle(self, batch: Batch) -> Outcome:
        """Handle a batch as a whole, or where that fails, lane by lane."""
        now_ms = self._clock.now_ms()

        def together(connection: Connection) -> tuple[Outcome, float]:
            began = time.perf_counter()  # here, so that waiting for the writer is not counted
            outcome = handle_together(connection, self._handler, batch, now_ms)
            return outcome, time.perf_counter() - began

        try:
            outcome, seconds = await self._database.write(together)
        except Zombie:
            raise
        except Exception as fault:
            if is_infrastructure(fault):
                raise
            kind = type(fault).__name__
            log.warning("batch failed", consumer=self.name, count=len(batch.records), exception=kind)
        else:
            self._portions.handled(len(batch.records), seconds)
            return outcome
        self._portions.failed()
        apart = partial(
            handle_apart,
            handler=self._handler,
            batch=batch,
            rules=self._rules,
            now_ms=self._clock.now_ms(),
        )
        return await self._database.write(apart)

    async def _look_round(self) -> None:
        """Try held lanes whose time has come, and say how things stand. Raises `Zombie`."""
        now_ms = self._clock.now_ms()
        # Earlier than that, the clock was set back since.
        if self._next_look_ms - LOOK_ROUND_MS <= now_ms < self._next_look_ms:
            return
        await self._still_ours()
        find = partial(
            holds.due,
            consumer=self.name,
            owned=self._claims.keys(),
            now_ms=now_ms,
            longest_ms=self._rules.longest_ms,
            most=LANES,
        )
        lanes, next_ms = await self._database.read(find)
        self._more_held = len(lanes) == LANES
        for lane in await self._not_together(lanes):
            again = partial(
                retry_lane,
                handler=self._handler,
                claims=self._claims,
                lane=lane,
                rules=self._rules,
                now_ms=self._clock.now_ms(),
                may_bury=not self._common,
            )
            outcome = await self._database.write(again)
            self._tell(outcome)
            if outcome.handled:
                self._common = False
        if not self._more_held:
            await self._measure()
        self._aside = True  # to be looked at
        soon_ms = now_ms + LOOK_ROUND_MS
        self._next_look_ms = now_ms if lanes else min(soon_ms, next_ms or soon_ms)

    async def _not_together(self, lanes: list[str]) -> list[str]:
        """Try lanes that somebody put back all at once; return those to be tried one by one. Raises `Zombie`."""
        if not lanes:
            return lanes
        now_ms = self._clock.now_ms()
        together = partial(
            retry_together, handler=self._handler, claims=self._claims, lanes=lanes, now_ms=now_ms
        )
        outcome, free = await self._database.write(together)
        self._tell(outcome)
        if outcome.handled:
            self._common = False
        return [one for one in lanes if one not in free]

    async def _work_off(self) -> None:
        """Handle some of what was set aside for a pause that is over, before anything new. Raises `Zombie`."""
        if not self._aside:
            return
        find = partial(
            set_aside.due, consumer=self.name, owned=self._claims.keys(), limit=self._portions.size
        )
        records = await self._database.read(find)
        self._aside = bool(records)
        if not records:
            return
        parts = {Assignment(record.topic, record.partition) for record in records}
        moves = [(one, self._claims[one], self._claims[one].next_offset) for one in parts]
        self._tell(await self._handle(Batch(tuple(records), tuple(moves), aside=True)))

    async def _still_ours(self) -> None:
        """See that nobody claimed or rewound what is ours: with nothing to read no batch would show it."""
        standing = await self._database.read(partial(positions.standing, consumer=self.name))
        for assignment, claimed in self._claims.items():
            if standing[self.name, assignment].epoch != claimed.epoch:
                raise Zombie(self.name, assignment)

    def _tell(self, outcome: Outcome) -> None:
        """Say what was committed: to whoever reads it, and to whoever looks after us."""
        telemetry.handled.labels(self.name).inc(outcome.handled)
        telemetry.dead_letters.labels(self.name).inc(len(outcome.dead))
        for one in outcome.held:
            log.warning("held", consumer=self.name, lane=one.lane, event_id=one.event_id, cause=one.cause)
        for one in outcome.dead:
            log.error("gave up", consumer=self.name, lane=one.lane, event_id=one.event_id, cause=one.cause)
        if outcome.held:
            self._next_look_ms = 0
        if outcome.handled and self._wake is not None:
            self._wake()

    async def _measure(self) -> None:
        held = await self._database.read(partial(holds.count, consumer=self.name))
        telemetry.held_lanes.labels(self.name).set(held)
        behind = await self._log.behind({one: claimed.next_offset for one, claimed in self._claims.items()})
        for topic in self._handler.topics:
            here = sum(n for assignment, n in behind.items() if assignment.topic == topic)
            telemetry.lag.labels(self.name, topic).set(here)

    def _went_well(self, *, handled: bool) -> None:
        """Forget past failures. Only a handled batch shows that a fault common to many people is over."""
        self.progress_ms = self._clock.now_ms()
        self._oldest_ms = None
        if handled or not self._common:
            self._common = False
            self._failures = 0
            self.trouble = ""

    async def _wait_out(self, fault: Exception) -> None:
        self._failures += 1
        self._common = self._common or isinstance(fault, CommonFault)
        if isinstance(fault, CommonFault | OffsetOutsideLog) or self._failures >= PATIENCE:
            self.trouble = reason_of(fault)
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (self._failures - 1))
        log.error(
            "stands still", consumer=self.name, exception=type(fault).__name__, reason=reason_of(fault),
            tries=self._failures, ms=round(wait_s * 1000),
        )  # fmt: skip
        try:
            await asyncio.wait_for(self._stop.wait(), wait_s)
        except TimeoutError:
            return

    async def _or_stop(self, coroutine: Coroutine[None, None, T]) -> T:
        """Await something that may take long, unless somebody calls `stop`."""
        task = asyncio.ensure_future(coroutine)
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise _Stopping
            return task.result()
        finally:
            stop.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

"""Sends the present state of dirty people to one sink, many people at a time, each person in one request at
a time.

What waits is people, not events, and what is sent is read just before, so an older state never follows a
newer one and a sink that is away costs nothing but its own delay. Outcomes that nobody knows (a time-out, a
5xx) are settled by looking before the next send. A refused Bundle is cut in halves until the person is
found whom it was refused for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ascbridge.events.handlers import pauses
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.record.catching_up import CatchingUp
from ascbridge.record.fhir_server import Accepted, Refused, Unavailable
from ascbridge.record.intents import intend, unknown_to_sink
from ascbridge.record.marking import mark
from ascbridge.record.patience import GATHER_S, Patience
from ascbridge.record.preparers import Asked, Due, prepared
from ascbridge.record.preparing import Batch, Preparation, Send, Sent, Unit, sent_state
from ascbridge.record.settling import (
    LONGEST_WAIT_MS,
    Faulted,
    Held,
    Postponed,
    Result,
    Unsure,
    anybody_waits,
    call_in,
    settle,
    settle_builtin,
    take,
    unsure_of,
)
from ascbridge.record.sinks import BuiltinSink, FhirSink
from ascbridge.telemetry import log, published

if TYPE_CHECKING:
    from ascbridge.clock import Clock
    from ascbridge.record.preparers import Preparers
    from ascbridge.storage.database import Database

LOG = log("publisher")
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
SUCCESSOR_WAIT_MS = 1_000
LOOK_EVERY_S = 0.1
PATIENCE = 3  # failures of the database in a row before health turns red: most pass by themselves
LATE_S = 120
"""How late a server may still come to what it was sent, and never answered."""
CLOCK_STEP_MS = 1_000
"""By how much a clock must go back to have been set: less is what clocks do."""
Missing = Mapping[str, Postponed | Faulted]


class Publisher:
    """Publishes to one sink until stopped. `trouble` says in words why the sink takes nothing just now."""

    def __init__(  # noqa: PLR0913 - each is a part or a setting, and all but four go by name
        self,
        database: Database,
        sink: BuiltinSink | FhirSink,
        preparation: Preparation,
        clock: Clock,
        *,
        people_per_bundle: int = 50,
        in_flight: int = 2,
        lease_s: float = 90,
        catch_up_per_second: float = 200,
        preparers: Preparers | None = None,
        behind: Callable[[], bool] = lambda: False,
        writer: str = "record",
    ) -> None:
        self.trouble = ""
        self._database, self._sink = database, sink
        self._preparation, self._preparers = preparation, preparers
        self._name, self._writer, self._clock = preparation.sink, writer, clock
        self._people_per_bundle = people_per_bundle
        self._in_flight = 1 if isinstance(sink, BuiltinSink) else in_flight
        # The one process that writes a file has one publisher for its own store: nobody to take people from.
        self._alone = isinstance(sink, BuiltinSink) and database.dialect == "sqlite"
        self._lease_ms = int(lease_s * 1000)
        self._shared_turn, self._awake, self._stopping = asyncio.Lock(), asyncio.Event(), False
        self._pause_until = self._rest_until = 0.0
        self._catching_up, self._patience = CatchingUp(catch_up_per_second), Patience(behind)
        self._told_ms: int | None = None
        self._stood = self._failures = 0
        self._look_again: dict[str, float] = {}

    @property
    def sink_takes_nothing(self) -> bool:
        """Whether what is wrong is the sink's alone: everything here works, and waits for it."""
        return bool(self.trouble) and not self._stood

    async def run(self) -> None:
        """Publish until `stop`, waiting out whatever the machine fails in."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._in_flight):
                group.create_task(self._work())

    def stop(self) -> None:
        """Finish what is under way and end."""
        self._stopping = True
        self._awake.set()

    def wake(self) -> None:
        """Look for dirty people soon rather than at the next tenth of a second."""
        self._awake.set()

    async def round(self) -> int:
        """Publish one batch of dirty people; return how many were taken."""
        now_ms = self._clock.now_ms()
        await self._mind_the_clock(now_ms)
        await self._second_looks(now_ms)
        by_ms = self._patience.due_by(now_ms)
        batch = await (
            # `settle_builtin` notices who changed since they were seen.
            self._prepared(Due(self._people_per_bundle, by_ms)) if self._alone else self._take(now_ms, by_ms)
        )
        if batch is None:
            return 0
        if isinstance(self._sink, BuiltinSink):
            await self._store(self._sink, batch)
        else:
            await self._send(self._sink, batch)
        return len(batch.people) + len(batch.merged)

    async def _mind_the_clock(self, now_ms: int) -> None:
        """Let nobody wait for a time that a clock named before it was set back, while we ran or before we began."""
        beyond_ms = now_ms
        if self._told_ms is None:
            await self._remember_doubts()
            beyond_ms += max(LONGEST_WAIT_MS, self._lease_ms)
        elif now_ms > self._told_ms - CLOCK_STEP_MS:
            self._told_ms = now_ms
            return
        await self._database.write(lambda connection: call_in(connection, self._name, beyond_ms, now_ms))
        self._told_ms = now_ms

    async def _prepared(self, asked: Asked) -> Batch | None:
        if self._preparers is not None:
            return await asyncio.to_thread(self._preparers.ask, asked)
        return await self._database.read(lambda connection: prepared(connection, self._preparation, asked))

    async def _take(self, now_ms: int, by_ms: int) -> Batch | None:
        """Take whoever was due by then, so that nobody else does, and prepare them."""
        lease_ms = now_ms + self._lease_ms
        taken = await self._database.write(
            lambda connection: take(connection, self._name, self._people_per_bundle, by_ms, lease_ms)
        )
        return await self._prepared(taken) if taken else None

    async def _work(self) -> None:
        while not self._stopping:
            pause_s = max(self._pause_until, self._rest_until) - asyncio.get_running_loop().time()
            if pause_s > 0:
                self._awake.clear()
                await self._woken(pause_s)
                continue
            self._awake.clear()  # before the look, so that whoever is marked after it wakes us again
            try:
                if await self._database.read(partial(pauses.is_paused, kind="sink", name=self._name)):
                    self._catching_up.failed()  # whoever waits when it goes on comes at a bounded rate
                    await self._woken(FIRST_PAUSE_S)
                    continue
                taken = await self.round()
                await self._keep_pace(taken)
            except Exception as fault:
                if not is_infrastructure(fault):
                    raise
                self._wait_out(fault)
                continue
            self._went_well()
            if taken < self._people_per_bundle and await self._woken(LOOK_EVERY_S):
                await asyncio.sleep(GATHER_S)

    async def _keep_pace(self, taken: int) -> None:
        """Rest after so many people while the sink is being caught up with."""
        if self._catching_up.behind:  # of those who wait some are taken, and some are not due yet
            waits = await self._database.read(partial(anybody_waits, sink=self._name))
            now = asyncio.get_running_loop().time()
            self._rest_until = max(self._rest_until, self._catching_up.rest_until(taken, now, more=waits))

    def _wait_out(self, fault: Exception) -> None:
        """Stand still for a while: the database cannot be had, or its disk is full."""
        self._stood += 1
        wait_s = min(FIRST_PAUSE_S * 2 ** min(self._stood - 1, 20), LONGEST_PAUSE_S)
        self._pause_until = asyncio.get_running_loop().time() + wait_s
        if self._stood >= PATIENCE:
            self.trouble = reason_of(fault)
        reason, kind = reason_of(fault), type(fault).__name__
        LOG.error("stands still", sink=self._name, exception=kind, reason=reason, tries=self._stood)

    def _went_well(self) -> None:
        if self._stood:
            self._stood = 0
            if not self._paused():  # else the sink has troubles of its own
                self.trouble = ""

    async def _woken(self, seconds: float) -> bool:
        """Wait until somebody wakes us, at most so long; return whether somebody did."""
        try:
            await asyncio.wait_for(self._awake.wait(), seconds)
        except TimeoutError:
            return False
        return not self._stopping

    async def _store(self, sink: BuiltinSink, batch: Batch) -> None:
        units = [*batch.shared, *batch.people, *batch.merged]
        results: list[Result] = [(unit, Faulted(unit.fault) if unit.fault else Held({})) for unit in units]
        now_ms = self._clock.now_ms()
        await self._database.write(
            lambda connection: settle_builtin(connection, self._name, sink, results, now_ms)
        )
        self._count(results)

    async def _send(self, sink: FhirSink, batch: Batch) -> None:
        missing = await self._send_shared(sink, batch.shared)
        await self._settle(await self._deliver_ready(sink, batch.people, missing))
        if not batch.merged:
            return
        needed = {name for unit in batch.merged for name in unit.needs}
        held = await self._database.read(lambda connection: set(sent_state(connection, self._name, needed)))
        unheld = {name: Postponed("waits for its successor", SUCCESSOR_WAIT_MS) for name in needed - held}
        await self._settle(await self._deliver_ready(sink, batch.merged, unheld))

    async def _send_shared(self, sink: FhirSink, units: Sequence[Unit]) -> Missing:
        """Send what many refer to, one request at a time; return what the server then lacks, and why."""
        if not units:
            return {}
        async with self._shared_turn:
            names = {send.name for unit in units for send in unit.sends}
            sent = await self._database.read(lambda connection: sent_state(connection, self._name, names))
            results = await self._deliver_ready(
                sink, [u for u in (_again(u, sent) for u in units) if u.sends], {}
            )
            await self._settle(results)
        missing: dict[str, Postponed | Faulted] = {}
        for unit, outcome in results:
            if not isinstance(outcome, Held):
                name, cause = unit.sends[0].name, outcome.cause
                faulted = isinstance(outcome, Faulted)
                missing[name] = Faulted(f"{name}: {cause}") if faulted else Postponed(cause)
        return missing

    async def _deliver_ready(self, sink: FhirSink, units: Sequence[Unit], missing: Missing) -> list[Result]:
        """Deliver the units that may go; say of the others why not."""
        results: list[Result] = []
        ready = []
        for unit in units:
            lacking = [why for name, why in missing.items() if name in unit.needs]
            if unit.fault:
                results.append((unit, Faulted(unit.fault)))
            elif lacking and unit.sends:
                results.append((unit, lacking[0]))
            else:
                ready.append(unit)
        looked = await self._look(sink, ready)
        results += [(unit, Faulted(unit.fault, by_sink=True)) for unit in looked if unit.fault]
        going = [unit for unit in looked if not unit.fault]
        if unknown_to_sink(going) and not self._paused():
            now_ms = self._clock.now_ms()
            await self._database.write(lambda connection: intend(connection, self._name, going, now_ms))
        return results + await self._deliver(sink, going)

    async def _look(self, sink: FhirSink, units: Sequence[Unit]) -> list[Unit]:
        """Find out what became of sends that nobody knows the outcome of: what is held is not sent again."""
        return [
            await self._looked(sink, unit) if any(send.unsure for send in unit.sends) else unit
            for unit in units
        ]

    async def _looked(self, sink: FhirSink, unit: Unit) -> Unit:
        sends: list[Send] = []
        for send in unit.sends:
            if not send.unsure or self._paused():
                sends.append(send)
                continue
            found = await sink.look(send)
            if isinstance(found, Refused):
                return replace(unit, fault=found.cause)
            if isinstance(found, Unavailable):
                self._pause(found)
            sends.append(send if isinstance(found, Unavailable) else found)
        return replace(unit, sends=tuple(sends))

    async def _deliver(self, sink: FhirSink, units: Sequence[Unit]) -> list[Result]:
        """Send units in one Bundle; where it is refused, each half by itself. Whole people go one by one."""
        unclear = [unit for unit in units if any(send.unsure for send in unit.sends)]
        if unclear:
            rest = [unit for unit in units if unit not in unclear]
            return [(u, Unsure("could not be looked at", sent=False)) for u in unclear] + await self._deliver(
                sink, rest
            )
        going = [send for unit in units for send in unit.sends if not send.held]
        if not going:
            return [(unit, Held({send.name: send.version for send in unit.sends})) for unit in units]
        if self._paused():
            return [(unit, Postponed(self.trouble)) for unit in units]
        if sink.whole and len(units) > 1:
            return [result for unit in units for result in await self._deliver(sink, [unit])]
        reply = await sink.put([_going(unit) for unit in units])
        if isinstance(reply, Unavailable):
            self._pause(reply)
            return [
                (unit, Unsure(reply.cause) if reply.unknown else Postponed(reply.cause)) for unit in units
            ]
        self._failures, self.trouble = 0, ""
        if isinstance(reply, Accepted):
            return _accepted(units, going, reply)
        if len(units) == 1:
            return [(units[0], _refused(reply))]
        half = len(units) // 2
        return await self._deliver(sink, units[:half]) + await self._deliver(sink, units[half:])

    async def _settle(self, results: Sequence[Result]) -> None:
        if results:
            now_ms = self._clock.now_ms()
            again_at = asyncio.get_running_loop().time() + LATE_S
            for unit, outcome in results:
                if unit.taken and isinstance(outcome, Held) and any(send.late for send in unit.sends):
                    self._look_again[unit.taken.person_id] = again_at
            doubted = [(self._doubted(unit), outcome) for unit, outcome in results]
            writer = self._writer
            await self._database.write(lambda c: settle(c, self._name, doubted, now_ms, writer))
            self._count(results)

    def _doubted(self, unit: Unit) -> Unit:
        """Return the unit of somebody who will be looked at once more as one to be unsure of until then."""
        if unit.taken is None or unit.taken.person_id not in self._look_again:
            return unit
        return replace(unit, sends=tuple(replace(send, late=True) for send in unit.sends))

    async def _remember_doubts(self) -> None:
        if not isinstance(self._sink, BuiltinSink):
            people = await self._database.read(lambda connection: unsure_of(connection, self._name))
            self._look_again = dict.fromkeys(people, asyncio.get_running_loop().time() + LATE_S)

    async def _second_looks(self, now_ms: int) -> None:
        """Look once more at who was sent for the first time twice: nothing guards what came since against the first."""
        now = asyncio.get_running_loop().time()
        people = [person for person, at in self._look_again.items() if at <= now]
        if people:
            await self._database.write(lambda connection: mark(connection, self._name, people, now_ms))
            for person in people:
                del self._look_again[person]

    def _count(self, results: Sequence[Result]) -> None:
        for unit, outcome in results:
            published.labels(self._name, type(outcome).__name__.lower()).inc(len(unit.sends) or 1)
            if isinstance(outcome, Faulted):
                LOG.warning("not published", sink=self._name, cause=outcome.cause)

    def _paused(self) -> bool:
        return self._pause_until > asyncio.get_running_loop().time()

    def _pause(self, reply: Unavailable) -> None:
        self._failures += 1
        self._catching_up.failed()
        wait_s = min(FIRST_PAUSE_S * 2 ** min(self._failures - 1, 20), LONGEST_PAUSE_S)
        self._pause_until = asyncio.get_running_loop().time() + max(wait_s, reply.wait_s)
        self.trouble = reply.cause
        LOG.warning("sink takes nothing", sink=self._name, cause=reply.cause, tries=self._failures)


def _again(unit: Unit, sent: Mapping[str, Sent]) -> Unit:
    """Return a shared unit as what the sink holds by now leaves it: perhaps somebody else has sent it."""
    sends = []
    for send in unit.sends:
        known = sent.get(send.name)
        if known is None:
            sends.append(send)
        elif known.unsure or known.digest != send.digest:
            sends.append(replace(send, version=known.version, unsure=known.unsure))
    return replace(unit, sends=tuple(sends))


def _going(unit: Unit) -> Unit:
    """Return a unit without what the sink holds already."""
    going = tuple(send for send in unit.sends if not send.held)
    return unit if len(going) == len(unit.sends) else replace(unit, sends=going)


def _accepted(units: Sequence[Unit], going: Sequence[Send], reply: Accepted) -> list[Result]:
    if len(reply.versions) != len(going):
        return [(unit, Unsure("the server answered for another number of resources")) for unit in units]
    versions = dict(zip((send.name for send in going), reply.versions, strict=True))
    return [(unit, Held(versions)) for unit in units]


def _refused(reply: Refused) -> Unsure | Faulted:
    changed = reply.changed_meanwhile
    return Unsure(reply.cause, counts=True) if changed else Faulted(reply.cause, by_sink=True, sent=True)

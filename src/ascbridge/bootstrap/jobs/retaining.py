"""Removes what is resolved and past its time, as a background job that is watched: each round is written down.

On one machine the process that keeps messages empties them, and the one that works does the rest
(`bootstrap.clearing_up`). What is not resolved stays, whatever its age. Imports nothing that only work needs.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ascbridge import telemetry
from ascbridge.bootstrap.parts import settled
from ascbridge.events.logs import retention_rounds
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.events.logs.retention_rounds import Portion
from ascbridge.intake.keeping import emptying
from ascbridge.storage.alone import AlwaysMine
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import kept_round

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy import Connection, Table

    from ascbridge.clock import Clock
    from ascbridge.config import Settings
    from ascbridge.storage.alone import Turn

    Read = Callable[[Callable[[Connection], "Found"]], Awaitable["Found"]]
    Some = Callable[[str, int], Awaitable[Portion]]

_log = telemetry.log("retention")
Found = TypeVar("Found")
LOOK_EVERY_S = 60.0
BETWEEN_TWO_S = 0.05
"""Others have their turn between two portions."""
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
EVERY_MS = 6 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Job:
    """One kind: what does a portion of it (given after what, and the moment before which it goes), and how often."""

    some: Some
    age_ms: int
    every_ms: int = EVERY_MS


class Retention:
    """One process's part of it. A round that fails is told, shown, and tried again in its turn."""

    def __init__(
        self, jobs: Mapping[str, Job], table: Table, write: Read[None], read: Read[dict[str, retention_rounds.Round]],
        clock: Clock, turn: Turn | None = None,
    ) -> None:  # fmt: skip
        """Do `jobs`, by kind, and write their rounds into a table."""
        self._jobs, self._table, self._clock = jobs, table, clock
        self._write, self._read, self._turn = write, read, turn or AlwaysMine()

    async def run(self, stop: asyncio.Event) -> None:
        """Do each as it is due, until told to stop."""
        for kind in self._jobs:
            telemetry.retention_removed.labels(kind)
            telemetry.retention_failing.labels(kind).set(0)
            telemetry.retention_ended.labels(kind).set(self._clock.now_ms() / 1000)
        try:
            while not stop.is_set():
                try:
                    if await self._turn.mine():
                        await self._due(stop)
                except Exception as fault:
                    if not is_infrastructure(fault):
                        raise
                    self._told(fault, "")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
        finally:
            await self._turn.let_go()

    async def _due(self, stop: asyncio.Event) -> None:
        rounds = await self._read(lambda c: retention_rounds.known(c, self._table))
        for kind, job in self._jobs.items():
            last = rounds.get(kind)
            ended_ms = last.ended_ms if last is not None else None
            if ended_ms is not None:
                telemetry.retention_ended.labels(kind).set(ended_ms / 1000)
            again = last is None or ended_ms is None or bool(last.fault)
            if again or not 0 <= self._clock.now_ms() - (ended_ms or 0) < job.every_ms:
                await self.round(kind, stop)

    async def round(self, kind: str, stop: asyncio.Event) -> None:
        """Do one kind to its end."""
        job, began_ms, total = self._jobs[kind], self._clock.now_ms(), Portion(after="")
        try:
            while total.after is not None and not stop.is_set():
                some = await job.some(total.after, began_ms - job.age_ms)
                telemetry.retention_removed.labels(kind).inc(some.removed)
                total = total.with_(some)
                await asyncio.sleep(BETWEEN_TWO_S if total.after is not None else 0)
        except Exception as fault:
            if not is_infrastructure(fault):
                raise
            self._told(fault, kind)
            said, now_ms = f"{type(fault).__name__}: {reason_of(fault)}", self._clock.now_ms()
            await self._write(
                lambda c: retention_rounds.failed(c, self._table, kind, said, total.removed, began_ms, now_ms)
            )
            return
        if total.after is not None:
            return  # told to stop on the way
        now_ms = self._clock.now_ms()
        await self._write(lambda c: retention_rounds.ended(c, self._table, kind, total, began_ms, now_ms))
        telemetry.retention_failing.labels(kind).set(0)
        telemetry.retention_ended.labels(kind).set(now_ms / 1000)
        if total.removed:
            _log.info("removed what was past its time", reason=kind, count=total.removed)

    def _told(self, fault: Exception, kind: str) -> None:
        if kind:
            telemetry.retention_failing.labels(kind).set(1)
        _log.warning(
            "nothing removed this time", reason=kind, exception=type(fault).__name__, cause=reason_of(fault)
        )


def messages(settings: Settings, read: Read[tuple[list[str], Portion]], write: Read[None]) -> dict[str, Job]:
    wanted = settings.retention

    def job(find: Callable[[Connection, str, int], tuple[list[str], Portion]], days: int) -> Job:
        async def some(after: str, before_ms: int) -> Portion:
            out, said = await read(lambda c: find(c, after, before_ms))
            if out:
                await write(partial(emptying.empty, message_ids=out))
            return said

        return Job(some, days * DAY_MS)

    kinds = {
        "messages": (emptying.of_understood, wanted.messages_days),
        "refused": (emptying.of_refused, wanted.refused_days),
    }
    return {kind: job(find, days) for kind, (find, days) in kinds.items() if days}


async def empty_in_files(settings: Settings, write: Read[None], clock: Clock, stop: asyncio.Event) -> None:
    """Empty messages of one machine; `write` writes kept.db, in the thread of the process that keeps."""
    attached = {name: settled.file_of(settings, name) for name in ("kept", "keys")}
    bridge = SqliteDatabase(settled.file_of(settings, "bridge"), attached=attached, writable=False)
    try:
        jobs = messages(settings, bridge.read, write)
        await Retention(jobs, kept_round, write, bridge.read, clock).run(stop)
    finally:
        await bridge.close()

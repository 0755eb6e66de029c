"""Reads a council's database again and again, table by table, for as long as the bridge runs.

A table that cannot be read is told, and tried again after a while that grows; it stops no other table, and no other way
in. Of several processes one reads at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from ascbridge import telemetry
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.intake.databases.council_database import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ascbridge.intake.databases.council_database import CouncilDatabase
    from ascbridge.intake.doors.table_poll import TablePoll
    from ascbridge.storage.alone import Turn

_log = telemetry.log("database_poll")
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0


@dataclass(slots=True)
class _Failed:
    again_at_s: float
    reason: str
    times: int


class DatabasePoll:
    """Reads the tables of one database every `poll_s` seconds, but for while it is `shut`."""

    def __init__(
        self,
        feed: str,
        database: CouncilDatabase,
        tables: Sequence[TablePoll],
        turn: Turn,
        *,
        poll_s: float,
        shut: Callable[[], bool] = lambda: False,
    ) -> None:
        self._feed, self._database, self._tables = feed, database, tables
        self._turn, self._poll_s, self._shut = turn, poll_s, shut
        self._failed: dict[str, _Failed] = {}
        self._read_at_s = time.monotonic()
        telemetry.poll_age.labels(feed).set_function(self.age_s)

    @property
    def trouble(self) -> str:
        """Which tables cannot be read, and why, and what a person must look at; empty where all is well."""
        told = {name: one.reason for name, one in self._failed.items()}
        told |= {one.name: one.suspicion for one in self._tables if one.suspicion and one.name not in told}
        return "; ".join(f"{name}: {reason}" for name, reason in sorted(told.items()))

    def age_s(self) -> float:
        """How long ago the last table was read, or left to another process, in seconds, where one waits longest."""
        return time.monotonic() - self._read_at_s

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop."""
        try:
            while not stop.is_set():
                await self.look()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._pause_s())
        finally:
            await self._database.close()
            await self._turn.let_go()

    def _pause_s(self) -> float:
        """Until the next look: sooner where a table that failed is due sooner."""
        due = [one.again_at_s - time.monotonic() for one in self._failed.values()]
        return max(0.05, min([self._poll_s, *due]))

    async def look(self) -> None:
        """Read every table once, where it is our turn; none while the feed is drained."""
        if self._shut():
            self._failed.clear()
            self._read_at_s = time.monotonic()
            return
        try:
            mine = await self._turn.mine()
        except Exception as fault:
            if not is_infrastructure(fault):
                raise
            _log.warning("nobody can be asked whose turn it is", feed=self._feed, reason=reason_of(fault))
            return
        if not mine:
            self._failed.clear()
            self._read_at_s = time.monotonic()
            for table in self._tables:
                table.forget()
            return
        for table in self._tables:
            await self._attend(table)
        if not self._failed:
            self._read_at_s = time.monotonic()

    async def _attend(self, table: TablePoll) -> None:
        failed = self._failed.get(table.name)
        if failed is not None and time.monotonic() < failed.again_at_s:
            return
        try:
            await table.poll()
            await table.sweep(time.monotonic() + self._poll_s)
        except Exception as fault:
            # Two who keep one row at once, one of them out of its turn: one breaks off and sees what is stored.
            if not (is_infrastructure(fault) or isinstance(fault, IntegrityError)):
                raise
            self._note(table, failed, fault)
        else:
            if self._failed.pop(table.name, None) is not None:
                _log.info("table is read again", feed=self._feed)

    def _note(self, table: TablePoll, failed: _Failed | None, fault: Exception) -> None:
        times = failed.times + 1 if failed is not None else 0
        reason = reason_of(fault)
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**times)
        self._failed[table.name] = _Failed(time.monotonic() + wait_s, reason, times)
        if not isinstance(fault, NoAnswer):
            table.forget()  # whether our own database took the last page is not known: see what is stored
        if failed is None or failed.reason != reason:
            _log.error("table cannot be read", feed=self._feed, reason=f"{table.name}: {reason}")

"""Looks every minute which team or worker is to be nudged, and nudges them."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.events.handlers import pauses
from ascbridge.events.ledgers import sink_counts
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.nudges import nudge_rules, nudge_store, worker_work
from ascbridge.nudges.nudge_rules import TeamWork, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.discharge.folding.stays import Desk
    from ascbridge.nudges.nudge_rules import Reader, Rhythm
    from ascbridge.storage.alone import Turn
    from ascbridge.storage.database import Database

    Send = Callable[[Sequence[str], str, str], None]

_log = telemetry.log("nudges")
LOOK_S = 60.0


class Nudger:
    """Nudges teams and workers. `to` says which addresses each has; `send` sends to them, and may block its thread.

    What could not be sent is tried at the next look: a team may hear a thing twice, and misses none.
    """

    name = "nudges"

    def __init__(
        self,
        to: Mapping[Reader, Sequence[str]],
        rhythm: Rhythm,
        database: Database,
        *,
        send: Send,
        link: str,
        desk: Desk,
        clock: Clock,
        turn: Turn,
    ) -> None:
        self.trouble = ""
        self._to, self._rhythm, self._database, self._send = to, rhythm, database, send
        self._link, self._desk, self._clock, self._turn = link, desk, clock, turn
        self._workers = [one.name for one in to if one.worker]

    def trouble_now(self) -> str:
        """Say what somebody must look at, or nothing."""
        return self.trouble

    async def run(self, stop: asyncio.Event) -> None:
        """Nudge until told to stop."""
        try:
            while not stop.is_set():
                try:
                    if await self._turn.mine():
                        await self.look()
                except Exception as fault:
                    if not is_infrastructure(fault):
                        raise
                    self.trouble = reason_of(fault)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_S)
        finally:
            await self._turn.let_go()

    async def look(self) -> None:
        """Nudge whoever is to be nudged now; nobody while nudges are paused."""
        if await self._database.read(partial(pauses.is_paused, kind="sink", name=self.name)):
            self.trouble = ""
            return
        now_ms = self._clock.now_ms()
        work, told = await self._database.read(partial(self._read, now_ms=now_ms))
        trouble = ""
        for reader, addresses in self._to.items():
            own = work.get(reader.key, TeamWork())
            trouble = await self._tell(reader, addresses, own, told.get(reader.key), now_ms) or trouble
        self.trouble = trouble

    def _read(self, connection: Connection, now_ms: int) -> tuple[dict[str, TeamWork], dict[str, Told]]:
        """Return what there is to tell each reader, and what each was told, by their keys."""
        ahead_ms = self._rhythm.ahead_ms
        work = nudge_store.work_of(connection, self._desk.generation, now_ms, ahead_ms)
        if self._workers:
            named = worker_work.work_of(
                connection, self._desk.data_keys, self._workers, self._desk.generation, now_ms, ahead_ms
            )
            work |= {reader.key: named[reader.name] for reader in self._to if reader.worker}
        return work, nudge_store.told(connection, [reader.key for reader in self._to])

    async def _tell(
        self, reader: Reader, addresses: Sequence[str], work: TeamWork, known: Told | None, now_ms: int
    ) -> str:
        before = known or Told()
        kind = nudge_rules.nudge(work, before, now_ms, self._rhythm)
        if kind is not None:
            said = nudge_rules.to_say(work, before, kind)
            subject = nudge_rules.subject(said, kind, self._rhythm)
            text = nudge_rules.text(reader, said, kind, self._rhythm, self._link)
            try:
                await asyncio.to_thread(self._send, addresses, subject, text)
            except OSError as fault:
                _log.warning("a nudge was not sent", exception=type(fault).__name__)
                return f"mail cannot be sent: {type(fault).__name__}"
        after = nudge_rules.after(work, before, kind, now_ms, self._rhythm)
        if after != known:

            def keep(connection: Connection) -> None:
                nudge_store.keep(connection, reader.key, after)
                sink_counts.went(connection, self.name, int(kind is not None), now_ms)

            await self._database.write(keep)
        return ""

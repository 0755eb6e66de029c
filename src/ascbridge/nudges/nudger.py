"""Looks every minute which team is to be nudged, and nudges it."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.events import pauses, sink_counts
from ascbridge.events.faults import is_infrastructure, reason_of
from ascbridge.nudges import nudge_rules, nudge_store
from ascbridge.nudges.nudge_rules import TeamWork, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from ascbridge.clock import Clock
    from ascbridge.nudges.nudge_rules import Rhythm
    from ascbridge.storage.alone import Turn
    from ascbridge.storage.database import Database

    Send = Callable[[Sequence[str], str, str], None]

_log = telemetry.log("nudges")
LOOK_S = 60.0


class Nudger:
    """Nudges teams. `to` says which addresses each team has; `send` sends to them, and may block its thread.

    What could not be sent is tried at the next look: a team may hear a thing twice, and misses none.
    """

    name = "nudges"

    def __init__(
        self,
        to: Mapping[str, Sequence[str]],
        rhythm: Rhythm,
        database: Database,
        *,
        send: Send,
        link: str,
        generation: int,
        clock: Clock,
        turn: Turn,
    ) -> None:
        self.trouble = ""
        self._to, self._rhythm, self._database, self._send = to, rhythm, database, send
        self._link, self._generation, self._clock, self._turn = link, generation, clock, turn

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
        work = await self._database.read(
            partial(
                nudge_store.work_of,
                generation=self._generation,
                now_ms=now_ms,
                ahead_ms=self._rhythm.ahead_ms,
            )
        )
        told = await self._database.read(partial(nudge_store.told, teams=self._to))
        trouble = ""
        for team, addresses in self._to.items():
            trouble = (
                await self._tell(team, addresses, work.get(team, TeamWork()), told.get(team), now_ms)
                or trouble
            )
        self.trouble = trouble

    async def _tell(
        self, team: str, addresses: Sequence[str], work: TeamWork, known: Told | None, now_ms: int
    ) -> str:
        before = known or Told()
        kind = nudge_rules.nudge(work, before, now_ms, self._rhythm)
        if kind is not None:
            said = nudge_rules.to_say(work, before, kind)
            subject = nudge_rules.subject(said, kind, self._rhythm)
            text = nudge_rules.text(team, said, kind, self._rhythm, self._link)
            try:
                await asyncio.to_thread(self._send, addresses, subject, text)
            except OSError as fault:
                _log.warning("a nudge was not sent", exception=type(fault).__name__)
                return f"mail cannot be sent: {type(fault).__name__}"
        after = nudge_rules.after(work, before, kind, now_ms, self._rhythm)
        if after != known:

            def keep(connection: Connection) -> None:
                nudge_store.keep(connection, team, after)
                sink_counts.went(connection, self.name, int(kind is not None), now_ms)

            await self._database.write(keep)
        return ""

"""Keeps the hourly ledger: closes each feed's hours, counts closed ones again, and looks for what is missing.

One process of all does it, a little behind those who keep and understand. It reads ranges of ids only, so it costs as
much however much is stored. What it finds is told once, shown until it comes right, and never put right by itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts import replying
from ascbridge.bootstrap.parts.ground import READERS
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.events.ledgers import hour_chain, hour_findings, hour_revisits
from ascbridge.events.ledgers.chaining import NOTHING_BEFORE
from ascbridge.events.ledgers.hour_count import HOUR_MS, Counted
from ascbridge.events.ledgers.hour_gaps import Missing
from ascbridge.events.logs.faults import is_infrastructure, reason_of
from ascbridge.operations.flowing.flows import TRANSLATOR
from ascbridge.operations.flowing.hour_watch import HourWatch
from ascbridge.storage.alone import AlwaysMine, PostgresTurn
from ascbridge.storage.database import PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.clock import Clock
    from ascbridge.storage.database import Database

LOOK_EVERY_MS = 60_000
SETTLED_MS = 60_000
"""Younger messages are looked at the next time."""
SEAL_AFTER_MS = 10 * 60_000
"""How long after its end an hour is closed."""
FIRST_LOOK_MS = 2 * HOUR_MS
"""How far back the first look after a start goes; what is older is counted again hour by hour."""
AT_MOST = 24
"""Hours that are closed in one round: after a long stop the others have their turn too."""
AGAIN_EVERY_MS = 10 * 60_000
ENTRIES_AT_ONCE = 500
_log = telemetry.log("ledger")


class HourKeeper:
    """One process's part in it. `step` does what is due now."""

    def __init__(self, database: Database, watch: HourWatch, clock: Clock, writer: str) -> None:
        """Keep the ledger of this database; `writer` names this process in the audit."""
        self._database, self._watch, self._clock, self._writer = database, watch, clock, writer
        self._looked_ms = 0
        self._round_ms = 0
        self._again_ms = 0
        self._proved: tuple[int, str] = (0, NOTHING_BEFORE)

    async def step(self, stop: asyncio.Event) -> None:
        """Look, close and count again, each as it is due."""
        now_ms = self._clock.now_ms()
        if 0 <= now_ms - self._round_ms < LOOK_EVERY_MS:
            return
        await self._look(now_ms)
        await self._close(now_ms, stop)
        if not 0 <= now_ms - self._again_ms < AGAIN_EVERY_MS:
            await self._count_again(now_ms)
            await self._prove(now_ms)
            self._again_ms = now_ms
        await self._show(now_ms)
        self._round_ms = now_ms

    async def _look(self, now_ms: int) -> None:
        until_ms = now_ms - SETTLED_MS
        since_ms = min(max(self._looked_ms, now_ms - FIRST_LOOK_MS), until_ms)
        found = await self._watch.missing(since_ms, until_ms)
        known = [
            one.what for one in await self._database.read(hour_findings.still_missing) if one.what.message_id
        ]
        still = await self._watch.sure_of([one for one in known if one not in found])
        gone = [one for one in known if one not in found and one not in still]
        await self._tell(found, gone, now_ms)
        self._looked_ms = until_ms

    async def _close(self, now_ms: int, stop: asyncio.Event) -> None:
        for _ in range(AT_MOST):
            hour_ms = await self._database.read(hour_chain.next_hour)
            if stop.is_set() or hour_ms is None or hour_ms + HOUR_MS + SEAL_AFTER_MS > now_ms:
                return
            await self._anchored(now_ms)
            counted = await self._watch.count(hour_ms)
            made = await self._database.write(
                lambda c, hour_ms=hour_ms, counted=counted: hour_revisits.close(  # type: ignore[misc]  # bound at once
                    c, hour_ms, counted, now_ms, self._writer
                )
            )
            found = [
                _short(one.feed, hour_ms, one.counted)
                for one in made
                if _short(one.feed, hour_ms, one.counted).n > 0
            ]
            await self._tell(await self._unnamed(found), (), now_ms)

    async def _count_again(self, now_ms: int) -> None:
        """Count hours again that were not at rest or have come to more at the door, and one of the others in turn."""
        for hour_ms in await self._database.read(partial(hour_revisits.due, now_ms=now_ms)):
            counted = await self._watch.count(hour_ms)
            before = await self._database.read(partial(hour_chain.last_of_hour, hour_ms=hour_ms))
            lost, changed = [], {}
            for feed, one in counted.items():
                missing = _lost(feed, hour_ms, before[feed].counted, one) if feed in before else None
                if missing is not None:
                    lost.append(missing)
                else:
                    changed[feed] = one
            lost += [
                Missing("kept", feed, hour_ms, n=one.counted.counts.get("stored", 0))
                for feed, one in before.items()
                if feed not in counted and one.counted.counts.get("stored")
            ]
            known = [
                one.what
                for one in await self._database.read(hour_findings.still_missing)
                if one.what.hop == "kept" and not one.what.message_id and one.what.hour_ms == hour_ms
            ]
            named = {one.feed for one in lost}
            await self._database.write(
                lambda c, h=hour_ms, new=changed, n=now_ms: hour_revisits.correct(c, h, new, n, self._writer)  # type: ignore[misc]  # as above
            )
            right = [one for one in known if one.feed not in named]
            await self._tell(await self._unnamed(lost), right, now_ms)

    async def _prove(self, now_ms: int) -> None:
        """See that the next entries of the chain are as they were written, and the last as the audit knows it."""
        number, chain = self._proved
        some = await self._database.read(partial(hour_chain.entries, after=number, most=ENTRIES_AT_ONCE))
        flaws = list(hour_chain.verify((one.line() for one in some), chain, number))
        self._proved = (
            (some[-1].number, some[-1].chain) if len(some) == ENTRIES_AT_ONCE else (0, NOTHING_BEFORE)
        )
        await self._tell_flaws(flaws, now_ms)
        await self._anchored(now_ms)

    async def _anchored(self, now_ms: int) -> None:
        """See that the chain ends where the audit says, before anything is written behind it."""
        await self._tell_flaws(
            await self._database.read(partial(hour_chain.anchor_flaws, now_ms=now_ms)), now_ms
        )

    async def _tell_flaws(self, flaws: Sequence[hour_chain.Flaw], now_ms: int) -> None:
        found = [Missing("entry", "", 0, "", str(one.number), one.said) for one in flaws]
        await self._tell(found, (), now_ms)

    async def _unnamed(self, found: Sequence[Missing]) -> list[Missing]:
        """Of so many that are missing in an hour, those of which no finding has the id."""
        known = [one.what for one in await self._database.read(hour_findings.still_missing)]
        left = []
        for one in found:
            named = sum(
                other.hop == "kept"
                and bool(other.message_id)
                and (other.feed, other.hour_ms) == (one.feed, one.hour_ms)
                for other in known
            )
            if one.n > named:
                left.append(replace(one, n=one.n - named))
        return left

    async def _tell(self, found: Sequence[Missing], gone: Sequence[Missing], now_ms: int) -> None:
        if not found and not gone:
            return
        fresh = await self._database.write(partial(hour_findings.note, found=found, now_ms=now_ms))
        await self._database.write(partial(hour_findings.came_right, gone=gone, now_ms=now_ms))
        for one in fresh:
            _log.error(
                "something is missing", feed=one.feed, reason=one.hop, message_id=one.message_id,
                consumer=one.reader, count=one.n,
            )  # fmt: skip
        for one in gone:
            _log.info(
                "nothing is missing there any more", feed=one.feed, reason=one.hop, message_id=one.message_id
            )

    async def _show(self, now_ms: int) -> None:
        telemetry.ledger_missing.set(await self._database.read(hour_findings.how_many))
        telemetry.ledger_looked.set(now_ms / 1000)


async def keep_hours(ground: Ground, stop: asyncio.Event) -> None:
    """Keep the hourly ledger until told to stop."""
    database = ground.database
    watch = HourWatch(database, ground.log, READERS | replying.readers(ground.settings), TRANSLATOR)
    keeper = HourKeeper(database, watch, ground.clock, ground.member)
    turn = PostgresTurn(database, "ledger") if isinstance(database, PostgresDatabase) else AlwaysMine()
    told = False

    async def step() -> None:
        nonlocal told
        if not await turn.mine():
            return
        try:
            await keeper.step(stop)
            told = False
        except Exception as fault:
            if is_infrastructure(fault):
                raise
            if not told:
                _log.error("the ledger is not kept", exception=type(fault).__name__, reason=reason_of(fault))
            told = True

    try:
        await again_and_again(step, stop, "the hourly ledger")
    finally:
        await turn.let_go()


def _short(feed: str, hour_ms: int, counted: Counted) -> Missing:
    """By how many the store has less than came to the door."""
    n = counted.counts.get("kept", 0) - counted.counts.get("stored", 0)
    return Missing("kept", feed, hour_ms, n=n)


def _lost(feed: str, hour_ms: int, before: Counted, now: Counted) -> Missing | None:
    """What an hour has less than it had, or less than came; None where all that it had is there."""
    had, has = before.counts.get("stored", 0), now.counts.get("stored", 0)
    short = max(had - has, _short(feed, hour_ms, now).n)
    if short > 0:
        return Missing("kept", feed, hour_ms, n=short)
    if had == has and before.digests.get("stored") != now.digests.get("stored"):
        return Missing("kept", feed, hour_ms, n=1)
    return None

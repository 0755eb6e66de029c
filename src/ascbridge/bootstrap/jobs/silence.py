"""Learns how much hospitals' feeds usually send, and notices when one, or one kind of its messages, has gone quiet.

Every minute, behind those who keep and understand; of several processes one does it. A council's feeds come in files
and may be silent for hours: for them the bound of their profile stands alone.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.job_loop import again_and_again
from ascbridge.discharge.keeping.wards_heard import wards
from ascbridge.intake.keeping import arrivals
from ascbridge.storage.alone import AlwaysMine, PostgresTurn
from ascbridge.storage.database import PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.bootstrap.parts.ground import Ground
    from ascbridge.intake.keeping.arrivals import Quiet

LOOK_EVERY_MS = 60_000
LEAVES_TO_OTHERS = 19
"""How many times as long as a portion took it waits before the next: a twentieth of a processor, also for weeks."""
ANY = "any"
"""The kind of message of a whole feed, where it is counted."""
_log = telemetry.log("silence")


async def watch_silence(ground: Ground, stop: asyncio.Event) -> None:
    """Count and look until told to stop."""
    profiles = settled.profiles_of(ground.settings).values()
    feeds = sorted(one.feed.name for one in profiles if one.feed.source == "hospital_adt")
    for feed in feeds:
        telemetry.feed_quiet.labels(feed, ANY).set(0)
    database = ground.database
    turn = PostgresTurn(database, "silence") if isinstance(database, PostgresDatabase) else AlwaysMine()
    looked_ms = 0
    before: frozenset[tuple[str, str]] = frozenset()

    async def step() -> None:
        nonlocal looked_ms, before
        now_ms = ground.clock.now_ms()
        if 0 <= now_ms - looked_ms < LOOK_EVERY_MS or not await turn.mine():
            return
        more = True
        while more and not stop.is_set():
            begun = time.monotonic()
            more = await database.write(partial(arrivals.count_on, now_ms=now_ms, wards=wards))
            # At the first start there are weeks to count: nearly all of the writer's time stays for what comes in.
            await asyncio.sleep((time.monotonic() - begun) * LEAVES_TO_OTHERS if more else 0)
        await database.write(partial(arrivals.forget, now_ms=now_ms))
        is_holiday = ground.desk.known_lists.now.days(now_ms).calendar.is_bank_holiday
        found = await database.write(lambda c: arrivals.look(c, feeds, now_ms, is_holiday))
        before = _told(found, before)
        looked_ms = now_ms

    try:
        await again_and_again(step, stop, "counts of what feeds usually send")
    finally:
        await turn.let_go()


def _told(found: Sequence[Quiet], before: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Show to Prometheus and the log what is quiet now, and what no longer is. Returns what is."""
    now = frozenset((one.feed, one.kind) for one in found)
    for feed, kind in before - now:
        if not kind:
            telemetry.feed_quiet.labels(feed, ANY).set(0)
        elif " " not in kind:
            telemetry.feed_quiet.remove(feed, kind)
        _log.info("feed speaks again", feed=feed, trigger=kind or ANY)
    for one in found:
        if " " not in one.kind:  # wards are too many for labels: alerts name them
            telemetry.feed_quiet.labels(one.feed, one.kind or ANY).set(one.usual)
        if (one.feed, one.kind) not in before:
            _log.warning("feed is unusually quiet", feed=one.feed, trigger=one.kind or ANY, count=one.usual)
    return now

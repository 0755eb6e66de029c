"""What hospitals usually send is learned beside everything else, and silence shows to Prometheus until it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import generate_latest
from sqlalchemy import delete, select

from ascbridge import telemetry
from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.jobs import silence
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.intake.keeping.usual_day import SLOT_MS
from ascbridge.storage.tables import arrival_count, feed_quiet

if TYPE_CHECKING:
    import pytest

    from ascbridge.config import Settings

PATIENCE_S = 60
WEEK = 7 * 86_400_000


def shown(feed: str) -> float:
    name = f'ascbridge_feed_unusually_quiet{{feed="{feed}",trigger="any"}} '
    lines = generate_latest(telemetry.registry).decode().splitlines()
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)


async def test_silence_is_shown_while_it_lasts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "LOOK_EVERY_MS", 0)
    prepare(settings)
    ground, stop = open_ground(settings), asyncio.Event()
    profiles = settled.profiles_of(settings).values()
    (feed,) = (one.feed.name for one in profiles if one.feed.source == "hospital_adt")
    slot = ground.clock.now_ms() // SLOT_MS * SLOT_MS
    before = range(
        slot - 5 * WEEK, slot - 6 * 86_400_000, SLOT_MS
    )  # all of it, whatever day of the week today is
    rows = [{"feed": feed, "slot_ms": one, "kind": "", "n": 5, "last_ms": one} for one in before]
    await ground.database.write(lambda c: c.execute(arrival_count.insert(), rows))
    running = asyncio.create_task(silence.watch_silence(ground, stop))
    async with asyncio.timeout(PATIENCE_S):
        while not shown(feed):  # noqa: ASYNC110  # a gauge tells nobody
            await asyncio.sleep(0.01)
        assert await ground.database.read(lambda c: c.execute(select(feed_quiet.c.feed)).scalars().all()) == [
            feed
        ]
        await ground.database.write(lambda c: c.execute(delete(arrival_count)))
        while shown(feed):  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
    await ground.database.close()

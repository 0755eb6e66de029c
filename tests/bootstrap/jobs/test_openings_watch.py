"""What nobody has looked at in time is counted where Prometheus sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ascbridge import telemetry
from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.jobs.openings_watch import watch_openings
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.storage.tables import opening

if TYPE_CHECKING:
    from ascbridge.config import Settings

PATIENCE_S = 60


async def test_overdue_openings_are_counted(settings: Settings) -> None:
    prepare(settings)
    ground, stop = open_ground(settings), asyncio.Event()
    far_ms = ground.clock.now_ms() + 10**9
    rows = [
        {"opening_id": id, "person_id": "n1", "at_ms": 1, "until_ms": 2, "due_ms": due, "outcome": outcome}
        for id, due, outcome in (("o1", 1, ""), ("o2", 2, ""), ("o3", far_ms, ""), ("o4", 1, "proper"))
    ]
    await ground.database.write(lambda c: c.execute(opening.insert(), rows))
    telemetry.openings_overdue.set(0)
    watching = asyncio.create_task(watch_openings(ground, stop))
    async with asyncio.timeout(PATIENCE_S):
        while telemetry.registry.get_sample_value("ascbridge_openings_overdue") == 0:  # noqa: ASYNC110  # a gauge tells nobody
            await asyncio.sleep(0.01)
    assert telemetry.registry.get_sample_value("ascbridge_openings_overdue") == 2
    stop.set()
    await asyncio.wait_for(watching, PATIENCE_S)
    await ground.database.close()

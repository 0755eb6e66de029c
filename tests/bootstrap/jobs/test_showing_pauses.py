"""What is stopped shows in the metrics, and what is not shows as not."""

import asyncio
from pathlib import Path

from ascbridge import telemetry
from ascbridge.bootstrap.jobs import showing_pauses
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.bootstrap.parts.settled import keyring_of
from ascbridge.config import load
from ascbridge.events.handlers import pauses
from ascbridge.events.handlers.pauses import Pause
from ascbridge.storage import migration

PATIENCE_S = 60


def shown(kind: str, name: str) -> float | None:
    return telemetry.registry.get_sample_value("ascbridge_paused", {"kind": kind, "name": name})


async def test_what_is_stopped_shows(tmp_path: Path) -> None:
    migration.upgrade_sqlite(tmp_path)
    settings = load(None, data_dir=tmp_path)
    keyring_of(settings, create=True)
    ground, stop = open_ground(settings), asyncio.Event()
    one = Pause("feed", "itk-v24", "pause", 1, "Ann", "it-operations", "a test")
    await ground.database.write(lambda c: pauses.begin(c, one))
    running = asyncio.create_task(showing_pauses.show_pauses(ground, stop))
    async with asyncio.timeout(PATIENCE_S):
        while shown("feed", "itk-v24") != 1:  # noqa: ASYNC110  # a gauge tells nobody
            await asyncio.sleep(0.01)
    assert (shown("family", "task"), shown("sink", "icr")) == (0, 0)
    assert shown("feed", "desk") is None
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
    await ground.database.close()

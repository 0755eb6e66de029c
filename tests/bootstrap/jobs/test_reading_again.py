"""What was read before codes came to mean something else is read again by itself, while the bridge works."""

import asyncio
from collections.abc import Callable

from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.jobs.reading_again import read_again
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.bootstrap.working import completing_of
from ascbridge.config import Settings
from ascbridge.intake.reading import relearning

PATIENCE_S = 120


async def test_it_goes_on_to_its_end(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    prepare(settings)
    ground = open_ground(settings)
    completing, stop = completing_of(ground, ground.translator()), asyncio.Event()
    await ground.database.write(lambda c: relearning.begin(c, "itk-v24", {}, "code map 1", 1))
    running = asyncio.create_task(read_again(ground, completing, stop))
    async with asyncio.timeout(PATIENCE_S):
        while (await ground.database.read(relearning.latest))["itk-v24"].state != "done":
            assert not running.done()
            await asyncio.sleep(0.02)
    stop.set()
    await running
    await ground.log.close()
    await ground.database.close()

"""What nothing uses is written down while messages come, and what is left at the end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from ascbridge.bootstrap.jobs.noting_unused import note_unused
from ascbridge.intake.keeping.unmapped import found
from tests.web.city import City

if TYPE_CHECKING:
    from pathlib import Path

    from ascbridge.bootstrap.parts.ground import Ground


class _Ground:
    def __init__(self, city: City) -> None:
        self.database = city.bridge


async def test_it_is_written_while_it_runs_and_the_rest_at_the_end(tmp_path: Path) -> None:
    city, stop = City(tmp_path), asyncio.Event()
    tell = city.translator.unread.of("itk-v24", 1)
    tell(("segment", "AL1"), "AL1|1")
    running = asyncio.create_task(note_unused(cast("Ground", _Ground(city)), city.translator, stop))
    while not city.bridge.read_now(found):  # noqa: ASYNC110  # another task writes it, and tells nobody
        await asyncio.sleep(0)
    city.translator.unread.of("itk-v24", 2)(("segment", "AL1"), "AL1|2")
    stop.set()
    await running
    (one,) = city.bridge.read_now(found)
    assert one.n == 2
    city.close()

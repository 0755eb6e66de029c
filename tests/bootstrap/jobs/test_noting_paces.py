"""How far everything is, is noted again and again, for the flow map."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from ascbridge.bootstrap.jobs.noting_paces import note_paces
from ascbridge.operations.flowing.paces import LEAST_MS, Paces
from tests.web.conftest import empty_city

if TYPE_CHECKING:
    from ascbridge.bootstrap.parts.ground import Ground
    from tests.web.city import City

__all__ = ["empty_city"]


async def test_it_is_noted_once_and_then_when_it_is_due(empty_city: City) -> None:
    stop, seen, city = asyncio.Event(), Paces(), empty_city
    ground = cast("Ground", SimpleNamespace(database=city.bridge, clock=city.clock, paces=seen))
    noting = asyncio.create_task(note_paces(ground, stop))
    async with asyncio.timeout(60):
        while seen.due(city.clock.now_ms()):  # noqa: ASYNC110  # nobody tells that it has looked
            await asyncio.sleep(0.01)
    stop.set()
    await noting
    found = seen.before(city.clock.now_ms() + LEAST_MS)
    assert found is not None
    assert found.at_ms == city.clock.now_ms()

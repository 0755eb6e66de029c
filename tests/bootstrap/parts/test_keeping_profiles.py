"""A running process goes by the versions that people put in force, within a second or so, and says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ascbridge.bootstrap.parts.keeping_profiles import keep_profiles
from ascbridge.intake.agreed.profiles_in_force import ProfilesInForce
from tests.intake.agreed.test_profiles_in_force import LATER, put
from tests.web.conftest import empty_city

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.web.city import City

__all__ = ["empty_city"]


async def test_what_is_put_in_force_holds_in_a_process_that_runs_and_what_waits_is_completed(
    empty_city: City,
) -> None:
    city, stop = empty_city, asyncio.Event()
    here, beside = (ProfilesInForce(city.profiles, city.clock.now_ms) for _ in range(2))
    completed = asyncio.Event()

    async def complete() -> None:
        completed.set()

    looks = 0

    async def read(work: Callable[[Connection], bool]) -> bool:
        nonlocal looks
        found = await city.bridge.read(work)
        looks += 1
        return found

    running = [
        asyncio.create_task(keep_profiles(here, read, stop, complete)),
        asyncio.create_task(keep_profiles(beside, read, stop)),
    ]
    while looks < len(running):  # noqa: ASYNC110  # what holds at the start is no change
        await asyncio.sleep(0)
    put(city, LATER, city.clock.at_ms + 5_000)
    while any(  # noqa: ASYNC110  # another task looks, and tells nobody
        one.at("itk-v24", city.clock.at_ms).until_ms > city.clock.at_ms + 5_000 for one in (here, beside)
    ):
        await asyncio.sleep(0)
    assert here.numbers()["itk-v24"] == beside.numbers()["itk-v24"] == 0
    assert not completed.is_set()
    city.clock.at_ms += 5_000
    await asyncio.wait_for(completed.wait(), 60)
    assert here.numbers()["itk-v24"] == beside.numbers()["itk-v24"] == 1
    stop.set()
    await asyncio.gather(*running)

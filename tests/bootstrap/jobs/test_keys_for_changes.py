"""The process that keeps messages finds what keys are wanted in the other's database, and gives them in its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ascbridge.bootstrap.jobs import keys_for_changes
from tests.operations.conftest import empty_city
from tests.operations.mending.test_mend import OLA, PAT, Ward, ask, said_of, take_effect

if TYPE_CHECKING:
    from tests.web.city import City

__all__ = ["empty_city"]
PATIENCE_S = 60


async def test_keys_are_given_beside_and_the_change_takes_effect_by_a_second_person(empty_city: City) -> None:
    city = empty_city
    ward = Ward(city)
    mending_id = ask(city, ward.bury(ward.admit()), {"PID-3": "L99^^^RKB^PI"})
    assert "no key yet" in said_of(city, mending_id).refused
    give = keys_for_changes.Giver(city.settings, city.keyring, city.data_keys, city.clock)
    for in_files in (True, False):  # the second time nothing is new
        stop = asyncio.Event()
        giving = keys_for_changes.give_in_files(city.settings, city.keys, give, stop)
        if not in_files:
            giving.close()
            giving = keys_for_changes.give_in_postgres(city.keys, give, stop)
            stop.set()
        running = asyncio.create_task(giving)
        async with asyncio.timeout(PATIENCE_S):
            while in_files and not city.bridge.read_now(lambda c: city.mender.has_keys(c, mending_id)):
                assert not running.done()
                await asyncio.sleep(0.02)
        stop.set()
        await running
    city.bridge.write_now(lambda c: city.mender.try_again(c, mending_id, OLA, city.clock.at_ms))
    said = said_of(city, mending_id)
    assert (said.refused, said.whom[0].after) == ("", "somebody not known here yet")
    assert take_effect(city, mending_id, PAT) == "mended"

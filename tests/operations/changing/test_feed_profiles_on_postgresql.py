"""A feed's profile is tried, asked for, signed, put in force and rolled back on PostgreSQL, and messages read again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.reading import relearning
from ascbridge.operations.changing import feed_profiles
from ascbridge.operations.changing.feed_profiles import CannotChange
from tests.intake.reading.test_relearning import ONE_IS_TWO
from tests.operations.changing.test_feed_profiles import FEED, OLA, active, asked, itk, rolled_back, signed
from tests.operations.mending.test_completing import leaves
from tests.operations.mending.test_mapping import methods
from tests.web.on_postgres import PostgresCity

if TYPE_CHECKING:
    from pathlib import Path


def test_the_whole_way_of_a_profile(tmp_path: Path, postgres_url: str) -> None:
    city = PostgresCity(tmp_path, postgres_url)
    try:
        leaves(city, "1")
        city.clock.at_ms += 60_000
        text = itk(ONE_IS_TWO)
        tried = city.bridge.read_now(
            lambda c: feed_profiles.compare(c, city.translator, text, city.clock.at_ms)
        )
        assert (tried.tried.messages, tried.tried.otherwise) == (1, 1)
        number = asked(city, text)
        with pytest.raises(CannotChange, match="second person"):
            signed(city, number, OLA)
        signed(city, number)
        active(city, number)
        leaves(city, "1", 2)
        assert methods(city) == ["1", "2"]
        again(city)
        assert methods(city)[2:].count("2") == len(methods(city)[2:]) >= 1
        before = len(methods(city))
        assert rolled_back(city) == 0
        leaves(city, "1", 3)
        again(city)
        assert set(methods(city)[before:]) == {"1"}
        assert len(methods(city)) >= before + 3
        assert city.bridge.read_now(relearning.latest)[FEED].state == "done"
    finally:
        city.close()


def again(city: PostgresCity) -> None:
    while asyncio.run(_one(city)):
        city.work()
    city.work()


async def _one(city: PostgresCity) -> bool:
    return city.bridge.write_now(lambda c: relearning.step(c, city.translator, city.clock.at_ms))

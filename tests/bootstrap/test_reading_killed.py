"""Who reads again, or puts a profile in force, is killed in the midst of it: the next process ends where it would have."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.agreed import profile_versions
from ascbridge.intake.reading import map_versions, relearning
from ascbridge.operations.flowing.balance import ledgers
from ascbridge.operations.mending import mapping
from ascbridge.storage.tables import profile_activation
from tests.bootstrap import killed_reader
from tests.bootstrap.shadowed import city
from tests.operations.changing import test_feed_profiles as versions
from tests.operations.mending.test_completing import leaves
from tests.operations.mending.test_mapping import NIA, WRONG, asked, methods, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City

__all__ = ["city"]
FEED = "itk-v24"
PEOPLE = (91, 92, 93)


def dies(work: Callable[..., None], *values: object) -> None:
    process = multiprocessing.get_context("spawn").Process(target=work, args=values)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def adds_up(city: City) -> bool:
    return all(one.adds_up for one in city.bridge.read_now(ledgers))


@pytest.mark.timeout(300)
def test_unlearning_goes_on_after_a_kill(city: City) -> None:
    first = len(methods(city))
    number = asked(city, WRONG)
    signed(city, number)
    for person in PEOPLE:
        leaves(city, "1", person)
    city.bridge.write_now(lambda c: mapping.refuse(c, FEED, number, NIA, "wrong", city.clock.at_ms))
    for _ in range(2):
        dies(killed_reader.unlearn, city.settings, 3)
        assert city.bridge.read_now(map_versions.latest)[0].state == "being taken back"
    city._build()
    asyncio.run(city.completing.at_start())
    city.work()
    assert city.bridge.read_now(map_versions.latest)[0].state == "taken back"
    assert methods(city)[first : first + 3] == ["2", "2", "2"]
    assert methods(city)[-1] == "1"
    assert methods(city)[first + 3 :].count("2") == 0
    assert adds_up(city)


@pytest.mark.timeout(300)
def test_reading_again_goes_on_where_it_was_killed_and_reads_nothing_twice(city: City) -> None:
    city.clock.at_ms += 60_000
    for person in PEOPLE:
        leaves(city, "1", person)
    before = methods(city).count("1")
    assert methods(city).count("2") == 0
    city.clock.at_ms += 60_000
    signed(city, asked(city, WRONG))
    for portion in (2, 4, 3):
        dies(killed_reader.read_again, city.settings, portion, city.clock.at_ms)
    assert city.bridge.read_now(relearning.latest)[FEED].looked == 1 + 3 + 2
    city._build()
    while asyncio.run(city.completing.read_again(city.clock.at_ms)):
        city.work()
    city.work()
    assert methods(city).count("2") == before
    assert city.bridge.read_now(relearning.latest)[FEED].again >= before
    assert adds_up(city)


@pytest.mark.timeout(300)
def test_killed_between_signing_and_putting_in_force_it_is_whole(city: City) -> None:
    number = versions.asked(city, versions.itk(versions.MAPS_ZZ))

    def state() -> tuple[str, int, int]:
        one = city.bridge.read_now(lambda c: profile_versions.of(c, FEED, number))
        return one.state, len(city.rows(profile_activation)), len(city.bridge.read_now(relearning.latest))

    dies(killed_reader.sign_and_activate, city.settings, number, city.clock.at_ms, "sign")
    assert state() == ("asked", 0, 0)
    dies(killed_reader.sign_and_activate, city.settings, number, city.clock.at_ms, "activate")
    assert state() == ("signed", 0, 0)
    city._build()
    leaves(city, "ZZ", 91)
    versions.active(city, number)
    assert state() == ("signed", 1, 1)
    asyncio.run(city.completing.at_start())
    assert city.translator.profiles[FEED].code("discharge_method", "ZZ") == "1"
    assert adds_up(city)

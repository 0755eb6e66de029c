"""Whoever dies between sending and noting it leaves a doubt: what the server may hold is taken back all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.fact import Stamp
from ascbridge.record.by_id import ById
from ascbridge.record.fhir_server import FhirServer
from ascbridge.record.publisher import Publisher
from tests.record.fake_fhir import FakeFhir, fake_fhir
from tests.record.test_publisher import somebody, until_done

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ascbridge.record.settling import Result
    from tests.record.world import World


class Killed(BaseException):
    """Ends the publisher as a signal would: after its Bundle was taken and before that was noted."""


@pytest.fixture
async def fake() -> AsyncIterator[FakeFhir]:
    async with fake_fhir() as made:
        yield made


async def sent_and_killed(world: World, fake: FakeFhir) -> ById:
    sink = ById(FhirServer(fake.url, timeout_s=5))
    publisher = Publisher(world.database, sink, world.preparation, world.clock)
    settle = publisher._settle

    async def killed(results: Sequence[Result]) -> None:
        if any(unit.taken for unit, _ in results):
            raise Killed
        await settle(results)

    publisher._settle = killed  # type: ignore[method-assign]  # all that a kill leaves undone
    with pytest.raises(Killed):
        await publisher.round()
    assert any(name.startswith("Patient/") for name in fake.held)
    return sink


async def test_who_objects_after_a_kill_is_withdrawn(world: World, fake: FakeFhir) -> None:
    ref = await somebody(world)
    name = f"Patient/{await world.person(ref)}"
    sink = await sent_and_killed(world, fake)
    assert fake.held[name][1]["active"] is True

    await world.say(ref, ObjectionRecorded(stamp=Stamp(recorded_ms=world.clock.now_ms() + 1), objects=True))
    await until_done(world, Publisher(world.database, sink, world.preparation, world.clock))
    await sink.close()

    assert fake.held[name][1]["active"] is False
    assert "name" not in fake.held[name][1]


async def test_what_could_not_be_sent_is_forgotten_and_goes_out_as_new(world: World, fake: FakeFhir) -> None:
    await somebody(world)
    sink = ById(FhirServer("http://127.0.0.1:9/", timeout_s=1))
    publisher = Publisher(world.database, sink, world.preparation, world.clock)
    await publisher.round()
    await sink.close()
    sink = ById(FhirServer(fake.url, timeout_s=5))
    await until_done(world, Publisher(world.database, sink, world.preparation, world.clock))
    await sink.close()
    assert {version for version, _ in fake.held.values()} == {1}
    assert fake.reads == []

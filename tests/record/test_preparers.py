"""Preparing in other processes: the same batches as here, and a death that is noticed."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ascbridge.events.facts.catalogue import DischargeTaskOpened
from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.record.preparers import Due, PreparerDied, Preparers, prepared
from ascbridge.record.preparing import Taken
from ascbridge.record.publisher import Publisher
from ascbridge.record.sinks import BuiltinSink
from ascbridge.storage.database import SqliteDatabase
from tests.record.world import KEYRING, NOW, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ascbridge.record.preparing import Batch


@pytest.fixture
def two(world: World) -> Iterator[Preparers]:
    made = started(world, 2)
    yield made
    made.close()


def started(world: World, count: int) -> Preparers:
    assert isinstance(world.database, SqliteDatabase)
    path = world.database.path
    return Preparers(count, world.preparation, lambda: SqliteDatabase(path, writable=False))


async def somebody(world: World, name: str) -> str:
    ref = await world.known(name)
    await world.stay(ref, f"s{name}")
    await world.task(ref, f"t{name}", f"s{name}", DischargeTaskOpened)
    return await world.person(ref)


async def here(world: World, asked: Due | list[Taken]) -> Batch | None:
    return await world.database.read(lambda c: prepared(c, world.preparation, asked))


async def test_they_prepare_as_this_process_would(world: World, two: Preparers) -> None:
    assert two.ask(Due(50, NOW)) is None
    people = [await somebody(world, name) for name in ("A1", "A2", "A3")]
    due = two.ask(Due(50, NOW))
    assert due is not None
    assert due == await here(world, Due(50, NOW))
    assert {unit.taken.person_id for unit in due.people if unit.taken} == set(people)
    asked = [Taken(people[1], 1, NOW)]
    assert two.ask(asked) == await here(world, asked)


async def test_questions_at_once_are_shared_out_and_none_gets_anothers_answer(
    world: World, two: Preparers
) -> None:
    people = [await somebody(world, f"B{number}") for number in range(6)]
    asked = [[Taken(person, 1, NOW)] for person in people * 4]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(two.ask, asked))
    assert [batch.people[0].taken for batch in found if batch] == [one[0] for one in asked]


async def test_a_publisher_with_preparers_publishes_all_and_then_rests(world: World, two: Preparers) -> None:
    for number in range(5):
        await somebody(world, f"C{number}")
    publisher = Publisher(
        world.database,
        BuiltinSink(KEYRING),
        world.preparation,
        world.clock,
        people_per_bundle=2,
        preparers=two,
    )
    rounds = [await publisher.round() for _ in range(4)]
    assert rounds == [2, 2, 1, 0]
    assert len([name for name in await world.stored() if name.startswith("Patient/")]) == 5
    assert await world.dirty() == {}


async def test_what_fails_there_is_told_here(world: World, two: Preparers) -> None:
    with pytest.raises(InfrastructureFault, match="cannot be prepared: AttributeError"):
        two.ask([None])  # type: ignore[list-item]  # nothing that a publisher asks
    assert two.ask(Due(50, NOW)) is None


async def test_one_that_died_is_told_and_nobody_counts_as_published(world: World) -> None:
    one = started(world, 1)
    (process,) = one._processes
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(10)
    with pytest.raises(PreparerDied):
        one.ask(Due(50, NOW))
    publisher = Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock, preparers=one)
    with pytest.raises(ExceptionGroup) as ended:  # not waited out: the service ends and is started anew
        await publisher.run()
    assert ended.group_contains(PreparerDied)
    one.close()


async def test_they_outlast_the_signal_to_drain_and_end_with_whoever_asks(world: World) -> None:
    made = started(world, 2)
    for process in made._processes:
        os.kill(process.pid or 0, signal.SIGTERM)
    assert made.ask(Due(50, NOW)) is None
    made.close()
    assert [process.exitcode for process in made._processes] == [0, 0]

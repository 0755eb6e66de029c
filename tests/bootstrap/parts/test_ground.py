"""What a working process stands on: the right database and log, parts that can be asked how they are, and a clean end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import generate_latest

from ascbridge import telemetry
from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.ground import LOCAL_LEASE_S, READERS, Ground, open_ground
from ascbridge.discharge.deciding.reference import ReferenceFault
from ascbridge.events.logs.kafka_log import KafkaEventLog
from ascbridge.events.logs.sqlite_log import SqliteEventLog
from ascbridge.record.by_id import ById
from ascbridge.record.sinks import BuiltinSink
from ascbridge.storage.database import PostgresDatabase, SqliteDatabase
from tests.intake.conftest import SetClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from ascbridge.config import Settings

ON_POSTGRES = {
    "database_url": "postgresql+asyncpg://nobody@127.0.0.1:9/none",
    "kafka": {"bootstrap": "127.0.0.1:9"},
}


async def let_go(ground: Ground) -> None:
    await ground.log.close()
    await ground.database.close()


@pytest.fixture
def make_ready(make_settings: Callable[..., Settings]) -> Callable[..., Settings]:
    def make(**values: object) -> Settings:
        made = make_settings(**values)
        prepare(made)
        return made

    return make


async def test_workers_prepare_what_is_published_and_end_with_the_service(
    make_ready: Callable[..., Settings],
) -> None:
    ground = open_ground(make_ready(workers=2))
    ground.publish()
    assert ground.preparers is not None
    processes = ground.preparers._processes
    assert [process.is_alive() for process in processes] == [True, True]
    stop = asyncio.Event()
    stop.set()
    await ground.run(stop)
    assert [process.exitcode for process in processes] == [0, 0]


async def test_one_machine_works_on_its_own_file_with_the_others_beside_it(settings: Settings) -> None:
    ground = open_ground(settings)
    assert isinstance(ground.database, SqliteDatabase)
    assert isinstance(ground.log, SqliteEventLog)
    names = await ground.database.read(
        lambda c: [row[1] for row in c.exec_driver_sql("PRAGMA database_list")]
    )
    assert {"main", "kept", "keys"} <= set(names)
    ground.carry()  # there is no other log to carry anything to
    assert ground.relay is None
    await let_go(ground)


async def test_many_machines_share_postgresql_and_kafka(make_ready: Callable[..., Settings]) -> None:
    ground = open_ground(make_ready(**ON_POSTGRES))
    assert isinstance(ground.database, PostgresDatabase)
    assert isinstance(ground.log, KafkaEventLog)
    ground.carry()
    assert set(ground.checks()) == {"relay", "reference data"}
    ground.woken()
    await let_go(ground)


async def test_every_part_can_be_asked_what_is_wrong_with_it(settings: Settings) -> None:
    ground = open_ground(settings)
    handlers = [ground.translator(), ground.engine(), ground.projection()]
    for handler in handlers:
        ground.deliver(handler)
    ground.publish()
    checks = ground.checks()
    assert set(checks) == {"translator", "discharge", "record", "publisher", "reference data"}
    ground.deliveries[0].trouble = "the disk is full"
    assert [name for name, trouble in checks.items() if trouble() == "the disk is full"] == ["translator"]
    shown = generate_latest(telemetry.registry).decode()
    assert 'ascbridge_well{part="translator"} 0.0' in shown
    assert 'ascbridge_well{part="publisher"} 1.0' in shown
    for count in (
        'dead_letters_total{consumer="record"}',
        'resources_published_total{result="faulted",sink="icr"}',
    ):
        assert f"ascbridge_{count}" in shown  # from the start, so that the first one is a rise
    await let_go(ground)


async def test_a_reader_that_has_not_begun_says_so_until_it_has(settings: Settings) -> None:
    ground = open_ground(settings)
    ground.deliver(ground.engine())
    begun = ground.beginnings()["discharge reader"]
    assert begun() == "has not begun to read"
    stop = asyncio.Event()
    running = asyncio.create_task(ground.run(stop))
    async with asyncio.timeout(120):
        while begun():
            assert not running.done(), running
            await asyncio.sleep(0.01)
    stop.set()
    await running


async def test_who_owes_an_effect_for_what_is_what_the_handlers_read(settings: Settings) -> None:
    ground = open_ground(settings)
    handlers: list[Any] = [ground.engine(), ground.projection()]
    assert {one.name: one.topics for one in handlers} == READERS
    await let_go(ground)


@pytest.mark.parametrize(
    "sink, kind, lease_s",
    [
        ({}, BuiltinSink, LOCAL_LEASE_S),
        ({"kind": "fhir", "url": "http://127.0.0.1:9", "timeout_seconds": 7}, ById, 21),
    ],
)
async def test_people_are_published_where_settings_say(
    make_ready: Callable[..., Settings], sink: dict[str, object], kind: type, lease_s: float
) -> None:
    ground = open_ground(make_ready(sink=sink))
    publisher = ground.publish()
    assert type(publisher._sink) is kind
    assert publisher._lease_ms == lease_s * 1000
    assert ground.publisher is publisher
    await let_go(ground)


async def test_a_process_keeps_its_name_over_a_restart(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = open_ground(settings)
    monkeypatch.delenv("ASCBRIDGE_MEMBER", raising=False)
    assert ground.member == ground.member != ""
    monkeypatch.setenv("ASCBRIDGE_MEMBER", "record-2")
    assert ground.member == "record-2"
    await let_go(ground)


async def test_the_clock_is_the_one_that_is_given_else_the_settings(settings: Settings) -> None:
    clock = SetClock()
    ground = open_ground(settings, clock)
    assert ground.clock is clock
    await let_go(ground)


async def test_it_runs_until_told_to_stop_and_then_lets_go(settings: Settings) -> None:
    ground, stop = open_ground(settings), asyncio.Event()
    ground.deliver(ground.engine())
    ground.publish()

    async def asks() -> None:
        stop.set()
        await stop.wait()

    await asyncio.wait_for(ground.run(stop, asks()), 120)
    with pytest.raises(RuntimeError):
        await ground.database.read(lambda c: c.exec_driver_sql("SELECT 1"))


def test_reference_data_that_cannot_be_used_is_told(make_ready: Callable[..., Settings]) -> None:
    settings = make_ready()
    wrong = settings.model_copy(update={"discharge": settings.discharge.model_copy(update={"rules": "none"})})
    with pytest.raises(ReferenceFault, match="none"):
        open_ground(wrong)


def test_nothing_opens_without_the_master_key(settings: Settings) -> None:
    (settings.data_dir / "master.key").unlink()
    with pytest.raises(Exception, match="no master key here"):
        open_ground(settings)
    assert settled.file_of(settings, "bridge").exists()

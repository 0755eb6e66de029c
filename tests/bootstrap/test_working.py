"""The working services: everything but listening on one machine, and on PostgreSQL a message kept with its outbox."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from ascbridge.bootstrap import listening, working
from ascbridge.bootstrap.commands import migrate, prepare
from ascbridge.bootstrap.parts import settled
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.clock import Clock
from ascbridge.events.logs.log import INBOUND
from ascbridge.intake.keeping.inbox import Arrival
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import event_log, message, resource, task
from tests.intake.messages import adt
from tests.servers.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ascbridge.config import Settings

PATIENCE_S = 120


async def test_work_turns_what_was_kept_into_tasks_and_a_shared_record(settings: Settings) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(working.work(settings, stop))
    keyring, profile = settled.keyring_of(settings), settled.hospital_profile(settings)
    desk = listening.desk(
        settings, profile, keyring=keyring, data_keys=DataKeys(keyring), clock=Clock.system()
    )
    keys, kept, bridge = (
        SqliteDatabase(settled.file_of(settings, name)) for name in ("keys", "kept", "bridge")
    )
    (answers,) = await asyncio.to_thread(desk.keep_in_files, keys, kept, [Arrival(adt("A16"))])
    assert [one.outcome for one in answers] == ["kept"]

    async def found(table: Any) -> Sequence[Any]:
        return await bridge.read(lambda c: c.execute(select(table)).all())

    async with asyncio.timeout(PATIENCE_S):
        while not (await found(task) and await found(resource)):
            assert not running.done(), running
            await asyncio.sleep(0.02)
    assert [row.status for row in await found(task)] == ["requested"]
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
    for database in (keys, kept, bridge):
        await database.close()


async def test_a_service_without_pages_says_how_it_is_on_its_port(
    make_settings: Callable[..., Settings],
) -> None:
    port = free_port()
    settings = make_settings(health={"address": {"port": port}})
    prepare(settings)
    ground, stop = open_ground(settings), asyncio.Event()
    ground.deliver(ground.engine())
    serving = asyncio.create_task(working.vitals(ground, "discharge", stop, mllp=lambda: "not listening yet"))
    async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(timeout=PATIENCE_S) as client:
        while True:
            with contextlib.suppress(httpx.ConnectError):
                answer = await client.get(f"http://127.0.0.1:{port}/health/ready")
                break
            await asyncio.sleep(0.01)
    assert answer.status_code == 503
    assert answer.json()["wrong"] == {
        "discharge reader": "has not begun to read",
        "mllp": "not listening yet",
    }
    stop.set()
    await serving
    await ground.log.close()
    await ground.database.close()


async def test_work_does_not_start_without_its_files(make_settings: Callable[..., Settings]) -> None:
    with pytest.raises(Exception, match="no master key here"):
        await working.work(make_settings(), asyncio.Event())


@pytest.mark.postgres
async def test_on_postgresql_a_message_and_its_announcement_are_one_transaction(
    make_settings: Callable[..., Settings], postgres_url: str
) -> None:
    settings = make_settings(database_url=postgres_url, kafka={"bootstrap": "127.0.0.1:9"})
    await migrate(settings)
    prepare(settings)
    ground = open_ground(settings)
    keeping = working._InPostgres(ground)
    desk = keeping.desk(settled.hospital_profile(settings))
    (results,) = await keeping.keep(desk, [Arrival(adt("A01") + adt("A03", control_id="T2", visit=""))])
    assert [one.outcome for one in results] == ["kept", "refused"]
    again = await keeping.keep(desk, [Arrival(adt("A01"))])
    assert again[0][0].outcome == "duplicate"

    async def found(column: Any, *where: Any) -> list[Any]:
        return await ground.database.read(lambda c: list(c.execute(select(column).where(*where)).scalars()))

    ids = await found(message.c.message_id, message.c.outcome == "kept")
    assert ids == [results[0].message_id]
    assert await found(event_log.c.event_id, event_log.c.topic == INBOUND) == ids
    await ground.log.close()
    await ground.database.close()

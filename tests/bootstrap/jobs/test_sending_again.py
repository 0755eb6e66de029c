"""What somebody asked to be sent again goes on by itself, behind news, and over a failure of the database."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sqlalchemy.exc import OperationalError

from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.jobs.sending_again import send_again
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.config import Settings
from ascbridge.events.handlers import replay_runs
from ascbridge.events.handlers.replay_runs import About
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.storage.tables import dead_letter, held

PATIENCE_S = 120
WHO = AuditEntry("work", "Kit", "it-operations", "")
LETTER = {
    "dead_id": "d1", "consumer": "translator", "topic": "inbound", "partition": 0, "offset": 1, "lane": "l1",
    "event_id": "e1", "message_id": "", "cause": "a cause", "headers": "{}", "value": b"", "dead_ms": 1,
    "state": "open",
}  # fmt: skip


async def test_a_run_goes_on_to_its_end_behind_a_reader_that_is_behind(
    make_settings: Callable[..., Settings], monkeypatch: Any
) -> None:
    settings = make_settings()
    prepare(settings)
    ground = open_ground(settings)

    def lay(connection: Any) -> None:
        connection.execute(dead_letter.insert(), [LETTER])
        replay_runs.begin(connection, "b1", About(cause="a cause"), 100, WHO, 1)

    await ground.database.write(lay)
    looked: list[bool] = []
    reader = SimpleNamespace(behind=True, look=lambda: looked.append(True))
    ground.deliveries.append(reader)  # type: ignore[arg-type]  # as far as it is asked
    once = asyncio.Event()
    read = ground.database.read

    async def broken(question: Any) -> Any:
        once.set()
        monkeypatch.setattr(ground.database, "read", read)
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(ground.database, "read", broken)
    stop = asyncio.Event()
    running = asyncio.create_task(send_again(ground, stop))

    async def state() -> str:
        return (await read(replay_runs.runs))[0].state

    async with asyncio.timeout(PATIENCE_S):
        await once.wait()
        reader.behind = False
        while await state() != "done":
            assert not running.done()
            await asyncio.sleep(0.02)
    stop.set()
    await running
    assert looked
    assert await read(lambda c: [row.lane for row in c.execute(held.select())]) == ["l1"]
    ground.deliveries.clear()
    await ground.log.close()
    await ground.database.close()

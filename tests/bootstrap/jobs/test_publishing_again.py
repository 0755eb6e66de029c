"""What somebody asked to be published again goes on by itself wherever people are published."""

import asyncio
from collections.abc import Callable

from ascbridge.bootstrap.commands import prepare
from ascbridge.bootstrap.jobs.publishing_again import publish_again
from ascbridge.bootstrap.parts.ground import open_ground
from ascbridge.config import Settings
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.record import republishing
from ascbridge.record.republishing import Wanted, Whom
from ascbridge.storage.tables import dirty_person, sent_resource

PATIENCE_S = 120
WHO = AuditEntry("work", "Kit", "it-operations", "")


async def test_a_run_goes_on_to_its_end(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    prepare(settings)
    ground = open_ground(settings)
    row = {"sink": settings.sink.name, "resource": "Patient/p1", "person_id": "p1", "sent_ms": 1}

    def lay(connection) -> None:
        connection.execute(sent_resource.insert(), [row])
        republishing.begin(connection, Wanted("r1", settings.sink.name, "differing", Whom()), 1, WHO, 1)

    await ground.database.write(lay)
    stop = asyncio.Event()
    running = asyncio.create_task(publish_again(ground, stop))
    async with asyncio.timeout(PATIENCE_S):
        while (await ground.database.read(republishing.runs))[0].state != "done":
            assert not running.done()
            await asyncio.sleep(0.02)
    stop.set()
    await running
    marked = await ground.database.read(lambda c: [row.person_id for row in c.execute(dirty_person.select())])
    assert marked == ["p1"]
    await ground.log.close()
    await ground.database.close()

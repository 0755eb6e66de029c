"""A message comes in: waking the work, and the whole listening service."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from ascbridge.bootstrap import listening
from ascbridge.bootstrap.parts import settled
from ascbridge.clock import Clock
from ascbridge.intake.hl7v2.mllp_client import MllpClient
from ascbridge.intake.keeping import forgetting
from ascbridge.operations.flowing.neighbour import Neighbour
from ascbridge.people.data_keys import DataKeys
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import message
from tests.intake.messages import adt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ascbridge.config import Settings
    from ascbridge.intake.keeping.intake_desk import IntakeDesk

PATIENCE_S = 60


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110  # what is waited for is another program's to say
            await asyncio.sleep(0.01)


def desk_of(settings: Settings) -> IntakeDesk:
    keyring, profile = settled.keyring_of(settings), settled.hospital_profile(settings)
    return listening.desk(
        settings, profile, keyring=keyring, data_keys=DataKeys(keyring), clock=settled.clock_of(settings)
    )


def test_work_is_woken_where_it_listens_and_nothing_breaks_where_it_does_not(settings: Settings) -> None:
    wake = desk_of(settings)._wake
    wake()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(settled.wake_socket(settings)))
        ear.settimeout(PATIENCE_S)
        wake()
        assert ear.recv(10) == b"\x01"


async def test_the_service_keeps_messages_and_council_files_until_told_to_stop(settings: Settings) -> None:
    stop, address = asyncio.Event(), settings.mllp.address
    running = asyncio.create_task(listening.listen(settings, stop))
    folder = settings.data_dir / "council-facts"

    async def ready() -> bool:
        try:
            async with await MllpClient.connect(address.host, address.port) as client:
                return (await client.send(adt("A01"))).accepted
        except OSError:
            assert not running.done(), running
            return False

    await until(ready)
    (folder / "today.part").write_text('{"fact": "nonsense"}\n')
    (folder / "today.part").rename(folder / "today.jsonl")

    async def taken() -> bool:
        return (folder / "done" / "today.jsonl.rejected.jsonl").exists()

    await until(taken)
    beside = Neighbour("listen", settled.vitals_socket(settings))
    assert await beside.trouble() == ""
    counted = await beside.counts()
    assert counted is not None
    assert 'ascbridge_messages_total{feed="itk-v24",outcome="kept"}' in counted
    stop.set()
    await asyncio.wait_for(running, PATIENCE_S)
    kept = SqliteDatabase(settled.file_of(settings, "kept"))
    found = await kept.read(lambda c: [(row.feed, row.outcome) for row in c.execute(message.select())])
    await kept.close()
    assert found == [("itk-v24", "kept"), ("council-facts", "refused")]
    assert await beside.trouble() == "does not answer"
    with pytest.raises(OSError):  # noqa: PT011  # nobody listens there any more, however the system says it
        await MllpClient.connect(address.host, address.port)


async def test_what_is_past_the_resend_window_is_forgotten_until_nothing_is_left(settings) -> None:
    stop, asked, left = asyncio.Event(), [], [forgetting.AT_ONCE, OSError("disk full"), forgetting.AT_ONCE, 3]

    async def write(_work):
        asked.append(None)
        found = left.pop(0)
        if not left:
            stop.set()
        if isinstance(found, OSError):
            raise found
        return found

    await listening.forget_resends(settings, write, Clock.system(), stop, every_s=0.01)
    assert len(asked) == 4

"""A hospital hears how the work on its patients stands, from a whole bridge, over a kill of all its processes."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from ascbridge.intake.hl7v2.hl7 import parse
from ascbridge.intake.hl7v2.mllp_client import MllpClient
from tests.intake.messages import NHS_NUMBER, adt
from tests.journeys.bridge import on_kafka, on_sqlite
from tests.journeys.test_looking_after import exported
from tests.replies.receiver import Receiver
from tests.servers import kafka

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.bridge import Bridge

pytestmark = pytest.mark.timeout(900)
READY = ("ZU1||||||||||||||||||||||Y||20261006",)
WHO = {"local_id": "L-T", "visit": "V-T", "nhs_number": NHS_NUMBER}


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.postgres])])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bridge]:
    with ExitStack() as ends:
        if request.param == "sqlite":
            bridge = on_sqlite(tmp_path)
        else:
            database_url = request.getfixturevalue("postgres_url")
            broker = ends.enter_context(kafka.KafkaServer())
            bridge = on_kafka(tmp_path, broker.bootstrap, database_url)
        ends.callback(bridge.kill)
        yield bridge


async def heard(receiver: Receiver, count: int) -> list[str]:
    """Wait for so many messages, and return what each says of the referral."""
    async with asyncio.timeout(300):
        while len(receiver.got) < count:  # noqa: ASYNC110  # it comes about in another process
            await asyncio.sleep(0.05)
    return [raw.split(b"\r")[1].split(b"|")[1].split(b"^")[3].decode() for raw in receiver.got]


async def test_a_hospital_is_told_once_of_each_change_though_all_is_killed(made: Bridge) -> None:
    receiver = Receiver()
    port = await receiver.start()
    wanted = {"uhcw": {"facility": "RKB", "host": "127.0.0.1", "port": port, "retry_seconds": 0.2}}
    made.settings[""] = {"ASCBRIDGE_REPLIES": json.dumps(wanted)}
    made.start()
    await made.ready()
    async with await MllpClient.connect("127.0.0.1", made.mllp) as client:
        for raw in (adt("A01", control_id="T1", **WHO), adt("A16", control_id="T2", extra=READY, **WHO)):
            assert (await client.send(raw)).code.value == "AA"
    assert await heard(receiver, 1) == ["received"]
    assert b"V-T^^^RKB" in receiver.got[0]

    await receiver.stop()  # the hospital is away while the patient leaves and everything of ours dies
    async with await MllpClient.connect("127.0.0.1", made.mllp) as client:
        assert (await client.send(adt("A11", control_id="T3", **WHO))).code.value == "AA"
    await made.settled(3)
    assert re.search(
        r'^ascbridge_replies_overdue{receiver="uhcw".*} 0.0$', await exported(made), re.MULTILINE
    )
    made.kill()
    back = Receiver()
    await back.start(port)
    made.start()
    await made.ready()
    assert await heard(back, 1) == ["closed"]
    await made.settled(3)
    await back.stop()
    assert len(back.got) == 1
    assert parse(back.got[0]).control_id not in receiver.control_ids

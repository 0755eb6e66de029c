"""Safeguarding's events on a real Kafka, out of a schema of their own in PostgreSQL: under a name of their own, which
alone may write that topic; readable by nobody else, sealed, and carried later where the broker was away.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from ascbridge.bootstrap.parts import walled
from ascbridge.clock import Clock
from ascbridge.config_sections import KafkaSettings
from ascbridge.events import topics
from ascbridge.events.logs import kafka_topics
from ascbridge.events.logs.log import DISCHARGE, SAFEGUARDING
from ascbridge.storage import migration
from tests.bootstrap.asking_broker import PEOPLE, asking_broker, let_as_declared
from tests.bootstrap.parts.test_walled import NOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from ascbridge.config import Settings
    from tests.bootstrap.asking_broker import AskingBroker
    from tests.servers.postgres import Postgres

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.slow]
PATIENCE_S = 120
REFUSED_S = 5


def asked(broker: AskingBroker, who: str, folder: Path) -> KafkaSettings:
    """Settings of somebody who says who they are."""
    password = folder / who
    password.write_text(PEOPLE[who])
    password.chmod(0o600)
    return KafkaSettings(
        bootstrap=broker.asking, security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN", sasl_username=who,
        sasl_password_file=password,
    )  # fmt: skip


def own_role(server: Postgres, url: str) -> str:
    """Make role and schema as docs/how-to/work-with-safeguarding.md says; return the URL of that role."""
    name = f"safeguarding_{url.rpartition('/')[2]}"
    database = url.rpartition("/")[2]
    for command in (f"CREATE ROLE {name} LOGIN", f"CREATE SCHEMA safeguarding AUTHORIZATION {name}"):
        subprocess.run(
            [*server._to("psql"), "-d", database, "-c", command], check=True, capture_output=True, timeout=60
        )
    return url.replace("postgres@", f"{name}@")


async def on_topic(settings: KafkaSettings, topic: str) -> list[Any]:
    """Every record of a topic, as whoever has these settings reads it. Raises `KafkaError`."""
    reader = AIOKafkaConsumer(**kafka_topics.connection(settings), enable_auto_commit=False)
    await reader.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(settings.partitions)]
        reader.assign(parts)
        await reader.seek_to_beginning(*parts)
        ends = await reader.end_offsets(parts)
        found: list[Any] = []
        while any([await reader.position(part) < end for part, end in ends.items()]):
            found += [one for some in (await reader.getmany(timeout_ms=500)).values() for one in some]
        return found
    finally:
        await reader.stop()


async def until_on_topic(settings: KafkaSettings, many: int) -> list[Any]:
    """Every record of the topic, once there are so many."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(KafkaError, OSError):  # it is being started
                found = await on_topic(settings, SAFEGUARDING)
                if len(found) >= many:
                    return found
            await asyncio.sleep(0.1)


async def write(settings: KafkaSettings, topic: str) -> None:
    """Write a record, as whoever has these settings. Raises `KafkaError`."""
    writer = AIOKafkaProducer(**kafka_topics.connection(settings), request_timeout_ms=3_000)
    await writer.start()
    try:
        await writer.send_and_wait(topic, b"{}", partition=0)
    finally:
        await writer.stop()


async def refused(doing: Coroutine[Any, Any, object]) -> None:
    """See that the broker does not let it be: its client says so, or asks for leave until our patience ends."""
    with pytest.raises((KafkaError, TimeoutError)):
        await asyncio.wait_for(doing, REFUSED_S)


def told(record: Any) -> dict[str, str]:
    """The CloudEvents attributes of a record."""
    return {name: value.decode() for name, value in record.headers}


async def test_its_events_reach_its_topic_and_nobody_elses_name_may_write_or_read_them(
    make_settings: Callable[..., Settings], postgres_server: Postgres, postgres_url: str, tmp_path: Path
) -> None:
    key = tmp_path / "wall.key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    url = own_role(postgres_server, postgres_url)
    await migration.upgrade_walled_postgres(url)
    with asking_broker() as broker:
        await kafka_topics.create(
            KafkaSettings(bootstrap=broker.server.bootstrap), topics.load(topics.shipped())
        )
        await let_as_declared(broker.server.bootstrap)
        bridge = asked(broker, "relay", tmp_path)
        own: dict[str, Any] = {
            "database_url": url, "master_key_file": key, "sasl_username": "safeguarding-relay",
            "sasl_password_file": asked(broker, "safeguarding-relay", tmp_path).sasl_password_file,
        }  # fmt: skip
        settings = make_settings(database_url=postgres_url, kafka=bridge.model_dump(), safeguarding=own)
        wall, stop = await walled.open_shared_wall(settings, Clock.system(), "web"), asyncio.Event()
        keeping = asyncio.create_task(walled.keep(settings, wall, Clock.system(), stop))
        reader = asked(broker, "safeguarding", tmp_path)
        await wall.slot.put(NOTE)
        (raised,) = await until_on_topic(reader, 1)
        assert told(raised)["ce_type"] == "uk.gov.coventry.asc.safeguarding.concern-raised.v1"
        assert b"CANARY" not in raised.value

        wall_alone = asked(broker, "safeguarding-relay", tmp_path)
        await asyncio.gather(
            refused(write(bridge, SAFEGUARDING)),
            refused(on_topic(bridge, SAFEGUARDING)),
            refused(write(wall_alone, DISCHARGE)),
            refused(on_topic(wall_alone, DISCHARGE)),
        )

        broker.server.kill()
        await wall.slot.put(replace(NOTE, once="t2.1", text="CANARY again"))
        broker.server.start()
        every = await until_on_topic(reader, 2)
        assert len({told(one)["ce_id"] for one in every}) == 2
        admin = KafkaSettings(bootstrap=broker.server.bootstrap)
        for name in topics.load(topics.shipped()).topic:
            assert name == SAFEGUARDING or await on_topic(admin, name) == []
        stop.set()
        await asyncio.wait_for(keeping, PATIENCE_S)

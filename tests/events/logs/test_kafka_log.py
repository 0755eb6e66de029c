"""Appending to Kafka: in order whatever its size, all or a beginning, and a broker that goes away."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import pytest

from ascbridge.config_sections import KafkaSettings
from ascbridge.events.logs import kafka_log
from ascbridge.events.logs.envelope import partition_of
from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.events.logs.kafka_log import KafkaEventLog
from ascbridge.events.logs.kafka_topics import create
from ascbridge.events.logs.log import Assignment, Record, Subscription
from ascbridge.events.topics import Topic, Topics
from tests.events.machines import Machine, until
from tests.needs import require
from tests.servers.kafka import KafkaServer, missing

pytestmark = pytest.mark.kafka


def record(topic: str, said: str, key: str = "p1") -> Record:
    return Record(topic, 0, 0, key, {"ce_id": said}, said.encode())


async def texts(subscription: Subscription, count: int) -> list[str]:
    found: list[str] = []

    async def more() -> bool:
        for some in (await subscription.fetch(100, 0.2)).records.values():
            found.extend(one.value.decode() for one in some)
        return len(found) >= count

    await until(more)
    return found


async def test_large_batches_arrive_whole_and_in_order(kafka_machine: Machine) -> None:
    topic = kafka_machine.topic("person")
    # Some 2 MB for one partition: several batches of the producer, one after the other.
    long = "x" * 4_000
    await kafka_machine.log.append([record(topic, f"{n} {long}") for n in range(500)])
    subscription = await kafka_machine.log.subscribe(kafka_machine.consumer("a"), [topic], "one")
    await until(subscription.assigned)
    await subscription.seek(Assignment(topic, partition_of("p1", 2)), 0)
    assert [said.split()[0] for said in await texts(subscription, 500)] == [str(n) for n in range(500)]
    await subscription.close()


async def test_a_part_of_a_partition_is_read_for_nobody(kafka_machine: Machine) -> None:
    topic = kafka_machine.topic("person")
    await kafka_machine.log.append([record(topic, str(n)) for n in range(6)])
    here, log = Assignment(topic, partition_of("p1", 2)), kafka_machine.log
    assert isinstance(log, KafkaEventLog)
    assert [(one.offset, one.event_id) for one in await log.read(here, 2, 5)] == [
        (2, "2"),
        (3, "3"),
        (4, "4"),
    ]
    assert await log.read(here, 5, 5) == []
    assert (await log.bounds(topic))[here.partition] == (0, 6)


async def test_a_record_that_kafka_refuses_stops_its_partition_there(kafka_machine: Machine) -> None:
    topic = kafka_machine.topic("person")
    too_large = Record(topic, 0, 0, "p1", {}, os.urandom(2_000_000))
    with pytest.raises(InfrastructureFault, match="MessageSizeTooLarge"):
        await kafka_machine.log.append([record(topic, "a"), too_large, record(topic, "b")])
    # Nothing after it is there, and the log goes on.
    await kafka_machine.log.append([record(topic, "c")])
    subscription = await kafka_machine.log.subscribe(kafka_machine.consumer("a"), [topic], "one")
    await until(subscription.assigned)
    await subscription.seek(Assignment(topic, partition_of("p1", 2)), 0)
    assert await texts(subscription, 2) == ["a", "c"]
    await subscription.close()


async def test_a_place_where_no_kafka_is_is_the_machines_fault() -> None:
    log = KafkaEventLog(KafkaSettings(bootstrap="127.0.0.1:9"))
    calls: Sequence[Any] = (
        lambda: log.append([record("person", "a")]),
        lambda: log.subscribe("a", ["person"], "one"),
        lambda: log.bounds("person"),
        lambda: log.offset_at("person", 0),
        lambda: log.behind({Assignment("person", 0): 0}),
    )
    for call in calls:
        with pytest.raises(InfrastructureFault, match="Kafka: KafkaConnectionError"):
            await call()
    await log.close()


@pytest.mark.slow
async def test_a_broker_that_is_killed_and_comes_back_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    require(not missing(), missing())
    monkeypatch.setattr(kafka_log, "REQUEST_TIMEOUT_MS", 2_000)
    monkeypatch.setattr(kafka_log, "APPEND_S", 3.0)
    with KafkaServer() as server:
        settings = KafkaSettings(bootstrap=server.bootstrap, partitions=2)
        topics = Topics(partitions=2, topic={"person": Topic(about="test", retention_days=1)})
        await create(settings, topics)
        log = KafkaEventLog(settings, session_timeout_ms=6_000)
        subscription = await log.subscribe("a", ["person"], "one")
        await until(subscription.assigned)
        here = Assignment("person", partition_of("p1", 2))
        await subscription.seek(here, 0)
        await log.append([record("person", "before")])
        assert await texts(subscription, 1) == ["before"]
        await asyncio.to_thread(server.kill)
        with pytest.raises(InfrastructureFault):
            await log.append([record("person", "lost")])
        await asyncio.to_thread(server.start)

        async def appended() -> bool:
            try:
                await log.append([record("person", "after")])
            except InfrastructureFault:
                return False
            return True

        await until(appended)
        # The membership may have ended with the broker: begin again from the database's position.
        await subscription.close()
        subscription = await log.subscribe("a", ["person"], "one")
        await until(subscription.assigned)
        await subscription.seek(here, 1)
        assert "after" in await texts(subscription, 1)
        await subscription.close()
        await log.close()

"""A member of a group on Kafka: what it owns, what it may read, and what becomes of it when it dies."""

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaConnectionError

from ascbridge.events.logs.envelope import partition_of
from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.events.logs.kafka_reader import unreachable
from ascbridge.events.logs.log import Assignment, OffsetOutsideLog, Subscription
from tests.events.logs.test_kafka_log import record, texts
from tests.events.machines import Machine, until
from tests.servers.kafka import Kafka

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


async def owns(subscription: Subscription, count: int) -> bool:
    await subscription.fetch(1, 0.05)
    return len(await subscription.assigned()) == count


async def prune(bootstrap: str, topic: str, before: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    part = TopicPartition(topic, partition_of("p1", 2))
    await admin.delete_records({part: RecordsToDelete(before_offset=before)})
    await admin.close()


async def test_letting_go_in_the_midst_of_a_fetch_ends_nobody_else(kafka_machine: Machine) -> None:
    topic = kafka_machine.topic("person")
    subscription = await kafka_machine.log.subscribe(kafka_machine.consumer("a"), [topic], "one")
    await until(subscription.assigned)
    for mine in (False, True):
        fetching = asyncio.create_task(asyncio.Event().wait())  # as when a broker does not answer
        reader = subscription._reader  # type: ignore[attr-defined]  # aiokafka's
        reader._fetcher._pending_tasks.add(fetching)
        closing = asyncio.create_task(subscription.close())
        if mine:
            await asyncio.sleep(0)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
        else:
            await closing
            assert fetching.cancelled()
            assert not any(line.connected() for line in reader._client._conns.values())
        subscription = await kafka_machine.log.subscribe(kafka_machine.consumer("b"), [topic], "one")
        await until(subscription.assigned)
    await subscription.close()


async def test_an_offset_that_kafka_has_pruned_is_refused_and_never_reset(
    kafka_machine: Machine, kafka_server: Kafka
) -> None:
    topic, here = (
        kafka_machine.topic("person"),
        Assignment(kafka_machine.topic("person"), partition_of("p1", 2)),
    )
    await kafka_machine.log.append([record(topic, str(n)) for n in range(5)])
    subscription = await kafka_machine.log.subscribe(kafka_machine.consumer("a"), [topic], "one")
    await until(subscription.assigned)
    await subscription.seek(here, 1)
    assert await texts(subscription, 4) == ["1", "2", "3", "4"]
    await prune(kafka_server.bootstrap, topic, 3)
    assert (await kafka_machine.log.bounds(topic))[here.partition] == (3, 5)
    # It looked at the edges before they moved, so here Kafka itself says no.
    await subscription.seek(here, 1)
    with pytest.raises(OffsetOutsideLog, match="Kafka does not hold the wanted offset"):
        await texts(subscription, 1)
    await subscription.seek(here, 3)
    assert await texts(subscription, 2) == ["3", "4"]
    await subscription.close()
    again = await kafka_machine.log.subscribe(kafka_machine.consumer("a"), [topic], "one")
    await until(again.assigned)
    with pytest.raises(OffsetOutsideLog, match="goes from 3 to 5, and 1 is wanted"):
        await again.seek(here, 1)
    await again.close()


async def test_nothing_is_ever_committed_to_kafka(kafka_machine: Machine, kafka_server: Kafka) -> None:
    topic, consumer = kafka_machine.topic("person"), kafka_machine.consumer("a")
    await kafka_machine.log.append([record(topic, "a")])
    subscription = await kafka_machine.log.subscribe(consumer, [topic], "one")
    await until(subscription.assigned)
    await subscription.seek(Assignment(topic, partition_of("p1", 2)), 0)
    assert await texts(subscription, 1) == ["a"]
    await subscription.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server.bootstrap)
    await admin.start()
    assert await admin.list_consumer_group_offsets(consumer) == {}
    await admin.close()


async def two_members(machine: Machine, first_ms: int, second_ms: int) -> tuple[Any, Any]:
    """Let two members join; each may be silent for so long before it counts as dead."""
    topic, consumer = machine.topic("person"), machine.consumer("a")
    one = await machine.new_log(first_ms).subscribe(consumer, [topic], "one")
    joining = asyncio.ensure_future(machine.new_log(second_ms).subscribe(consumer, [topic], "two"))
    await until(lambda: joined(one, joining))
    return one, joining.result()


async def joined(one: Subscription, joining: asyncio.Future[Any]) -> bool:
    return await owns(one, 1) and joining.done()


async def test_the_partitions_of_a_dead_member_go_to_the_living(kafka_machine: Machine) -> None:
    one, two = await two_members(kafka_machine, 3_000, 2_000)
    generation = one.generation
    await two.close()  # a static member says no goodbye: to the group it is as if it had died
    await until(lambda: owns(one, 2))
    assert one.generation > generation
    await one.close()


async def test_a_member_that_restarts_in_time_gets_its_partitions_back_and_disturbs_nobody(
    kafka_machine: Machine,
) -> None:
    one, two = await two_members(kafka_machine, 60_000, 60_000)
    mine, its, generation = await one.assigned(), await two.assigned(), one.generation
    await two.close()
    two = await kafka_machine.log.subscribe(
        kafka_machine.consumer("a"), [kafka_machine.topic("person")], "two"
    )
    await until(lambda: owns(two, 1))
    assert (await one.assigned(), await two.assigned()) == (mine, its)
    assert one.generation == generation
    await one.close()
    await two.close()


def test_a_failure_of_kafka_is_the_machines() -> None:
    fault = unreachable(KafkaConnectionError("nobody"))
    assert isinstance(fault, InfrastructureFault)
    assert str(fault) == "Kafka: KafkaConnectionError: KafkaConnectionError: nobody"

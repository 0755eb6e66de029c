"""The log on Apache Kafka: what is appended, where it begins and ends, and who reads (`events.kafka_reader`).

An offset that Kafka does not hold raises; it is never reset.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from ascbridge.events.logs.envelope import partition_of
from ascbridge.events.logs.kafka_reader import Membership, as_record, let_go, unreachable
from ascbridge.events.logs.kafka_topics import connection
from ascbridge.events.logs.log import Assignment, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ascbridge.config_sections import KafkaSettings

REQUEST_TIMEOUT_MS = 15_000
BATCH_BYTES = 262_144
APPEND_S = 20.0
HEARTBEAT_MS = 2_500
"""By its heartbeat a member learns that another one has come: so long a rebalance may take."""


class KafkaEventLog:
    """An `EventLog` on Apache Kafka. Topics must exist (`events.kafka_topics.create`).

    A reader that is silent for `session_timeout_ms` loses its partitions; one that restarts within that
    time under the same member name gets them back without disturbing the others (static membership).
    """

    def __init__(self, settings: KafkaSettings, *, session_timeout_ms: int = 10_000) -> None:
        self._connection = connection(settings) | {"request_timeout_ms": REQUEST_TIMEOUT_MS}
        self._session_timeout_ms = session_timeout_ms
        self._producer: AIOKafkaProducer | None = None
        self._looker: AIOKafkaConsumer | None = None
        self._starting = asyncio.Lock()

    async def append(self, records: Sequence[Record]) -> None:
        """Append records. Raises `InfrastructureFault`; then some may be there, and all may be appended
        again.

        Each partition has one batch in flight and the next follows its acknowledgment, so whatever fails,
        nothing of a key is there before what came earlier.
        """
        try:
            async with asyncio.timeout(APPEND_S):
                await self._append(records)
        except TimeoutError:
            fault: BaseException = TimeoutError(f"no acknowledgment in {APPEND_S} seconds")
        except (KafkaError, OSError) as told:
            fault = told
        else:
            return
        # A producer that failed may have lost its place in a partition's sequence, or still be trying: take a new one.
        producer, self._producer = self._producer, None
        if producer is not None:
            await _abandon(producer)
        raise unreachable(fault) from fault

    async def _append(self, records: Sequence[Record]) -> None:
        producer = await self._writing()
        parts: dict[TopicPartition, list[Record]] = {}
        for record in records:
            count = len(await producer.partitions_for(record.topic))
            part = TopicPartition(record.topic, partition_of(record.key, count))
            parts.setdefault(part, []).append(record)
        sending = [_send(producer, part, some) for part, some in parts.items()]
        faults = [one for one in await asyncio.gather(*sending, return_exceptions=True) if one is not None]
        if faults:
            raise faults[0]

    async def subscribe(self, consumer: str, topics: Sequence[str], member: str) -> Membership:
        reader = AIOKafkaConsumer(
            **self._connection,
            group_id=consumer,
            group_instance_id=f"{consumer}.{member}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=self._session_timeout_ms,
            heartbeat_interval_ms=min(HEARTBEAT_MS, self._session_timeout_ms // 4),
        )
        membership = Membership(reader)
        reader.subscribe(list(topics), listener=membership)
        try:
            await reader.start()
        except (KafkaError, OSError) as fault:
            await let_go(reader)
            raise unreachable(fault) from fault
        except asyncio.CancelledError:
            await let_go(reader)
            raise
        return membership

    async def bounds(self, topic: str) -> dict[int, tuple[int, int]]:
        parts = await self._partitions([topic])
        first, end = await self._edges(parts)
        return {part.partition: (first[part], end[part]) for part in parts}

    async def offset_at(self, topic: str, time_ms: int) -> dict[int, int]:
        parts = await self._partitions([topic])
        looker = await self._looking()
        try:
            found = await looker.offsets_for_times(dict.fromkeys(parts, max(0, time_ms)))
            end = await looker.end_offsets(parts)
        except (KafkaError, OSError) as fault:
            raise unreachable(fault) from fault
        return {part.partition: found[part].offset if found.get(part) else end[part] for part in parts}

    async def behind(self, offsets: Mapping[Assignment, int]) -> dict[Assignment, int]:
        _, end = await self._edges([TopicPartition(one.topic, one.partition) for one in offsets])
        return {
            one: max(0, end[TopicPartition(one.topic, one.partition)] - offset)
            for one, offset in offsets.items()
        }

    async def read(self, here: Assignment, first: int, end: int) -> list[Record]:
        """Return the records of a partition from offset `first` to before `end`, for no group."""
        part, found = TopicPartition(here.topic, here.partition), list[Record]()
        looker = await self._looking()
        try:
            looker.assign([part])
            looker.seek(part, first)
            while first < end:
                some = (await looker.getmany(part, timeout_ms=1_000)).get(part, [])
                found += [as_record(one) for one in some if one.offset < end]
                first = await looker.position(part)
        except (KafkaError, OSError) as fault:
            raise unreachable(fault) from fault
        return found

    async def close(self) -> None:
        if self._producer is not None:
            await _abandon(self._producer)
        if self._looker is not None:
            await let_go(self._looker)
        self._producer = self._looker = None

    async def _edges(
        self, parts: Sequence[TopicPartition]
    ) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
        looker = await self._looking()
        try:
            return await looker.beginning_offsets(parts), await looker.end_offsets(parts)
        except (KafkaError, OSError) as fault:
            raise unreachable(fault) from fault

    async def _partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        try:
            producer = await self._writing()
            return [
                TopicPartition(topic, partition)
                for topic in topics
                for partition in sorted(await producer.partitions_for(topic))
            ]
        except (KafkaError, OSError) as fault:
            raise unreachable(fault) from fault

    async def _writing(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._connection,
                    enable_idempotence=True,
                    acks="all",
                    max_batch_size=BATCH_BYTES,
                    compression_type="zstd",  # a quarter of the bytes, for 8 microseconds a record
                )
                await _start(producer)
                self._producer = producer
            return self._producer

    async def _looking(self) -> AIOKafkaConsumer:
        async with self._starting:
            if self._looker is None:
                looker = AIOKafkaConsumer(**self._connection)
                try:
                    await _start(looker)
                except (KafkaError, OSError) as fault:
                    raise unreachable(fault) from fault
                self._looker = looker
            return self._looker


async def _start(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    try:
        await client.start()
    except BaseException:
        await client.stop()
        raise


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Stop a producer at once. What was not acknowledged is not, and whoever asked for it will ask again.

    aiokafka tries an idempotent batch for ever, and its `stop` waits for every batch: nothing public ends
    that.
    """
    await producer._sender.close()  # noqa: SLF001 - see above
    await producer.client.close()
    producer._closed = True  # noqa: SLF001 - see above


async def _send(producer: AIOKafkaProducer, part: TopicPartition, records: Sequence[Record]) -> None:
    batch = producer.create_batch()
    for record in records:
        if not _add(batch, record):
            await (await producer.send_batch(batch, part.topic, partition=part.partition))
            batch = producer.create_batch()
            _add(batch, record)
    await (await producer.send_batch(batch, part.topic, partition=part.partition))


def _add(batch: object, record: Record) -> bool:
    headers = [(name, value.encode()) for name, value in record.headers.items()]
    added = batch.append(timestamp=None, key=record.key.encode(), value=record.value, headers=headers)  # type: ignore[attr-defined]  # aiokafka publishes no types
    return added is not None

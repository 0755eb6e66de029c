"""One member of a consumer group on Apache Kafka.

Nothing is committed to Kafka: positions live in the database, and every assignment is sought anew from
there. aiokafka only logs what a rebalance listener raises, so the listener here does no more than note what
came and went, and the delivery's own loop claims and seeks.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.events.logs.log import Assignment, Fetched, OffsetOutsideLog, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiokafka import ConsumerRecord


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka publishes no types
    """A `Subscription` to a `KafkaEventLog`, for a reader that was told to listen to it and started."""

    def __init__(self, reader: AIOKafkaConsumer) -> None:
        self._reader = reader
        self._generation = 0
        self._owned: frozenset[Assignment] = frozenset()
        self._sought: set[Assignment] = set()
        self._edges: dict[TopicPartition, tuple[int, int]] = {}
        self._polling: asyncio.Task[Fetched] | None = None

    @property
    def generation(self) -> int:
        return self._generation

    def on_partitions_revoked(self, _revoked: Iterable[TopicPartition]) -> None:
        """Note that a rebalance began: until it is over we own nothing."""
        self._own(frozenset())

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Note what we own now."""
        self._own(frozenset(Assignment(part.topic, part.partition) for part in assigned))

    def _own(self, assignments: frozenset[Assignment]) -> None:
        self._owned = assignments
        self._sought.clear()
        self._edges.clear()
        self._generation += 1

    async def assigned(self) -> frozenset[Assignment]:
        return self._owned

    async def seek(self, assignment: Assignment, offset: int) -> None:
        generation, part = self._generation, TopicPartition(assignment.topic, assignment.partition)
        if assignment not in self._owned:
            return  # gone in a rebalance: the loop sees the new generation
        try:
            if part not in self._edges:
                await self._look([TopicPartition(one.topic, one.partition) for one in self._owned])
            elif not self._serves(part, offset):
                await self._look([part])  # it may have grown since
            if generation != self._generation:
                return
            if not self._serves(part, offset):
                first, end = self._edges[part]
                here = f"{assignment.topic}-{assignment.partition}"
                raise OffsetOutsideLog(f"{here} goes from {first} to {end}, and {offset} is wanted")
            self._reader.seek(part, offset)
        except IllegalStateError:
            return  # a rebalance has just begun
        except KafkaError as fault:
            raise unreachable(fault) from fault
        self._sought.add(assignment)

    def _serves(self, part: TopicPartition, offset: int) -> bool:
        first, end = self._edges[part]
        return first <= offset <= end

    async def _look(self, parts: Sequence[TopicPartition]) -> None:
        first, end = await self._reader.beginning_offsets(parts), await self._reader.end_offsets(parts)
        self._edges |= {part: (first[part], end[part]) for part in parts}

    async def fetch(self, limit: int, wait_s: float) -> Fetched:
        # During a rebalance aiokafka waits for its end, however long that takes, and a call that is cancelled would
        # count as one that never ended: so one call goes on while we look elsewhere.
        if self._polling is None:
            self._polling = asyncio.ensure_future(self._poll(limit, wait_s))
        await asyncio.wait({self._polling}, timeout=wait_s + 1)
        if not self._polling.done():
            return Fetched()
        polled, self._polling = self._polling, None
        return polled.result()

    async def _poll(self, limit: int, wait_s: float) -> Fetched:
        generation = self._generation
        parts = [TopicPartition(one.topic, one.partition) for one in self._sought]
        try:
            found = await self._reader.getmany(*parts, timeout_ms=int(wait_s * 1000), max_records=limit)
        except NoOffsetForPartitionError:
            return Fetched()  # assigned, and not sought yet
        except OffsetOutOfRangeError as fault:
            raise OffsetOutsideLog(f"Kafka does not hold the wanted offset: {fault}") from fault
        except KafkaError as fault:
            raise unreachable(fault) from fault
        if generation != self._generation:
            return Fetched()
        return Fetched(
            {
                Assignment(part.topic, part.partition): [as_record(one) for one in some]
                for part, some in found.items()
                if Assignment(part.topic, part.partition) in self._sought
            }
        )

    async def close(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait({self._polling})
            self._polling = None
        await let_go(self._reader)


async def let_go(reader: AIOKafkaConsumer) -> None:
    """Stop a reader of aiokafka, with fetches under way too.

    Its `stop` calls those off and awaits them, so that the end of them ends whoever stops it (a service, while its
    broker restarts) and leaves the connections open.
    """
    try:
        await reader.stop()
    except asyncio.CancelledError:
        await reader._client.close()  # noqa: SLF001 - what `stop` did not come to
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it was us who were called off
            raise


def unreachable(fault: BaseException) -> InfrastructureFault:
    """Name a failure of aiokafka as the machine's."""
    return InfrastructureFault(f"Kafka: {type(fault).__name__}: {fault}")


def as_record(one: ConsumerRecord) -> Record:
    """Return a record as aiokafka gives it in our words."""
    headers = {name: value.decode() for name, value in one.headers}
    return Record(one.topic, one.partition, one.offset, one.key.decode(), headers, one.value, one.timestamp)

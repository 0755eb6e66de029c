"""How fast everything goes: by two looks, exact in our own log, and never invented."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ascbridge.config_sections import KafkaSettings
from ascbridge.events.logs.kafka_log import KafkaEventLog
from ascbridge.events.logs.log import Assignment
from ascbridge.operations.flowing import paces
from ascbridge.operations.flowing.paces import Paces, Reached
from ascbridge.storage.tables import event_log
from tests.web.city import NOON, City

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FAMILIES = ("person", "referral", "discharge", "care", "task")


def seen(at_ms: int, **took: int) -> Reached:
    return Reached(at_ms, {}, took)


def test_a_rate_is_taken_over_two_minutes_or_since_the_beginning_but_not_over_less_than_half_a_minute() -> (
    None
):
    kept = Paces()
    assert kept.due(NOON)
    for at in range(0, 300_000, paces.EVERY_MS):
        kept.note(seen(NOON + at, icr=at))
    now_ms = NOON + 290_000
    assert not kept.due(now_ms + 1)
    before = kept.before(now_ms)
    assert before is not None
    assert now_ms - before.at_ms == paces.OVER_MS
    assert paces.of_sinks(before, seen(now_ms, icr=290_000 + 60)) == {"icr": 60_030.0}
    young = Paces()
    young.note(seen(NOON))
    assert young.before(NOON + paces.LEAST_MS - 1) is None
    assert young.before(NOON + paces.LEAST_MS) == seen(NOON)
    assert paces.of_sinks(None, seen(NOON)) == {}


def test_a_clock_that_is_set_back_leaves_no_rate_from_the_time_before() -> None:
    kept = Paces()
    kept.note(seen(NOON, icr=5))
    kept.note(seen(NOON - 3_600_000, icr=6))
    assert kept.before(NOON - 3_600_000 + paces.LEAST_MS) == seen(NOON - 3_600_000, icr=6)


def test_what_a_reader_passed_is_counted_in_its_own_topics_alone(empty_city: City) -> None:
    city = empty_city
    before = city.bridge.read_now(lambda c: paces.reached(c, NOON))
    assert city.bridge.read_now(lambda c: paces.of_readers(c, None, before)) == {}
    city.hear("A01", local_id="L1", visit="V1")
    middle = city.bridge.read_now(lambda c: paces.reached(c, NOON + 60_000))
    city.hear("A03", local_id="L1", visit="V1")
    city.hear("A01", local_id="L2", visit="V2")
    now = city.bridge.read_now(lambda c: paces.reached(c, NOON + 120_000))
    rates = city.bridge.read_now(lambda c: paces.of_readers(c, middle, now))
    assert rates["translator"] == 2.0
    rows = city.rows(event_log)
    passed = [
        row
        for row in rows
        for (who, here), end in now.read.items()
        if who == "discharge"
        and here == Assignment(row.topic, row.partition)
        and middle.read[who, here] <= row.position < end
    ]
    assert rates["discharge"] == len(passed) < len(rows)


@contextlib.asynccontextmanager
async def silent_broker() -> AsyncIterator[str]:
    """Somebody who takes the call and never says a word: a broker that hangs."""
    gone = asyncio.Event()

    async def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        gone.set()
        server.close()


async def test_a_broker_that_hangs_keeps_nobody_waiting_and_nothing_is_invented() -> None:
    async with silent_broker() as address:
        log = KafkaEventLog(KafkaSettings(bootstrap=address))
        try:
            assert await paces.of_families(log, FAMILIES, NOON, patience_s=0.2) == {}
        finally:
            await log.close()


async def test_who_answers_in_time_has_a_rate_beside_who_does_not() -> None:
    log = _Half()
    found = await paces.of_families(log, FAMILIES, NOON, patience_s=0.5)  # type: ignore[arg-type]  # asked two things
    assert found == dict.fromkeys(set(FAMILIES) - {"care"}, 3.0)
    assert log.asked == set(FAMILIES)


class _Half:
    """A log that never answers about care, and of all else answers at once: six events in the two minutes."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    async def offset_at(self, topic: str, time_ms: int) -> dict[int, int]:
        assert time_ms == NOON - paces.OVER_MS
        self.asked.add(topic)
        if topic == "care":
            await asyncio.Event().wait()
        return {0: 40}

    async def behind(self, offsets: dict[Assignment, int]) -> dict[Assignment, int]:
        return dict.fromkeys(offsets, 6)

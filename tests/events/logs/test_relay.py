"""The relay: what is in the outbox gets to Kafka, in order, whoever is killed and whatever fails."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from ascbridge.events.logs import relay as relay_module
from ascbridge.events.logs.faults import InfrastructureFault
from ascbridge.events.logs.log import Record
from ascbridge.events.logs.outbox import Outbox
from ascbridge.events.logs.relay import Relay
from ascbridge.storage.tables import event_log, message
from tests.events.machines import NOON, PATIENCE_S, PREFIX, Machine, running, until
from tests.events.victim import dies, order

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

LANES = [f"p{n}" for n in range(12)]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shorter than in earnest; nothing here is about how long."""
    monkeypatch.setattr(relay_module, "STANDBY_S", 0.02)
    monkeypatch.setattr(relay_module, "LONGEST_WAIT_S", 0.05)


async def fill(machine: Machine, turns: range) -> None:
    """Put an event for each lane and turn into the outbox."""
    outbox = Outbox(2, PREFIX, {})
    for turn in turns:
        events = [machine.event(lane, str(turn), turn * 100 + n) for n, lane in enumerate(LANES)]
        await machine.database.write(lambda c, some=events: outbox.emit(c, some, NOON))


async def left(machine: Machine) -> int:
    return int(await machine.scalar(select(func.count()).select_from(event_log)))


async def is_empty(machine: Machine) -> bool:
    return await left(machine) == 0


async def on_topic(machine: Machine) -> dict[str, list[str]]:
    """Read the whole topic; for each lane what it says, each text where it first appears."""
    topic = machine.topic("person")
    subscription = await machine.log.subscribe(machine.consumer("looker"), [topic], "one")
    said: dict[str, list[str]] = defaultdict(list)
    await until(subscription.assigned)
    count = 0
    for assignment in await subscription.assigned():
        first, end = (await machine.log.bounds(topic))[assignment.partition]
        count += end - first
        await subscription.seek(assignment, first)
    while count:
        for some in (await subscription.fetch(500, 0.2)).records.values():
            count -= len(some)
            for record in some:
                text_said = record.value.decode()[9:-2]
                if text_said not in said[record.key]:
                    said[record.key].append(text_said)
    await subscription.close()
    return dict(said)


def in_order(turns: int) -> dict[str, list[str]]:
    return {lane: [str(turn) for turn in range(turns)] for lane in LANES}


async def test_everything_gets_there_in_order_and_the_outbox_is_empty(kafka_machine: Machine) -> None:
    await fill(kafka_machine, range(10))
    relay = Relay(kafka_machine.database, kafka_machine.log, clock=kafka_machine.clock, batch=50)
    async with running(relay):
        await until(lambda: is_empty(kafka_machine))
        relay.notify()
        await fill(kafka_machine, range(10, 12))
        await until(lambda: is_empty(kafka_machine))
    assert await on_topic(kafka_machine) == in_order(12)
    assert relay.healthy
    assert relay.progress_ms == NOON


async def test_a_relay_killed_in_the_middle_loses_nothing_and_keeps_every_persons_order(
    kafka_machine: Machine,
) -> None:
    await fill(kafka_machine, range(10))
    for after in (1, 50):  # acknowledged and not deleted: in its first batch, then in a later one
        await dies(order(kafka_machine, "relay", after))
    assert 0 < await left(kafka_machine) <= 120
    async with running(Relay(kafka_machine.database, kafka_machine.log, clock=kafka_machine.clock)):
        await until(lambda: is_empty(kafka_machine))
    assert await on_topic(kafka_machine) == in_order(10)


class Faulty:
    """A log that fails in every way: before it appends, after it, and after a part of it."""

    def __init__(self, log: Any, seed: int) -> None:
        self.log, self.chance, self.failures = log, random.Random(seed), 0

    async def append(self, records: Sequence[Record]) -> None:
        way = self.chance.choice(["well", "before", "after", "partly"])
        if way == "partly":
            # What KafkaEventLog may leave behind: a part of each partition, from its beginning.
            await self.log.append(records[: len(records) // 2])
        elif way != "before":
            await self.log.append(records)
        if way != "well":
            self.failures += 1
            raise InfrastructureFault(f"Kafka: failed {way}")


async def test_failures_of_every_kind_cost_nothing_but_repetition(kafka_machine: Machine) -> None:
    await fill(kafka_machine, range(10))
    faulty = Faulty(kafka_machine.log, seed=7)
    relay = Relay(kafka_machine.database, faulty, clock=kafka_machine.clock, batch=15)  # type: ignore[arg-type]  # a log, with faults
    async with running(relay):
        await until(lambda: is_empty(kafka_machine))
    assert faulty.failures > 3
    assert await on_topic(kafka_machine) == in_order(10)


async def test_a_relay_that_cannot_reach_kafka_says_so_and_goes_on_later(kafka_machine: Machine) -> None:
    await fill(kafka_machine, range(1))
    relay = Relay(kafka_machine.database, Gone(), clock=kafka_machine.clock)  # type: ignore[arg-type]  # a log that fails
    kafka_machine.clock.pass_minutes(2)
    async with running(relay):
        await until(lambda: not relay.healthy)
        assert relay.trouble == "Kafka: nobody answers"
        assert relay.backlog_age_s() == 120
        relay._log = kafka_machine.log
        await until(lambda: is_empty(kafka_machine))
        await until(lambda: relay.healthy)
    assert relay.backlog_age_s() == 0


class Gone:
    """A log that nobody answers at."""

    async def append(self, records: Sequence[Record]) -> None:
        raise InfrastructureFault("Kafka: nobody answers")


async def test_a_relay_in_standby_is_well_again_once_another_carries(kafka_machine: Machine) -> None:
    await fill(kafka_machine, range(1))
    first = Relay(kafka_machine.database, Gone(), clock=kafka_machine.clock)  # type: ignore[arg-type]  # a log that fails
    async with running(first):
        await until(lambda: not first.healthy)
        async with running(Relay(kafka_machine.database, kafka_machine.log, clock=kafka_machine.clock)):
            await until(lambda: is_empty(kafka_machine))
            await until(lambda: first.healthy)
            assert first.backlog_age_s() == 0


async def test_a_relay_in_standby_stays_red_while_whoever_has_the_lock_carries_nothing(
    kafka_machine: Machine,
) -> None:
    await fill(kafka_machine, range(1))
    relay = Relay(kafka_machine.database, Gone(), clock=kafka_machine.clock)  # type: ignore[arg-type]  # a log that fails
    looks = []
    look = relay._see_others_carry

    async def counted(connection: Any) -> None:
        await look(connection)
        looks.append(relay.healthy)

    relay._see_others_carry = counted  # type: ignore[method-assign]  # to know when it has looked
    async with running(relay):
        await until(lambda: not relay.healthy)
        async with kafka_machine.database.connect() as stuck:
            await until(lambda: relay_module._locked(stuck))
            await until(lambda: len(looks) > 3)
            assert not any(looks)
            await stuck.invalidate()


async def test_one_relay_works_at_a_time_and_the_next_takes_over_when_its_connection_goes(
    kafka_machine: Machine,
) -> None:
    sent: list[str] = []

    class Noting:
        def __init__(self, name: str) -> None:
            self.name = name

        async def append(self, records: Sequence[Record]) -> None:
            sent.extend(self.name for _ in records)
            await kafka_machine.log.append(records)

    first, second = (
        Relay(kafka_machine.database, Noting(name), clock=kafka_machine.clock)  # type: ignore[arg-type]  # a log that notes
        for name in ("first", "second")
    )
    async with running(first):
        await until(lambda: first.progress_ms)
        async with running(second):
            await fill(kafka_machine, range(1))
            await until(lambda: is_empty(kafka_machine))
            assert set(sent) == {"first"}
            first.stop()
            await until(lambda: second.progress_ms)
            await fill(kafka_machine, range(1, 2))
            await until(lambda: is_empty(kafka_machine))
    assert sent == ["first"] * 12 + ["second"] * 12


async def test_a_relay_whose_connection_is_cut_stops_sending_and_comes_back(kafka_machine: Machine) -> None:
    relay = Relay(kafka_machine.database, kafka_machine.log, clock=kafka_machine.clock)
    async with running(relay):
        await until(lambda: relay.progress_ms)
        cut = text(
            "select pg_terminate_backend(pid) from pg_locks "
            "where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"
        )
        assert await kafka_machine.rows(cut) == [(True,)]
        await fill(kafka_machine, range(2))
        await until(lambda: is_empty(kafka_machine))
    assert await on_topic(kafka_machine) == in_order(2)


async def test_a_transaction_that_commits_late_is_not_left_behind_and_keeps_its_place(
    kafka_machine: Machine,
) -> None:
    outbox, database = Outbox(2, PREFIX, {}), kafka_machine.database

    async def emit(lane: str, said: str, number: int) -> None:
        await database.write(lambda c: outbox.emit(c, [kafka_machine.event(lane, said, number)], NOON))

    relay = Relay(database, kafka_machine.log, clock=kafka_machine.clock)
    async with running(relay), database.connect() as late:
        await late.run_sync(outbox.emit, [kafka_machine.event("p1", "late", 1)], NOON)
        await emit("p2", "other", 2)  # a higher number, committed and carried first
        await until(lambda: is_empty(kafka_machine))
        behind = asyncio.ensure_future(emit("p1", "behind", 3))
        waits = text(
            "select 1 from pg_locks where locktype = 'advisory' and not granted and "
            "database = (select oid from pg_database where datname = current_database())"
        )
        await until(lambda: kafka_machine.rows(waits))
        assert not behind.done()
        await late.commit()
        await behind
        await until(lambda: is_empty(kafka_machine))
    assert await on_topic(kafka_machine) == {"p2": ["other"], "p1": ["late", "behind"]}


async def test_kept_messages_are_pointed_at(kafka_machine: Machine) -> None:
    rows = [
        {"message_id": f"m{n}", "feed": "ward", "lane": lane, "received_ms": NOON + n, "body": b"secret",
         "answer": b"", "outcome": outcome, "translation": n}
        for n, (lane, outcome) in enumerate([("p0", "kept"), ("p9", "refused"), ("p9", "kept")])
    ]  # fmt: skip
    outbox = Outbox(2, PREFIX, {})

    def keep(connection: Any) -> None:
        connection.execute(insert(message), rows)
        outbox.announce(connection, ["m2", "m1", "m0"])

    await kafka_machine.database.write(keep)
    found = await kafka_machine.rows(select(event_log).order_by(event_log.c.position))
    assert [(row.topic, row.key, row.partition, row.event_id) for row in found] == [
        ("inbound", "p0", 0, "m0"),
        ("inbound", "p9", 1, "m2"),
    ]
    assert found[1].value == b'{"message_id":"m2","feed":"ward","lane":"p9"}'
    assert '"translation":"2"' in found[1].headers
    assert not any(b"secret" in row.value for row in found)


async def test_stopping_a_relay_does_not_wait_for_work(kafka_machine: Machine) -> None:
    relay = Relay(kafka_machine.database, kafka_machine.log, clock=kafka_machine.clock)
    task = asyncio.ensure_future(relay.run())
    await until(lambda: relay.progress_ms)
    relay.stop()
    await asyncio.wait_for(task, PATIENCE_S)

"""One behaviour suite for both logs: order for each key, many readers, replay, takeover, and honest edges."""

import asyncio
from collections import defaultdict

import pytest
from sqlalchemy import insert

from ascbridge.clock import Clock
from ascbridge.events.logs.envelope import partition_of
from ascbridge.events.logs.log import INBOUND, Assignment, OffsetOutsideLog, Record, Subscription
from ascbridge.events.logs.sqlite_log import SqliteEventLog
from ascbridge.storage.database import SqliteDatabase
from ascbridge.storage.tables import message
from tests.events.machines import NOON, PREFIX, Machine, until

WAIT_S = 0.2


def record(topic: str, key: str, said: str) -> Record:
    headers = {"ce_id": f"{key}-{said}", "ce_type": "t", "content-type": "application/json"}
    return Record(topic, 0, 0, key, headers, said.encode())


async def from_the_start(machine: Machine, subscription: Subscription, *topics: str) -> None:
    await until(subscription.assigned)
    for assignment in await subscription.assigned():
        first, _ = (await machine.log.bounds(assignment.topic))[assignment.partition]
        await subscription.seek(assignment, first)


async def read(subscription: Subscription, count: int) -> list[Record]:
    """Read until there are so many records, and see that there is not one more."""
    found: list[Record] = []

    async def more() -> bool:
        fetched = await subscription.fetch(100, WAIT_S)
        for some in fetched.records.values():
            found.extend(some)
        return len(found) >= count

    await until(more)
    assert len(found) == count
    return found


def by_key(records: list[Record]) -> dict[str, list[str]]:
    said = defaultdict(list)
    for one in records:
        said[one.key].append(one.value.decode())
    return dict(said)


async def test_each_key_keeps_its_order_and_its_partition(machine: Machine) -> None:
    topic = machine.topic("person")
    keys = [f"p{n}" for n in range(12)]
    for turn in range(5):
        await machine.log.append([record(topic, key, str(turn)) for key in keys])
    subscription = await machine.log.subscribe(machine.consumer("a"), [topic], "one")
    await from_the_start(machine, subscription)
    found = await read(subscription, 60)
    assert by_key(found) == {key: ["0", "1", "2", "3", "4"] for key in keys}
    assert {one.partition for one in found} == {0, 1}
    assert all(one.partition == partition_of(one.key, 2) for one in found)
    offsets = defaultdict(list)
    for one in found:
        offsets[one.partition].append(one.offset)
    assert all(some == sorted(set(some)) for some in offsets.values())
    await subscription.close()


async def test_a_record_comes_back_as_it_went_in(machine: Machine) -> None:
    topic = machine.topic("person")
    before_ms = Clock.system().now_ms() if machine.kind == "kafka" else NOON
    await machine.log.append([record(topic, "p1", "zdravé 1")])
    subscription = await machine.log.subscribe(machine.consumer("a"), [topic], "one")
    await from_the_start(machine, subscription)
    (found,) = await read(subscription, 1)
    assert (found.topic, found.key, found.value.decode()) == (topic, "p1", "zdravé 1")
    assert found.headers == {"ce_id": "p1-zdravé 1", "ce_type": "t", "content-type": "application/json"}
    assert (found.event_id, found.event_type) == ("p1-zdravé 1", "t")
    assert before_ms <= found.time_ms <= max(before_ms, Clock.system().now_ms())
    await subscription.close()


async def test_many_consumers_each_read_everything(machine: Machine) -> None:
    topic = machine.topic("person")
    await machine.log.append([record(topic, "p1", "a"), record(topic, "p2", "b")])
    for consumer in ("a", "b"):
        subscription = await machine.log.subscribe(machine.consumer(consumer), [topic], "one")
        await from_the_start(machine, subscription)
        assert by_key(await read(subscription, 2)) == {"p1": ["a"], "p2": ["b"]}
        await subscription.close()


async def test_one_reader_reads_several_topics(machine: Machine) -> None:
    busy, calm = machine.topic("person"), machine.topic("discharge")
    await machine.log.append([record(busy, "p1", str(n)) for n in range(30)])
    await machine.log.append([record(calm, "p1", "x")])
    subscription = await machine.log.subscribe(machine.consumer("a"), [busy, calm], "one")
    await from_the_start(machine, subscription)
    found: list[Record] = []

    async def fetch() -> bool:
        fetched = await subscription.fetch(5, WAIT_S)
        assert sum(map(len, fetched.records.values())) <= 5
        found.extend(one for some in fetched.records.values() for one in some)
        return len(found) >= 31

    await until(fetch)
    assert [one.value.decode() for one in found if one.topic == busy] == [str(n) for n in range(30)]
    assert [one.value.decode() for one in found if one.topic == calm] == ["x"]
    await subscription.close()


async def test_members_share_the_partitions_of_every_topic_alike(machine: Machine) -> None:
    topics = [machine.topic("person"), machine.topic("discharge")]
    other_log = machine.log if machine.kind == "sqlite" else machine.new_log()
    one = await machine.log.subscribe(machine.consumer("a"), topics, "one")
    assert len(await one.assigned()) == 4
    generation = one.generation
    joining = asyncio.ensure_future(other_log.subscribe(machine.consumer("a"), topics, "two"))

    async def shared() -> bool:
        await one.fetch(1, 0.05)  # a member takes part in a rebalance while it fetches
        return joining.done() and len(await one.assigned()) == 2

    await until(shared)
    two = joining.result()
    mine, its = await one.assigned(), await two.assigned()
    assert one.generation > generation
    assert mine | its == {Assignment(topic, partition) for topic in topics for partition in (0, 1)}
    assert not mine & its
    # A patient's families of events meet in one worker.
    assert len({assignment.partition for assignment in mine}) == 1
    await two.close()
    await one.close()


async def test_nothing_is_fetched_from_a_partition_that_was_not_sought(machine: Machine) -> None:
    topic = machine.topic("person")
    await machine.log.append([record(topic, f"p{n}", "a") for n in range(10)])
    subscription = await machine.log.subscribe(machine.consumer("a"), [topic], "one")
    assert (await subscription.fetch(100, WAIT_S)).records == {}
    await subscription.seek(Assignment(topic, 1), (await machine.log.bounds(topic))[1][0])
    found = await read(subscription, sum(partition_of(f"p{n}", 2) for n in range(10)))
    assert {one.partition for one in found} == {1}
    await subscription.close()


async def test_reading_can_begin_anywhere(machine: Machine) -> None:
    topic = machine.topic("person")
    await machine.log.append([record(topic, "p1", str(n)) for n in range(5)])
    partition = partition_of("p1", 2)
    subscription = await machine.log.subscribe(machine.consumer("a"), [topic], "one")
    await from_the_start(machine, subscription)
    third = (await read(subscription, 5))[2]
    await subscription.seek(Assignment(topic, partition), third.offset)
    assert [one.value.decode() for one in await read(subscription, 3)] == ["2", "3", "4"]
    await subscription.close()


async def test_reading_can_begin_at_a_time(machine: Machine) -> None:
    topic = machine.topic("person")
    await machine.log.append([record(topic, "p1", "old")])
    machine.clock.pass_minutes(1)
    between_ms = Clock.system().now_ms() + 1 if machine.kind == "kafka" else machine.clock.now_ms()
    await until(lambda: machine.kind == "sqlite" or Clock.system().now_ms() > between_ms)
    await machine.log.append([record(topic, "p1", "new")])
    offsets = await machine.log.offset_at(topic, between_ms)
    partition = partition_of("p1", 2)
    subscription = await machine.log.subscribe(machine.consumer("a"), [topic], "one")
    await until(subscription.assigned)
    await subscription.seek(Assignment(topic, partition), offsets[partition])
    assert [one.value.decode() for one in await read(subscription, 1)] == ["new"]
    after_all = await machine.log.offset_at(topic, between_ms + 3_600_000)
    assert after_all[partition] == (await machine.log.bounds(topic))[partition][1]
    from_ever = await machine.log.offset_at(topic, 0)
    await subscription.seek(Assignment(topic, partition), from_ever[partition])
    assert [one.value.decode() for one in await read(subscription, 2)] == ["old", "new"]
    await subscription.close()


async def test_how_far_behind_a_reader_is_can_be_counted(machine: Machine) -> None:
    topic = machine.topic("person")
    here = Assignment(topic, partition_of("p1", 2))
    first = (await machine.log.bounds(topic))[here.partition][0]
    assert await machine.log.behind({here: first}) == {here: 0}
    await machine.log.append([record(topic, "p1", str(n)) for n in range(3)])
    assert await machine.log.behind({here: first}) == {here: 3}
    assert await machine.log.behind({here: (await machine.log.bounds(topic))[here.partition][1]}) == {here: 0}


async def test_an_offset_that_is_not_there_yet_is_refused(machine: Machine) -> None:
    topic = machine.topic("person")
    await machine.log.append([record(topic, "p1", "a")])
    subscription = await machine.log.subscribe(machine.consumer("a"), [topic], "one")
    await until(subscription.assigned)
    here = Assignment(topic, partition_of("p1", 2))
    end = (await machine.log.bounds(topic))[here.partition][1]
    await subscription.seek(here, end)
    with pytest.raises(OffsetOutsideLog, match=f"and {end + 5} is wanted"):
        await subscription.seek(here, end + 5)
    # The log has grown since it was last looked at.
    await machine.log.append([record(topic, "p1", str(n)) for n in range(6)])
    await subscription.seek(here, end + 5)
    await subscription.close()


async def test_a_reader_that_comes_in_anothers_name_takes_its_place(machine: Machine) -> None:
    topic = machine.topic("person")
    await machine.log.append([record(topic, "p1", "a")])
    old = await machine.log.subscribe(machine.consumer("a"), [topic], "one")
    await until(old.assigned)
    new = await machine.new_log().subscribe(machine.consumer("a"), [topic], "one")
    await from_the_start(machine, new)
    assert by_key(await read(new, 1)) == {"p1": ["a"]}
    await new.close()
    await old.close()


async def test_kept_messages_are_the_topic_inbound(sqlite_database: SqliteDatabase, clock: Clock) -> None:
    log = SqliteEventLog(sqlite_database, clock=clock, prefix=PREFIX, partitions=2)
    rows = [
        {
            "message_id": f"m{n}", "feed": "ward", "lane": f"p{n % 3}", "received_ms": NOON + n, "body": b"",
            "answer": b"", "outcome": "refused" if n == 2 else "kept", "translation": 0,
        }
        for n in range(7)
    ]  # fmt: skip
    await sqlite_database.write(lambda c: c.execute(insert(message), rows))
    subscription = await log.subscribe("translator", [INBOUND], "one")
    for assignment in await subscription.assigned():
        await subscription.seek(assignment, 0)
    found = await read(subscription, 6)
    assert sorted(one.event_id for one in found) == ["m0", "m1", "m3", "m4", "m5", "m6"]
    assert by_key(found).keys() == {"p0", "p1", "p2"}
    assert all(one.partition == partition_of(one.key, 2) for one in found)
    first = min(found, key=lambda one: one.offset)
    assert first.event_type == f"{PREFIX}.inbound.message-kept.v1"
    assert first.value == b'{"message_id":"m0","feed":"ward","lane":"p0"}'
    assert (first.headers["feed"], first.headers["kept_ms"], first.headers["translation"]) == (
        "ward",
        str(NOON),
        "0",
    )
    here = Assignment(INBOUND, first.partition)
    assert sum((await log.behind({here: 0})).values()) == len(
        [one for one in found if one.partition == here.partition]
    )
    await subscription.close()
    await log.close()


async def test_a_restored_store_of_messages_that_lacks_what_was_read_stops_the_reader(
    sqlite_database: SqliteDatabase, clock: Clock
) -> None:
    log = SqliteEventLog(sqlite_database, clock=clock, prefix=PREFIX)
    subscription = await log.subscribe("translator", [INBOUND], "one")
    with pytest.raises(OffsetOutsideLog, match="inbound-0 goes from 0 to 1, and 40 is wanted"):
        await subscription.seek(Assignment(INBOUND, 0), 40)
    await subscription.close()

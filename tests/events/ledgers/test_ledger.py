"""Where kept messages stand: every state, every way between them, and books that always add up."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, select

from ascbridge.events.handlers import dead_letters, holds
from ascbridge.events.ledgers import ledger
from ascbridge.events.ledgers.ledger import Balance, Translated
from ascbridge.events.logs.cloud_event import Pointer, inbound_record, to_record
from ascbridge.events.logs.envelope import ReleasedEvent
from ascbridge.events.logs.log import Record
from ascbridge.events.logs.outbox import Outbox
from ascbridge.storage.database import Database, PostgresDatabase
from ascbridge.storage.tables import intake_count, message_state
from ascbridge.storage.upsert import add_counts
from tests.events.machines import NOON, PATIENCE_S, PREFIX, until

READERS = {"discharge": ("person",), "record": ("person",)}
OUTBOX = Outbox(1, PREFIX, READERS)


def event(message: str, slot: str = "person", lane: str = "p1") -> ReleasedEvent:
    return ReleasedEvent(
        f"{message}-{slot}", f"{PREFIX}.person.patient-restricted.v1", "person", lane, NOON, NOON, message, message,
        "", "", {},
    )  # fmt: skip


def record(message: str, offset: int = 1, lane: str = "p1") -> Record:
    made = to_record(event(message, lane=lane), prefix=PREFIX)
    return Record(made.topic, 0, offset, made.key, made.headers, made.value, NOON)


def pointer(message: str, offset: int = 1) -> Record:
    return inbound_record(Pointer(message, "ward", "p1", NOON), prefix=PREFIX, offset=offset)


async def keep(database: Database, count: int) -> None:
    rows = [{"feed": "ward", "name": "kept", "n": count}]
    await database.write(lambda c: add_counts(c, intake_count, rows))


async def translate(database: Database, *messages: str, slots: tuple[str, ...] = ("person",)) -> None:
    def work(connection: Connection) -> None:
        OUTBOX.emit(connection, [event(m, slot) for m in messages for slot in slots], NOON)
        done = [Translated(m, "ward", NOON, len(slots)) for m in messages]
        ledger.translated_all(connection, done, NOON)

    await database.write(work)


async def do(database: Database, work: Callable[..., Any], *arguments: Any, **more: Any) -> None:
    await database.write(lambda c: work(c, *arguments, **more))


async def balance(database: Database) -> Balance:
    assert await database.read(ledger.miscounted) == {}
    found = (await database.read(ledger.balance))["ward"]
    assert sum(getattr(found, state) for state in ledger.STATES) == found.kept
    return found


async def states(database: Database) -> dict[str, str]:
    wanted = select(message_state.c.message_id, message_state.c.state)
    return dict(await database.read(lambda c: c.execute(wanted).all()))


async def test_a_message_nobody_has_translated_is_waiting(database: Database) -> None:
    await keep(database, 3)
    assert await balance(database) == Balance(3, 0, 0, 3, 0, 0, 0)


async def test_a_message_without_events_has_no_effect_and_says_why(database: Database) -> None:
    await keep(database, 1)
    await do(database, ledger.translated, "m1", "ward", NOON, 0, "no such ward", NOON)
    assert await balance(database) == Balance(1, 0, 1, 0, 0, 0, 0)
    assert await database.read(lambda c: c.scalar(select(message_state.c.note))) == "no such ward"


async def test_a_message_is_delivered_when_its_last_effect_is_done(database: Database) -> None:
    await keep(database, 2)
    await translate(database, "m1", "m2", slots=("person", "stay"))
    assert (await balance(database)).waiting == 2
    await do(database, ledger.effects_done, "discharge", ["m1-person", "m1-stay", "m2-person"], NOON)
    await do(database, ledger.effects_done, "record", ["m1-person"], NOON)
    assert (await balance(database)).delivered == 0
    await do(database, ledger.effects_done, "record", ["m1-stay"], NOON)
    assert await states(database) == {"m1": "delivered", "m2": "waiting"}
    assert await balance(database) == Balance(2, 1, 0, 1, 0, 0, 0)


async def test_an_event_that_nobody_reads_is_delivered_at_once(database: Database) -> None:
    await keep(database, 1)

    def work(connection: Connection) -> None:
        Outbox(1, PREFIX, {}).emit(connection, [event("m1")], NOON)
        ledger.translated(connection, "m1", "ward", NOON, 1, "", NOON)

    await database.write(work)
    assert (await balance(database)).delivered == 1


async def test_a_sink_keeps_a_message_waiting_until_it_holds_the_event(database: Database) -> None:
    await keep(database, 2)
    await translate(database, "m1", "m2")
    for reader in READERS:
        await do(
            database, ledger.owe_sink, "icr", [("m1", "m1-person", "p1"), ("m2", "m2-person", "p2")], NOON
        )
        await do(database, ledger.effects_done, reader, ["m1-person", "m2-person"], NOON)
    assert (await balance(database)).waiting == 2
    owed = await database.read(lambda c: ledger.owed_to_sink(c, "icr", ["p1", "p9"]))
    assert owed == {"p1": ["m1-person"]}
    assert await database.read(lambda c: ledger.owed_to_sink(c, "other", ["p1"])) == {}
    await do(database, ledger.sink_done, "icr", owed, NOON)
    assert await states(database) == {"m1": "delivered", "m2": "waiting"}


async def test_a_replay_that_owes_a_sink_again_takes_the_message_back(database: Database) -> None:
    await keep(database, 1)
    await translate(database, "m1")
    for reader in READERS:
        await do(database, ledger.effects_done, reader, ["m1-person"], NOON)
    assert (await balance(database)).delivered == 1
    await do(database, ledger.owe_sink, "icr", [("m1", "m1-person", "p1")], NOON)
    await do(database, ledger.effects_done, "record", ["m1-person"], NOON)
    assert (await balance(database)).waiting == 1


async def test_handling_a_message_again_counts_it_once(database: Database) -> None:
    await keep(database, 1)
    await translate(database, "m1")
    await translate(database, "m1")
    assert await balance(database) == Balance(1, 0, 0, 1, 0, 0, 0)


async def test_a_new_translation_can_turn_no_effect_into_events(database: Database) -> None:
    await keep(database, 1)
    await do(database, ledger.translated, "m1", "ward", NOON, 0, "not mapped", NOON)
    await translate(database, "m1")
    assert await balance(database) == Balance(1, 0, 0, 1, 0, 0, 0)
    assert await database.read(lambda c: c.scalar(select(message_state.c.note))) == ""


async def test_the_weightiest_reason_decides(database: Database) -> None:
    await keep(database, 3)
    await translate(database, "m1", "m2", "m3")
    await do(database, holds.hold, "record", record("m1", 1), "odd", NOON, NOON)
    await do(database, holds.park, "record", [record("m2", 2)], NOON)
    assert await balance(database) == Balance(3, 0, 0, 1, 1, 1, 0)
    await do(database, dead_letters.bury, "record", record("m1", 1), "odd", NOON)
    assert await states(database) == {"m1": "dead", "m2": "parked", "m3": "waiting"}
    await balance(database)


async def test_a_message_held_before_it_was_translated_is_in_the_books(database: Database) -> None:
    await keep(database, 2)
    await do(database, holds.hold, "translator", pointer("m1"), "odd", NOON, NOON)
    assert await balance(database) == Balance(2, 0, 0, 1, 1, 0, 0)


async def test_a_dismissed_dead_letter_lets_the_rest_of_the_message_count(database: Database) -> None:
    await keep(database, 2)
    await translate(database, "m1")
    await do(database, ledger.effects_done, "discharge", ["m1-person"], NOON)
    for consumer, one in (("record", record("m1")), ("translator", pointer("m2"))):
        await do(database, holds.hold, consumer, one, "odd", NOON, NOON)
        dead_id = await database.write(
            lambda c, who=consumer, what=one: dead_letters.bury(c, who, what, "odd", NOON)
        )
        assert (await states(database))[one.headers.get("ce_correlationid", one.event_id)] == "dead"
        await do(database, dead_letters.dismiss, dead_id, NOON)
    assert await states(database) == {"m1": "delivered", "m2": "no_effect"}
    assert await balance(database) == Balance(2, 1, 1, 0, 0, 0, 0)


async def test_what_follows_from_a_desk_act_is_no_message(database: Database) -> None:
    await do(database, OUTBOX.emit, [event("act1")], NOON)
    await do(database, ledger.effects_done, "record", ["act1-person"], NOON)
    assert await states(database) == {}
    assert await database.read(ledger.balance) == {}


@pytest.mark.postgres
async def test_two_workers_that_finish_the_last_two_effects_at_once_deliver(
    postgres_database: PostgresDatabase,
) -> None:
    database = postgres_database
    await keep(database, 20)
    messages = [f"m{n}" for n in range(20)]
    await translate(database, *messages)
    events = [f"{message}-person" for message in messages]

    somebody_waits = asyncio.Event()

    async def finish(reader: str) -> None:
        async with database.connect() as connection:
            await connection.run_sync(ledger.effects_done, reader, events, NOON)
            # Neither commits before the other has done its work as far as it can, which is up to the lock.
            await somebody_waits.wait()
            await connection.commit()

    async def watch() -> None:
        waits = (
            "select count(*) from pg_stat_activity "
            "where wait_event_type = 'Lock' and datname = current_database()"
        )
        await until(lambda: database.read(lambda c: c.exec_driver_sql(waits).scalar()))
        somebody_waits.set()

    await asyncio.wait_for(asyncio.gather(finish("discharge"), finish("record"), watch()), PATIENCE_S)
    assert (await balance(database)).delivered == 20

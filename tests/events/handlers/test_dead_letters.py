"""Dead letters: what is given up on is kept whole, marked in those that follow, and settled by a person."""

import pytest
from sqlalchemy import select

from ascbridge.events.handlers import dead_letters, holds
from ascbridge.events.handlers.dead_letters import NoDeadLetter
from ascbridge.storage.database import Database
from ascbridge.storage.tables import dead_letter, open_effect, parked
from tests.events.handlers.test_holds import hold, record, waiting
from tests.events.ledgers.test_ledger import keep, states, translate
from tests.events.machines import NOON


async def bury(database: Database, offset: int = 7) -> str:
    return await database.write(lambda c: dead_letters.bury(c, "record", record(offset), "odd ward", NOON))


async def test_a_dead_letter_holds_all_of_its_record(database: Database) -> None:
    await hold(database, record(7))
    dead_id = await bury(database)
    row = await database.read(lambda c: c.execute(select(dead_letter)).one())
    assert (row.dead_id, row.consumer, row.topic, row.partition, row.offset) == (
        dead_id,
        "record",
        "person",
        0,
        7,
    )
    assert (row.lane, row.event_id, row.message_id, row.cause) == ("p1", "m7-person", "m7", "odd ward")
    assert (row.value, row.dead_ms, row.state, row.closed_ms) == (b"{}", NOON, "open", None)
    assert await database.read(lambda c: c.execute(select(parked)).all()) == []


async def test_what_waited_behind_it_is_marked(database: Database) -> None:
    await hold(database, record(7))
    await database.write(lambda c: holds.park(c, "record", [record(8), record(9, "p2")], NOON))
    await bury(database)
    lane = await database.write(lambda c: holds.take(c, "record", "p1"))
    assert lane is not None
    (behind,) = await database.read(lambda c: holds.waiting(c, "record", lane, 9))
    assert behind.headers == {**record(8).headers, "gap": "m7-person"}
    rows = await database.read(lambda c: c.execute(select(parked).where(parked.c.lane == "p2")).all())
    assert all("gap" not in row.headers for row in rows)


async def test_a_replay_puts_it_before_what_waits_now(database: Database) -> None:
    await keep(database, 1)
    await translate(database, "m7")
    await hold(database, record(7))
    dead_id = await bury(database)
    assert (await states(database))["m7"] == "dead"
    await database.write(lambda c: holds.release(c, "record", "p1"))
    await hold(database, record(9), next_ms=NOON + 99)
    await database.write(lambda c: dead_letters.replay(c, dead_id, NOON + 5))
    assert await waiting(database) == [("person", 7), ("person", 9)]
    lane = await database.write(lambda c: holds.take(c, "record", "p1"))
    assert lane is not None
    assert (lane.next_try_ms, lane.tries, lane.since_ms) == (NOON + 5, 0, NOON + 5)
    row = await database.read(lambda c: c.execute(select(dead_letter)).one())
    assert (row.state, row.closed_ms) == ("replayed", NOON + 5)
    assert (await states(database))["m7"] == "held"


async def test_a_dismissal_ends_what_its_reader_owed(database: Database) -> None:
    await keep(database, 1)
    await translate(database, "m7")
    dead_id = await bury(database)
    await database.write(lambda c: dead_letters.dismiss(c, dead_id, NOON + 5))
    readers = await database.read(lambda c: c.scalars(select(open_effect.c.reader)).all())
    assert readers == ["discharge"]
    assert await states(database) == {"m7": "waiting"}
    row = await database.read(lambda c: c.execute(select(dead_letter)).one())
    assert (row.state, row.closed_ms) == ("dismissed", NOON + 5)


@pytest.mark.parametrize("act", [dead_letters.replay, dead_letters.dismiss])
async def test_a_dead_letter_is_settled_once(database: Database, act) -> None:  # type: ignore[no-untyped-def]  # either act
    dead_id = await bury(database)
    await database.write(lambda c: act(c, dead_id, NOON))
    for settled in (dead_id, "never"):
        with pytest.raises(NoDeadLetter):
            await database.write(lambda c, which=settled: act(c, which, NOON))

"""The chain of closed hours on both databases: closed once, corrected by name, and the end known to the audit."""

from sqlalchemy import delete

from ascbridge.events.ledgers import hour_chain
from ascbridge.events.ledgers.hour_count import HOUR_MS, Counted
from ascbridge.storage.database import Database
from ascbridge.storage.tables import hour_entry
from tests.events.machines import NOON

HOUR = NOON // HOUR_MS * HOUR_MS
ONE, TWO = Counted({"kept": 1}, {}), Counted({"kept": 2}, {})


async def test_an_hour_is_closed_once_and_corrected_by_name(database: Database) -> None:
    (first,) = await database.write(lambda c: hour_chain.seal(c, HOUR, {"ward": ONE}, NOON, "work"))
    assert await database.write(lambda c: hour_chain.seal(c, HOUR, {"ward": TWO}, NOON, "work")) == []
    (second,) = await database.write(lambda c: hour_chain.correct(c, HOUR, {"ward": TWO}, NOON, "work"))
    assert (second.corrects, second.previous) == (first.number, first.chain)
    assert list(hour_chain.verify(one.line() for one in await database.read(hour_chain.entries))) == []
    assert await database.read(lambda c: hour_chain.anchor_flaws(c, NOON)) == []
    await database.write(lambda c: c.execute(delete(hour_entry).where(hour_entry.c.number == second.number)))
    assert await database.read(lambda c: hour_chain.anchor_flaws(c, NOON))

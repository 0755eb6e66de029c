"""An hour that is not at rest is counted again an hour later, until it is."""

from ascbridge.events.ledgers import hour_revisits
from ascbridge.events.ledgers.hour_count import HOUR_MS, Counted
from ascbridge.storage.database import Database
from ascbridge.storage.tables import hour_revisit
from tests.events.machines import NOON

HOUR = NOON // HOUR_MS * HOUR_MS


async def test_it_is_planned_until_it_is_at_rest(database: Database) -> None:
    waits, rests = Counted({"waiting": 1}, {}), Counted({"delivered": 1}, {})
    await database.write(lambda c: hour_revisits.close(c, HOUR, {"ward": waits}, NOON, "work"))
    assert await database.read(lambda c: c.execute(hour_revisit.select()).all()) == [(HOUR, NOON + HOUR_MS)]
    assert await database.read(lambda c: hour_revisits.due(c, NOON + HOUR_MS)) == [HOUR]
    await database.write(lambda c: hour_revisits.correct(c, HOUR, {"ward": rests}, NOON, "work"))
    assert await database.read(lambda c: c.execute(hour_revisit.select()).all()) == []

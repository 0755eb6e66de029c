"""What is stopped: once, until somebody lets it go on."""

import pytest
from sqlalchemy.exc import IntegrityError

from ascbridge.events.handlers import pauses
from ascbridge.events.handlers.pauses import Pause
from ascbridge.storage.database import Database
from tests.events.machines import NOON

WARD = Pause(
    "feed", "ward", "pause", NOON, "Ann Engineer", "it-operations", "the map is wrong", "extension 1"
)
DOOR = Pause("feed", "door", "drain", NOON + 1, "Ann Engineer", "it-operations", "a move")


async def test_what_is_stopped_is_stopped_once_until_it_goes_on(database: Database) -> None:
    for one in (WARD, DOOR):
        await database.write(lambda c, one=one: pauses.begin(c, one))
    with pytest.raises(IntegrityError):
        await database.write(lambda c: pauses.begin(c, WARD))
    assert await database.read(pauses.standing) == (WARD, DOOR)
    assert await database.read(pauses.drained) == {"door"}
    assert await database.read(lambda c: pauses.is_paused(c, "feed", "ward"))
    assert not await database.read(lambda c: pauses.is_paused(c, "sink", "ward"))
    for ended in (True, False):
        found = await database.write(lambda c: pauses.end(c, "feed", "ward", "Bob", "mended", NOON + 2))
        assert found is ended
    await database.write(lambda c: pauses.begin(c, WARD))
    assert [one.name for one in await database.read(pauses.standing)] == ["door", "ward"]

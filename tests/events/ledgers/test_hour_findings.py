"""What is missing is written down once, until it comes right, on both databases."""

import pytest

from ascbridge.events.ledgers import hour_findings
from ascbridge.events.ledgers.hour_gaps import Missing
from ascbridge.storage.database import Database
from tests.events.machines import NOON

ONE = Missing("read", "ward", NOON, "m1", "discharge", "e1", NOON)


async def test_it_is_told_once_and_goes_when_it_came_right(database: Database) -> None:
    assert await database.write(lambda c: hour_findings.note(c, [ONE], NOON)) == [ONE]
    assert await database.write(lambda c: hour_findings.note(c, [ONE], NOON)) == []
    assert [one.what for one in await database.read(hour_findings.still_missing)] == [ONE]
    await database.write(lambda c: hour_findings.came_right(c, [ONE], NOON))
    assert await database.read(hour_findings.how_many) == 0


@pytest.mark.parametrize("hop", ["kept", "understood", "log", "read", "record"])
def test_each_hop_has_its_words(hop: str) -> None:
    said = hour_findings.words_of(Missing(hop, "ward", NOON, "m1", "discharge", "e1", NOON))
    assert said.startswith("1 message of ward kept at ")

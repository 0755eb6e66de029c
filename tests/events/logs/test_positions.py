"""Who owns a partition, and how far a reader has come."""

import pytest

from ascbridge.events.logs import positions
from ascbridge.events.logs.log import Assignment
from ascbridge.events.logs.positions import Claim, Zombie
from ascbridge.storage.database import Database

PERSON_0, PERSON_1 = Assignment("person", 0), Assignment("person", 1)


async def test_a_first_claim_begins_at_the_start_of_the_log(database: Database) -> None:
    claims = await database.write(
        lambda c: positions.claim(c, "record", [PERSON_1, PERSON_0], "one", 5, {PERSON_1: 40})
    )
    assert claims == {PERSON_0: Claim(1, 0), PERSON_1: Claim(1, 40)}


async def test_a_later_claim_goes_on_where_the_last_owner_stopped(database: Database) -> None:
    first = await database.write(lambda c: positions.claim(c, "record", [PERSON_0], "one", 5))
    await database.write(lambda c: positions.move(c, "record", PERSON_0, first[PERSON_0], 17, 6))
    second = await database.write(
        lambda c: positions.claim(c, "record", [PERSON_0], "two", 7, {PERSON_0: 99})
    )
    assert second == {PERSON_0: Claim(2, 17)}
    standing = await database.read(lambda c: positions.standing(c, "record"))
    assert standing["record", PERSON_0] == positions.Standing(17, 2, "two", 6)


async def test_the_former_owner_can_move_nothing(database: Database) -> None:
    old = await database.write(lambda c: positions.claim(c, "record", [PERSON_0], "one", 5))
    await database.write(lambda c: positions.claim(c, "record", [PERSON_0], "two", 6))
    with pytest.raises(Zombie, match="record no longer owns person-0"):
        await database.write(lambda c: positions.move(c, "record", PERSON_0, old[PERSON_0], 1, 7))


async def test_a_batch_cannot_be_counted_twice(database: Database) -> None:
    claims = await database.write(lambda c: positions.claim(c, "record", [PERSON_0], "one", 5))
    await database.write(lambda c: positions.move(c, "record", PERSON_0, claims[PERSON_0], 10, 6))
    with pytest.raises(Zombie):
        await database.write(lambda c: positions.move(c, "record", PERSON_0, claims[PERSON_0], 10, 7))


async def test_consumers_do_not_share_positions(database: Database) -> None:
    await database.write(lambda c: positions.claim(c, "record", [PERSON_0], "one", 5, {PERSON_0: 3}))
    claims = await database.write(lambda c: positions.claim(c, "discharge", [PERSON_0], "one", 5))
    assert claims == {PERSON_0: Claim(1, 0)}
    assert len(await database.read(positions.standing)) == 2


async def test_a_rewind_moves_the_position_back_and_fences_the_reader(database: Database) -> None:
    claims = await database.write(lambda c: positions.claim(c, "record", [PERSON_0, PERSON_1], "one", 5))
    moved = Claim(1, 30)
    await database.write(lambda c: positions.move(c, "record", PERSON_0, claims[PERSON_0], 30, 6))
    await database.write(lambda c: positions.rewind(c, "record", "person", {0: 12}, 8))
    with pytest.raises(Zombie):
        await database.write(lambda c: positions.move(c, "record", PERSON_0, moved, 31, 9))
    standing = await database.read(lambda c: positions.standing(c, "record"))
    assert standing["record", PERSON_0].next_offset == 12
    await database.write(lambda c: positions.rewind(c, "record", "person", {0: 99}, 8))
    standing = await database.read(lambda c: positions.standing(c, "record"))
    assert standing["record", PERSON_0].next_offset == 12  # never on: that would leave events out
    assert standing["record", PERSON_1] == positions.Standing(0, 1, "one", 5)

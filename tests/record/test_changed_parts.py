"""What changed of somebody's stays and work: since a moment, the last first, and of nobody else."""

from ascbridge.events.facts.catalogue import DischargeTaskOpened
from ascbridge.record.changed_parts import changed_parts
from tests.record.world import NOW, World


async def test_what_changed_since_a_moment_is_told_of_this_person_alone(either_world: World) -> None:
    world = either_world
    ref, other = await world.known("A1"), await world.known("A2")
    await world.stay(ref, "s1")
    await world.task(ref, "t1", "s1", DischargeTaskOpened)
    await world.stay(other, "s2")
    keys = [world.keys[ref]]
    found = await world.database.read(lambda c: changed_parts(c, keys, NOW - 1))
    assert [(one.kind, one.part_id) for one in found] == [("stay", "s1"), ("task", "t1")]
    assert await world.database.read(lambda c: changed_parts(c, keys, NOW)) == []
    assert await world.database.read(lambda c: changed_parts(c, [], 0)) == []

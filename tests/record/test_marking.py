"""Marks only ever grow, and somebody refused gets another chance when something new is known."""

from sqlalchemy import Connection, delete, event, update

from ascbridge.record.marking import forget, mark
from ascbridge.storage.tables import dirty_person, open_effect, record_part
from tests.record.world import SINK, World


async def marked(world: World, *people: str) -> dict:
    await world.database.write(lambda c: mark(c, SINK, people, world.clock.now_ms()))
    return await world.dirty()


async def test_a_mark_that_was_removed_and_made_again_is_another_one(either_world: World) -> None:
    world = either_world
    first = (await marked(world, "n1"))["n1"].mark
    await world.database.write(lambda c: c.execute(delete(dirty_person)))
    world.clock.shows += 1
    assert (await marked(world, "n1"))["n1"].mark > first


async def test_age_is_that_of_the_first_reason(world: World) -> None:
    first = (await marked(world, "n1"))["n1"].since_ms
    world.clock.shows += 60_000
    assert (await marked(world, "n1"))["n1"].since_ms == first


async def test_who_waits_after_a_fault_is_tried_at_once_and_who_is_under_way_is_left_alone(
    world: World,
) -> None:
    await marked(world, "n1", "n2")
    later = world.clock.now_ms() + 60_000
    await world.database.write(lambda c: c.execute(update(dirty_person).values(next_try_ms=later)))
    await world.database.write(
        lambda c: c.execute(
            update(dirty_person).where(dirty_person.c.person_id == "n1").values(fault="refused")
        )
    )
    found = await marked(world, "n1", "n2")
    assert found["n1"].next_try_ms == world.clock.now_ms()
    assert found["n2"].next_try_ms == later


async def test_forgetting_drops_the_parts_marks_the_person_and_owes_nothing_more(world: World) -> None:
    ref = await world.known("A1")
    await world.stay(ref, "s1")
    other = await world.known("A2")
    person = await world.person(ref)
    await world.database.write(lambda c: c.execute(delete(dirty_person)))
    await world.database.write(lambda c: forget(c, SINK, [world.keys[ref]], [person], world.clock.now_ms()))
    assert {row.patient_key for row in await world.rows(record_part)} == {world.keys[other]}
    assert set(await world.dirty()) == {person}
    assert {row.subject for row in await world.rows(open_effect)} == {world.keys[other]}
    assert await world.states() == {"delivered": 2, "waiting": 1}


async def test_a_mark_is_one_statement_so_that_nobody_lets_go_of_the_person_in_between(
    either_world: World,
) -> None:
    # With a look and a change apart, a publisher that let go of the person between the two lost the new reason:
    # five power cuts on Kafka left 37 of 1,000 messages waiting for ever.
    said: list[str] = []

    def listening(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":  # what is prepared goes to the driver, past SQLAlchemy
            connection.connection.driver_connection.set_trace_callback(said.append)
        else:
            event.listen(connection, "before_cursor_execute", lambda *seen: said.append(seen[2]))
        mark(connection, SINK, ["n1", "n2"], either_world.clock.now_ms())

    await marked(either_world, "n1")
    await either_world.database.write(listening)
    # SQLite tells of a statement once for each of its rows.
    assert {one.split("(")[0] for one in said if "dirty_person" in one} == {"INSERT INTO dirty_person "}
    assert all("ON CONFLICT" in one for one in said if "dirty_person" in one)
    assert set(await either_world.dirty()) == {"n1", "n2"}

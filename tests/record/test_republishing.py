"""People are published again once each, at a bounded rate, from where it was; nothing is pushed unasked."""

import pytest
from sqlalchemy import func, select, update

from ascbridge.events.handlers.run_states import Act
from ascbridge.events.ledgers.audit import AuditEntry
from ascbridge.record import republishing
from ascbridge.record.publisher import Publisher
from ascbridge.record.republishing import CannotRepublish, Run, Wanted, Whom
from ascbridge.record.sinks import BuiltinSink
from ascbridge.storage.tables import audit, dirty_person, sent_resource
from tests.record.world import KEYRING, NOW, SINK, World

WHO = AuditEntry("work", "Kit", "it-operations", "", why="restored")


async def begin(
    world: World, whom: Whom, *, what="differing", per_second: int = 2, run_id: str = "r1"
) -> Run:
    found = await world.database.read(lambda c: republishing.resolved(c, whom) if whom.people else whom)
    people = await world.database.read(lambda c: republishing.count(c, SINK, found))
    wanted = Wanted(run_id, SINK, what, found, per_second)
    return await world.database.write(
        lambda c: republishing.begin(c, wanted, people, WHO, world.clock.now_ms())
    )


async def step(world: World) -> list[str] | None:
    """Do what the service does each second: all that a step knows it reads from the database."""
    run = await world.database.read(lambda c: republishing.under_way(c, SINK))
    if run is None:
        return None
    now_ms = world.clock.now_ms()
    people = await world.database.read(lambda c: republishing.next_people(c, run, now_ms))
    if people is None:
        return None
    assert await world.database.write(lambda c: republishing.step(c, run, people, now_ms))
    return people


async def publish(world: World) -> None:
    publisher = Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock)
    while await publisher.round():
        pass


async def published(world: World, count: int) -> list[str]:
    people = [await world.person(await world.known(f"A{n}", authority="RKB")) for n in range(count)]
    await publish(world)
    return sorted(people)


async def versions(world: World) -> set[str]:
    return {body["meta"]["versionId"] for body in (await world.stored()).values()}


async def the_run(world: World) -> Run:
    return (await world.database.read(republishing.runs))[0]


async def test_everybody_comes_once_in_order_so_many_a_second_and_nothing_is_pushed(
    either_world: World,
) -> None:
    world = either_world
    people = await published(world, 5)
    run = await begin(world, Whom())
    assert (run.people, run.state) == (5, "running")
    came = []
    for _ in range(3):
        came.append(await step(world))
        assert await step(world) is None  # not before the second is over
        await publish(world)
        world.clock.shows += 1000
    assert came == [people[:2], people[2:4], people[4:]]
    assert await step(world) == []
    ended = await the_run(world)
    assert (ended.state, ended.marked, ended.reached) == ("done", 5, people[-1])
    assert await versions(world) == {"1"}


async def test_it_waits_while_many_wait_for_the_publisher(world: World) -> None:
    await published(world, 9)
    await begin(world, Whom())
    for expected in (2, 2):
        assert len(await step(world) or ()) == expected
        world.clock.shows += 1000
    assert await step(world) is None
    await publish(world)
    assert len(await step(world) or ()) == 2
    # Whom the sink has refused does not hold it up: they have their own times.
    await world.database.write(lambda c: c.execute(update(dirty_person).values(fault="refused")))
    world.clock.shows += 1000
    assert len(await step(world) or ()) == 2


async def test_a_pause_holds_it_where_it_is_and_a_stop_ends_it(world: World) -> None:
    people = await published(world, 6)
    run = await begin(world, Whom())
    await step(world)

    async def act(wanted: Act) -> Run:
        return await world.database.write(
            lambda c: republishing.act(c, run.run_id, wanted, WHO, world.clock.now_ms())
        )

    assert (await act("pause")).state == "paused"
    world.clock.shows += 5000
    assert await step(world) is None
    with pytest.raises(CannotRepublish, match="is paused"):
        await act("pause")
    with pytest.raises(CannotRepublish, match="let it end, or stop it"):
        await begin(world, Whom(), run_id="r2")
    await act("resume")
    world.clock.shows += 1000
    assert await step(world) == people[2:4]
    assert (await act("stop")).state == "stopped"
    world.clock.shows += 1000
    assert await step(world) is None
    with pytest.raises(CannotRepublish, match="is stopped"):
        await act("resume")
    with pytest.raises(CannotRepublish, match="no such run"):
        await world.database.write(lambda c: republishing.act(c, "none", "stop", WHO, NOW))
    said = [(row.what, row.whom, row.why) for row in await world.rows(audit)]
    assert said[0] == ("people published again", "everybody", "restored")
    assert [each[:2] for each in said[1:]] == [
        (f"publishing again: {each}", "republishing:r1") for each in ("pause", "resume", "stop")
    ]


async def test_of_two_processes_one_goes_on_with_it(world: World) -> None:
    await published(world, 4)
    run = await begin(world, Whom())
    people = await world.database.read(lambda c: republishing.next_people(c, run, NOW)) or []
    assert await world.database.write(lambda c: republishing.step(c, run, people, NOW + 1))
    marks = {person: row.mark for person, row in (await world.dirty()).items()}
    assert not await world.database.write(lambda c: republishing.step(c, run, people, NOW + 1))
    assert {person: row.mark for person, row in (await world.dirty()).items()} == marks
    assert (await the_run(world)).marked == 2


async def test_one_person_is_named_by_id_or_by_a_patient_key(world: World) -> None:
    ref = await world.known("A1")
    person = await world.person(ref)
    await publish(world)
    run = await begin(world, Whom(people=(world.keys[ref],)))
    assert run.whom.people == (person,)
    assert await step(world) == [person]
    (entry,) = await world.rows(audit)
    assert entry.whom == person
    with pytest.raises(CannotRepublish, match="2 of these are no person"):
        await begin(world, Whom(people=("nobody", "none", person)))


async def test_those_whom_a_source_has_and_those_sent_since(world: World) -> None:
    one = await world.person(await world.known("A1"))
    other = await world.patient("B1", "COV")
    await world.describe(other)
    await publish(world)
    run = await begin(world, Whom(authority="COV"), per_second=5)
    assert (run.people, await step(world)) == (1, [await world.person(other)])
    await publish(world)
    world.clock.shows += 1000
    assert await step(world) == []
    since = Whom(sent_since_ms=NOW)
    mine = sent_resource.c.person_id == one
    await world.database.write(lambda c: c.execute(update(sent_resource).where(mine).values(sent_ms=NOW - 1)))
    assert (await begin(world, since, run_id="r2")).people == 1
    world.clock.shows += 1000
    assert await step(world) == [await world.person(other)]


async def test_who_is_known_to_the_sink_alone_comes_too(world: World) -> None:
    people = await published(world, 1)
    row = {"sink": SINK, "resource": "Patient/zz", "person_id": "zz", "sent_ms": NOW}
    await world.database.write(lambda c: c.execute(sent_resource.insert(), [row]))
    await begin(world, Whom())
    assert await step(world) == [*people, "zz"]


async def test_everything_is_sent_again_only_where_that_was_asked_for(world: World) -> None:
    await published(world, 2)
    await begin(world, Whom(), what="everything", per_second=9)
    await step(world)
    await publish(world)
    assert await versions(world) == {"2"}


async def test_to_look_doubts_all_that_is_thought_to_be_held_what_is_shared_too(world: World) -> None:
    await published(world, 2)
    await begin(world, Whom(), what="looked-at", per_second=9)
    assert await world.database.read(
        lambda c: c.scalar(select(func.count()).where(sent_resource.c.unsure == 0))
    )
    await step(world)
    assert {row.unsure for row in (await world.sent()).values()} == {1}


async def test_asking_twice_begins_once(world: World) -> None:
    await published(world, 1)
    assert await begin(world, Whom()) == await begin(world, Whom())
    assert len(await world.rows(audit)) == 1

"""People reach the record once and as they are now, whatever the sink does in between."""

import asyncio
import errno
import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import OperationalError

from ascbridge.events.facts.care import ObjectionRecorded
from ascbridge.events.facts.catalogue import (
    DischargeTaskChanged,
    DischargeTaskCompleted,
    DischargeTaskOpened,
    PatientRestricted,
)
from ascbridge.events.facts.fact import Stamp
from ascbridge.events.facts.referral import ContactRecorded
from ascbridge.events.ledgers import sink_counts
from ascbridge.record import publisher as publisher_module
from ascbridge.record.by_id import ById
from ascbridge.record.fhir_server import FhirServer
from ascbridge.record.patience import WHILE_BEHIND_MS
from ascbridge.record.publisher import Publisher
from ascbridge.record.sinks import BuiltinSink
from ascbridge.storage.tables import audit, open_effect
from tests.record.care_samples import SAID
from tests.record.fake_fhir import FakeFhir, failing, fake_fhir
from tests.record.world import KEYRING, NOW, NUMBERS, World

SHARED = ("Organization", "Location")

PATIENCE_S = 120


async def somebody(world: World, name: str = "A1", number: str = "", **more):
    ref = await world.known(name, number, **more)
    await world.stay(ref, f"s{name}")
    await world.task(ref, f"t{name}", f"s{name}", DischargeTaskOpened)
    return ref


async def until_done(world: World, publisher: Publisher, rounds: int = 60) -> None:
    """Publish until nobody is dirty, passing over every wait."""
    for _ in range(rounds):
        publisher._pause_until = 0
        if not await publisher.round() and not await world.dirty():
            return
        dirty = await world.dirty()
        if dirty:
            world.clock.shows = max(world.clock.shows, min(row.next_try_ms for row in dirty.values()))
    raise AssertionError(f"still dirty: {[(row.fault, row.tries) for row in (await world.dirty()).values()]}")


async def until_clean(world: World) -> None:
    """Wait until a publisher that runs by itself has nobody left."""
    async with asyncio.timeout(PATIENCE_S):
        while await world.dirty():  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)


# -- into the built-in store ---------------------------------------------------------------------------------------


@pytest.fixture
def built_in(either_world: World) -> Publisher:
    return Publisher(
        either_world.database, BuiltinSink(KEYRING), either_world.preparation, either_world.clock
    )


async def test_everybody_reaches_the_store_and_every_message_is_delivered(
    either_world: World, built_in: Publisher
) -> None:
    world = either_world
    refs = [await somebody(world, f"A{n}") for n in range(3)]
    await until_done(world, built_in)
    stored = await world.stored()
    people = {f"Patient/{await world.person(ref)}" for ref in refs}
    assert people | {"Encounter/sA1", "Task/tA2", "ServiceRequest/tA0", "Organization/RKB"} <= stored.keys()
    assert await world.rows(open_effect) == []
    assert await world.states() == {"delivered": 9}
    took = (await world.database.read(sink_counts.totals))["icr"]
    assert took.n >= len(refs)
    assert took.last_ms <= world.clock.now_ms()


async def test_publishing_all_of_it_again_changes_nothing(either_world: World, built_in: Publisher) -> None:
    world = either_world
    refs = [await somebody(world, f"A{n}") for n in range(3)]
    await until_done(world, built_in)
    before = await world.stored()
    for ref in refs:
        await world.describe(ref)  # the same words in another message
    await until_done(world, built_in)
    assert await world.stored() == before
    assert {body["meta"]["versionId"] for body in before.values()} == {"1"}
    assert await world.states() == {"delivered": 12}


async def test_only_what_changed_gets_a_new_version(either_world: World, built_in: Publisher) -> None:
    world = either_world
    ref = await somebody(world)
    await until_done(world, built_in)
    await world.task(ref, "tA1", "sA1", DischargeTaskCompleted, 2, status="completed", stage="done")
    await until_done(world, built_in)
    versions = {name: body["meta"]["versionId"] for name, body in (await world.stored()).items()}
    assert {name for name, version in versions.items() if version == "2"} == {
        "Task/tA1",
        "ServiceRequest/tA1",
    }


async def test_a_restriction_that_comes_later_takes_everything_back(
    either_world: World, built_in: Publisher
) -> None:
    world = either_world
    ref = await somebody(world, phones=("CANARY-1",), address_lines=("CANARY-2",), gp_name="CANARY-3")
    await until_done(world, built_in)
    name = f"Patient/{await world.person(ref)}"
    assert "CANARY-2" in json.dumps((await world.stored())[name])
    await world.restrict(ref)
    await until_done(world, built_in)
    mine = [body for each, body in (await world.stored()).items() if "Location" not in each]
    assert "CANARY" not in json.dumps(mine).upper()
    assert (await world.stored())[name]["meta"]["security"][0]["code"] == "R"


async def test_an_objection_takes_everything_back_and_its_withdrawal_gives_it_again(
    either_world: World, built_in: Publisher
) -> None:
    world = either_world
    ref = await somebody(world)
    request = ContactRecorded(stamp=world.stamp(), contact="CT-1", received_on="2026-03-02", channel="phone")
    await world.say(ref, request)
    await until_done(world, built_in)
    before = await world.stored()
    name = f"Patient/{await world.person(ref)}"
    assert before[name]["active"] is True
    assert len([each for each in before if each.startswith("ServiceRequest/")]) == 2
    for moment, objects in ((2, True), (1, False)):  # the word that is older comes last, and has no effect
        stamp = Stamp(recorded_ms=NOW + moment)
        await world.say(ref, ObjectionRecorded(stamp=stamp, objects=objects))
    await until_done(world, built_in)
    shared = await world.stored()
    assert "name" not in shared[name]
    assert shared[name]["active"] is False
    own = [
        body
        for each, body in shared.items()
        if each.split("/")[0] not in {"Patient", "Organization", "Location"}
    ]
    (consent,) = [body for body in own if body["resourceType"] == "Consent"]
    assert (consent["status"], consent["provision"]) == ("active", {"type": "deny"})
    assert {body["status"] for body in own if body is not consent} == {"entered-in-error"}
    await world.say(ref, ObjectionRecorded(stamp=Stamp(recorded_ms=NOW + 3), objects=False))
    await until_done(world, built_in)
    again = await world.stored()
    assert again[name]["active"] is True
    assert again[name]["name"] == before[name]["name"]
    assert again[f"Consent/{consent['id']}"]["status"] == "inactive"


async def test_who_objects_before_anything_was_sent_is_never_sent(
    either_world: World, built_in: Publisher
) -> None:
    world = either_world
    ref = await world.known("A9", NUMBERS[2])
    await world.say(ref, ObjectionRecorded(stamp=world.stamp(), objects=True))
    await until_done(world, built_in)
    assert [each for each in await world.stored() if each.startswith("Patient/")] == []


async def test_a_merge_and_its_undoing(either_world: World, built_in: Publisher) -> None:
    world = either_world
    one, other = await somebody(world, "A1", NUMBERS[0]), await somebody(world, "A2")
    await until_done(world, built_in)
    people = {await world.person(one), await world.person(other)}
    await world.merge(one, other)
    await until_done(world, built_in)
    now = await world.person(one)
    (gone,) = people - {now}
    stored = await world.stored()
    assert stored[f"Patient/{gone}"]["link"] == [
        {"other": {"reference": f"Patient/{now}"}, "type": "replaced-by"}
    ]
    assert {stored[f"Encounter/s{each}"]["subject"]["reference"] for each in ("A1", "A2")} == {
        f"Patient/{now}"
    }
    world.clock.shows += 1000
    await world.unmerge(one, other)
    await until_done(world, built_in)
    stored = await world.stored()
    assert stored[f"Patient/{gone}"]["active"] is True
    assert {stored[f"Encounter/s{each}"]["subject"]["reference"] for each in ("A1", "A2")} == {
        f"Patient/{each}" for each in people
    }


async def test_an_erased_person_is_withdrawn(either_world: World, built_in: Publisher) -> None:
    world = either_world
    ref = await somebody(world, family_name="CANARY")
    await until_done(world, built_in)
    person = await world.person(ref)
    await world.erase(ref)
    from ascbridge.record.marking import forget

    await world.database.write(lambda c: forget(c, "icr", [world.keys[ref]], [person], world.clock.now_ms()))
    await until_done(world, built_in)
    stored = await world.stored()
    assert "CANARY" not in json.dumps(stored)
    assert stored[f"Patient/{person}"]["active"] is False
    assert {stored[name]["status"] for name in ("Encounter/sA1", "Task/tA1", "ServiceRequest/tA1")} == {
        "entered-in-error"
    }


async def test_a_clock_that_is_set_back_keeps_nobody_waiting(
    either_world: World, built_in: Publisher
) -> None:
    world = either_world
    await built_in.round()
    await somebody(world)
    world.clock.shows -= 3_600_000
    assert await built_in.round() == 1
    assert await world.dirty() == {}


async def test_a_clock_that_was_set_back_while_nothing_ran_keeps_nobody_waiting_for_long(
    either_world: World, built_in: Publisher
) -> None:
    world = either_world
    await somebody(world, "A1")
    world.clock.shows -= 3_600_000
    await somebody(world, "A2")
    world.clock.shows -= 1_000  # what may still be a wait is waited for
    assert await built_in.round() == 1
    assert [row.next_try_ms for row in (await world.dirty()).values()] == [world.clock.shows + 1_000]


async def test_what_comes_of_one_message_in_steps_is_stored_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_said, sleep = asyncio.Event(), asyncio.sleep

    async def gathering(seconds: float) -> None:
        """Wait for the last of the steps, however long this machine takes to say them."""
        await (all_said.wait() if seconds == publisher_module.GATHER_S else sleep(seconds))

    monkeypatch.setattr(asyncio, "sleep", gathering)
    monkeypatch.setattr("ascbridge.record.publisher.LOOK_EVERY_S", 3600)  # only when woken
    publisher = Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock)
    ref = await world.known("A1")
    running = asyncio.create_task(publisher.run())
    await until_clean(world)
    for stage in ("new", "claimed", "arranging"):
        await world.task(ref, "tA1", "s1", DischargeTaskChanged, len(stage), stage=stage)
        publisher.wake()
    all_said.set()
    await until_clean(world)
    publisher.stop()
    await asyncio.wait_for(running, PATIENCE_S)
    assert (await world.stored())["Task/tA1"]["meta"]["versionId"] == "1"
    assert await world.states() == {"delivered": 4}


async def test_while_there_is_more_to_read_people_wait_for_it_but_not_for_long(either_world: World) -> None:
    world, behind = either_world, [True]
    publisher = Publisher(
        world.database, BuiltinSink(KEYRING), world.preparation, world.clock, behind=lambda: behind[0]
    )
    await somebody(world, "A1")
    assert await publisher.round() == 0
    world.clock.shows += WHILE_BEHIND_MS
    await somebody(world, "A2")
    assert await publisher.round() == 1
    assert {"Task/tA1", "Task/tA2"} & (await world.stored()).keys() == {"Task/tA1"}
    behind[0] = False
    assert await publisher.round() == 1
    assert await world.dirty() == {}


async def test_what_has_to_go_from_the_record_waits_for_nothing_that_is_still_to_be_read(
    either_world: World,
) -> None:
    world = either_world
    publisher = Publisher(
        world.database, BuiltinSink(KEYRING), world.preparation, world.clock, behind=lambda: True
    )
    hidden, other = await somebody(world, "A1"), await somebody(world, "A2")
    world.clock.shows += WHILE_BEHIND_MS
    assert await publisher.round() == 2
    for ref in (hidden, other):
        await world.stay(ref, f"s{ref.value}", 2, ward=None)
    await world.say(hidden, PatientRestricted(level="local"))
    assert await publisher.round() == 1
    assert set(await world.dirty()) == {await world.person(other)}


async def test_a_change_while_the_store_is_written_is_neither_lost_nor_passed_by(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock)
    ref = await somebody(world)
    store = publisher._store

    async def late(sink, batch):
        monkeypatch.undo()
        await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 2, stage="claimed", status="accepted")
        await store(sink, batch)

    monkeypatch.setattr(publisher, "_store", late)
    assert await publisher.round() == 1
    assert "Task/tA1" not in await world.stored()
    await until_done(world, publisher)
    stored = (await world.stored())["Task/tA1"]
    assert (stored["status"], stored["meta"]["versionId"]) == ("accepted", "1")
    assert await world.states() == {"delivered": 4}


async def test_two_publishers_on_one_database_store_everything_once(either_world: World) -> None:
    world = either_world
    for n in range(12):
        await somebody(world, f"A{n}")
    both = [
        Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock, people_per_bundle=2)
        for _ in range(2)
    ]

    async def publish(one: Publisher) -> None:
        while await world.dirty():
            await one.round()

    await asyncio.gather(*map(publish, both))
    assert {body["meta"]["versionId"] for body in (await world.stored()).values()} == {"1"}


# -- to a FHIR server ------------------------------------------------------------------------------------------------


@pytest.fixture
async def fake() -> AsyncIterator[FakeFhir]:
    async with fake_fhir() as made:
        yield made


@pytest.fixture
async def publisher(world: World, fake: FakeFhir) -> AsyncIterator[Publisher]:
    sink = ById(FhirServer(fake.url, timeout_s=PATIENCE_S))  # so that a slow machine is no silent server
    yield Publisher(world.database, sink, world.preparation, world.clock)
    await sink.close()


async def test_what_is_shared_goes_ahead_and_people_follow_in_one_bundle(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    for n in range(5):
        await somebody(world, f"A{n}")
    await until_done(world, publisher)
    first, second = fake.names()
    assert {name.split("/")[0] for name in first} == {"Organization", "Location"}
    assert len(second) == 20
    assert await world.states() == {"delivered": 15}
    assert fake.reads == []


async def test_publishing_all_of_it_again_sends_nothing(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    refs = [await somebody(world, f"A{n}") for n in range(3)]
    await until_done(world, publisher)
    sent = len(fake.bundles)
    written_down = [row.whom for row in await world.rows(audit)]
    assert sorted(written_down) == sorted([await world.person(ref) for ref in refs])
    for ref in refs:
        await world.describe(ref)
    await until_done(world, publisher)
    assert len(fake.bundles) == sent
    assert len(await world.rows(audit)) == len(written_down)
    assert {version for version, _ in fake.held.values()} == {1}


async def test_the_version_last_seen_guards_each_change(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    ref = await somebody(world)
    await until_done(world, publisher)
    await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 2, stage="claimed", status="accepted")
    await until_done(world, publisher)
    (entry,) = fake.bundles[-1]["entry"]
    assert entry["request"] == {"method": "PUT", "url": "Task/tA1", "ifMatch": 'W/"1"'}


async def test_one_bad_person_in_fifty_is_found_and_the_others_are_published(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    refs = [await world.known(f"A{n}") for n in range(50)]
    fake.refuses = lambda resource: json.dumps(resource).count("AshA33") > 0
    await publisher.round()
    dirty = await world.dirty()
    bad = await world.person(refs[33])
    assert set(dirty) == {bad}
    assert dirty[bad].fault == "the server refused it: HTTP 422 invalid Patient.name[0].family"
    assert len([name for name in fake.held if name.startswith("Patient/")]) == 49
    assert len(fake.bundles) <= 2 + 2 * 6
    fake.refuses = lambda resource: False
    await until_done(world, publisher)
    assert await world.states() == {"delivered": 50}


async def test_new_knowledge_gives_a_refused_person_another_chance_at_once(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    ref = await world.known("A1", family_name="Bad")
    fake.refuses = lambda resource: "Bad" in json.dumps(resource)
    await publisher.round()
    world.clock.shows += 1
    assert await publisher.round() == 0
    await world.describe(ref, family_name="Good")
    assert await publisher.round() == 1
    assert await world.dirty() == {}


@pytest.mark.parametrize("lost", ["Patient/", "Organization/RKB", "Encounter/sA1"])
async def test_a_server_that_lost_what_it_had_taken_gets_it_again(
    world: World, fake: FakeFhir, publisher: Publisher, lost: str
) -> None:
    ref = await somebody(world, "A1")
    await until_done(world, publisher)
    before = set(fake.held)
    for name in [name for name in before if name.startswith(lost)]:  # as after a restore from its back-up
        del fake.held[name]
    await world.stay(ref, "sA1", 2, expected_discharge="2026-10-09")
    await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 2, stage="claimed")
    await until_done(world, publisher)
    assert set(fake.held) == before
    assert await world.states() == {"delivered": 5}


@pytest.mark.parametrize("act", ["take and hang", "take and drop"])
async def test_a_bundle_that_was_taken_without_a_word_is_not_sent_twice(
    act: str, world: World, fake: FakeFhir
) -> None:
    sink = ById(FhirServer(fake.url, timeout_s=0.5 if act == "take and hang" else PATIENCE_S))
    await somebody(world)
    fake.acts = [act, act]
    await until_done(world, Publisher(world.database, sink, world.preparation, world.clock))
    await sink.close()
    assert {version for version, _ in fake.held.values()} == {1}
    assert len(fake.reads) > 0
    assert await world.states() == {"delivered": 3}


@pytest.mark.parametrize("status", [500, 502, 503, 408, 429])
async def test_a_server_that_fails_costs_a_delay_and_nothing_else(
    status: int, world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    await somebody(world)
    fake.acts = [failing(status)] * 3
    for _ in range(3):
        publisher._pause_until = 0
        await publisher.round()
    assert str(status) in publisher.trouble
    assert publisher.sink_takes_nothing
    assert [row.fault for row in (await world.dirty()).values()] == [""]
    await until_done(world, publisher)
    assert publisher.trouble == ""
    assert not publisher.sink_takes_nothing
    assert {version for version, _ in fake.held.values()} == {1}


async def test_after_a_failure_nothing_is_sent_until_the_pause_is_over(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    await somebody(world)
    fake.acts = [failing(429, **{"Retry-After": "3600"})]
    await publisher.round()
    sent = len(fake.bundles)
    await publisher.round()
    assert len(fake.bundles) == sent
    assert await world.states() == {"waiting": 3}


async def test_a_server_that_comes_back_is_caught_up_with_at_a_bounded_rate(
    world: World, fake: FakeFhir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "FIRST_PAUSE_S", 0.01)
    for n in range(40):
        await world.known(f"A{n}")
    clock = asyncio.get_running_loop().time
    at: list[float] = []

    def note(server: FakeFhir, bundle: dict) -> None:
        at.append(clock())

    fake.acts = [failing(503), *[note] * 20]
    sink = ById(FhirServer(fake.url))
    publisher = Publisher(
        world.database, sink, world.preparation, world.clock,
        people_per_bundle=4, in_flight=2, catch_up_per_second=100,
    )  # fmt: skip
    began = clock()
    running = asyncio.create_task(publisher.run())
    await until_clean(world)
    while publisher._catching_up.behind:  # noqa: ASYNC110 - until a look finds that nobody waits
        await asyncio.sleep(0.01)
    publisher.stop()
    await asyncio.wait_for(running, PATIENCE_S)
    await sink.close()
    # Ten Bundles of four, 0.04 s for each; the two that were under way at once may go without.
    assert at[-1] - began >= 7 * 0.04


async def test_a_wrong_token_blames_nobody(world: World, fake: FakeFhir, publisher: Publisher) -> None:
    await somebody(world)
    fake.acts = [failing(401)]
    await publisher.round()
    assert publisher.trouble == "HTTP 401: the server refuses our token"
    assert [row.fault for row in (await world.dirty()).values()] == [""]


async def test_somebody_elses_change_is_seen_and_ours_put_over_it(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    ref = await somebody(world)
    await until_done(world, publisher)
    name = f"Patient/{await world.person(ref)}"
    fake.held[name] = (9, {**fake.held[name][1], "gender": "male"})
    await world.describe(ref, family_name="Newer")
    await until_done(world, publisher)
    assert fake.reads == [name]
    version, body = fake.held[name]
    assert (version, body["gender"], body["name"][0]["family"]) == (10, "female", "Newer")


async def test_a_change_while_a_bundle_is_under_way_is_sent_after_it_and_never_lost(
    world: World, fake: FakeFhir
) -> None:
    ref = await somebody(world)
    sink = ById(FhirServer(fake.url, timeout_s=60))
    publisher = Publisher(world.database, sink, world.preparation, world.clock)
    fake.acts = [None, "slow"]
    first = asyncio.create_task(publisher.round())
    await fake.busy.wait()
    await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 2, stage="claimed", status="accepted")
    assert await publisher.round() == 0
    fake.go_on.set()
    assert await first == 1
    assert await world.states() == {"delivered": 3, "waiting": 1}
    await until_done(world, publisher)
    assert fake.held["Task/tA1"][1]["status"] == "accepted"
    assert await world.states() == {"delivered": 4}
    await sink.close()


async def test_an_old_answer_never_puts_an_older_state_over_a_newer_one(world: World, fake: FakeFhir) -> None:
    ref = await somebody(world)
    sink = ById(FhirServer(fake.url, timeout_s=60))
    slow = Publisher(world.database, sink, world.preparation, world.clock, lease_s=10)
    quick = Publisher(world.database, sink, world.preparation, world.clock)
    await until_done(world, quick)
    await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 2, stage="claimed", status="accepted")
    fake.acts = ["slow"]
    late = asyncio.create_task(slow.round())
    await fake.busy.wait()
    world.clock.shows += 11_000  # the lease of the first is over
    await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 3, stage="arranging", status="in-progress")
    await until_done(world, quick)
    fake.go_on.set()
    await late
    await until_done(world, quick)
    assert fake.held["Task/tA1"][1]["status"] == "in-progress"
    await sink.close()


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_first_send_that_the_server_comes_to_last_is_put_right(
    world: World, fake: FakeFhir, *, restarted: bool
) -> None:
    ref = await somebody(world)
    sink = ById(FhirServer(fake.url, timeout_s=0.3))
    publisher = Publisher(world.database, sink, world.preparation, world.clock)
    fake.acts = [lambda server, bundle: None, "slow"]  # what is shared is taken at once
    await until_done(world, publisher)
    await world.task(ref, "tA1", "sA1", DischargeTaskChanged, 2, stage="claimed", status="in-progress")
    await until_done(world, publisher)
    assert fake.held["Task/tA1"] == (2, fake.held["Task/tA1"][1])
    fake.go_on.set()
    async with asyncio.timeout(PATIENCE_S):
        while fake.held["Task/tA1"][1]["status"] != "requested":  # noqa: ASYNC110 - until the first has come last
            await asyncio.sleep(0.01)
    if restarted:
        publisher = Publisher(world.database, sink, world.preparation, world.clock)
        await publisher.round()
    assert publisher._look_again
    publisher._look_again = dict.fromkeys(publisher._look_again, 0.0)  # two minutes later
    await publisher.round()
    await until_done(world, publisher)
    assert fake.held["Task/tA1"][1]["status"] == "in-progress"
    assert not publisher._look_again
    await sink.close()


async def test_a_shared_resource_that_is_refused_holds_up_only_who_needs_it(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    good = await world.known("A1")
    bad = await world.known("A2")
    await world.stay(bad, "s2", facility="BADLY")
    fake.refuses = lambda resource: resource["id"] == "BADLY"
    await publisher.round()
    dirty = await world.dirty()
    assert set(dirty) == {await world.person(bad)}
    (row,) = dirty.values()
    assert row.fault.startswith("Organization/BADLY: the server refused it: HTTP 422")
    assert f"Patient/{await world.person(good)}" in fake.held


async def test_someone_merged_away_waits_until_their_successor_is_there(
    world: World, fake: FakeFhir, publisher: Publisher
) -> None:
    one, other = await somebody(world, "A1"), await somebody(world, "A2")
    people = {await world.person(one), await world.person(other)}
    from ascbridge.storage.tables import sent_resource

    await world.merge(one, other)
    now = await world.person(one)
    (gone,) = people - {now}
    # Only the one that is no more was published before.
    fake.held[f"Patient/{gone}"] = (1, {"resourceType": "Patient", "id": gone})
    row = {
        "sink": "icr",
        "resource": f"Patient/{gone}",
        "person_id": gone,
        "digest": "old",
        "version": "1",
        "sent_ms": 0,
    }
    await world.database.write(lambda c: c.execute(sent_resource.insert().values(**row)))
    fake.refuses = lambda resource: resource["id"] == now
    await publisher.round()
    assert set(await world.dirty()) == {gone, now}
    assert fake.held[f"Patient/{gone}"][0] == 1
    fake.refuses = lambda resource: False
    await until_done(world, publisher)
    assert fake.held[f"Patient/{gone}"][1]["active"] is False


async def test_it_runs_by_itself_sends_many_and_stops(world: World, fake: FakeFhir) -> None:
    for n in range(30):
        await world.known(f"A{n}")
    sink = ById(FhirServer(fake.url))
    publisher = Publisher(
        world.database, sink, world.preparation, world.clock, people_per_bundle=4, in_flight=3
    )
    running = asyncio.create_task(publisher.run())
    await until_clean(world)
    await world.known("A99")
    publisher.wake()
    await until_clean(world)
    publisher.stop()
    await asyncio.wait_for(running, PATIENCE_S)
    assert len([name for name in fake.held if name.startswith("Patient/")]) == 31
    assert {version for version, _ in fake.held.values()} == {1}
    await sink.close()


async def test_a_database_that_cannot_be_written_is_waited_for_and_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "FIRST_PAUSE_S", 0.01)
    publisher = Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock)
    await somebody(world)
    write = world.database.write

    async def full(work: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(world.database, "write", full)
    running = asyncio.create_task(publisher.run())
    while not publisher.trouble:
        await asyncio.sleep(0.01)
        assert not running.done()
    assert "No space left on device" in publisher.trouble
    monkeypatch.setattr(world.database, "write", write)
    await until_clean(world)
    publisher.stop()
    await asyncio.wait_for(running, PATIENCE_S)
    assert publisher.trouble == ""


async def test_a_mistake_of_ours_is_not_waited_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock)
    await somebody(world)

    async def wrong(work: object) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr(world.database, "write", wrong)
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(publisher.run(), PATIENCE_S)


async def test_a_database_that_is_away_while_a_sink_is_caught_up_with_ends_no_publisher(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [OperationalError("SELECT", None, Exception("database is locked"))]
    asked = asyncio.Event()

    def anybody_waits(_connection: object, sink: str) -> bool:
        if away:
            raise away.pop()
        asked.set()
        return False

    monkeypatch.setattr("ascbridge.record.publisher.anybody_waits", anybody_waits)
    publisher = Publisher(world.database, BuiltinSink(KEYRING), world.preparation, world.clock)
    publisher._catching_up.failed()
    running = asyncio.create_task(publisher.run())
    await asyncio.wait_for(asked.wait(), PATIENCE_S)
    publisher.stop()
    await running


async def test_what_the_council_retracts_is_withdrawn_and_its_ids_stay(
    either_world: World, built_in: Publisher
) -> None:
    world = either_world
    ref = await somebody(world)
    for slot in ("equipment", "carer", "communication", "worker", "support_plan"):
        await world.say(ref, *SAID[slot])
    await until_done(world, built_in)
    before = await world.stored()
    kinds = Counter(name.split("/")[0] for name in before)
    assert (kinds["Device"], kinds["RelatedPerson"], kinds["Flag"], kinds["Goal"], kinds["CareTeam"]) == (
        1, 1, 3, 2, 1,
    )  # fmt: skip
    for n, (slot, more) in enumerate(
        (("equipment", {"status": "cancelled"}), ("communication", {"needs": ()}), ("worker", {"team": ""}))
    ):
        fact, _ = SAID[slot]
        stamp = Stamp(recorded_ms=NOW + 10 + n)
        await world.say(ref, fact.model_copy(update={"stamp": stamp, **more}))
    await until_done(world, built_in)
    after = await world.stored()
    assert after.keys() == before.keys()
    status = {name.split("/")[0]: body["status"] for name, body in after.items() if "status" in body}
    assert (status["Device"], status["CareTeam"]) == ("entered-in-error", "inactive")
    flags = Counter(body["status"] for name, body in after.items() if name.startswith("Flag/"))
    assert flags == {"active": 1, "entered-in-error": 2}
    (worker,) = [body for name, body in after.items() if name.startswith("Practitioner/")]
    assert (worker["active"], "Alex" in json.dumps(worker)) == (False, False)


async def test_once_somebody_is_restricted_nothing_of_their_care_tells_where_they_are(
    either_world: World, built_in: Publisher
) -> None:
    world = either_world
    ref = await somebody(world)
    for fact, sealed in SAID.values():
        await world.say(ref, fact, sealed)
    await until_done(world, built_in)
    assert "CANARY" in json.dumps(await world.stored()).upper()
    await world.restrict(ref)
    await until_done(world, built_in)
    mine = [body for name, body in (await world.stored()).items() if name.split("/")[0] not in SHARED]
    told = json.dumps(mine).upper()
    assert not [each for each in ("CANARY", "7600", "BREAKFAST", "CHAPEL", "DAUGHTER") if each in told]
    assert all(body["meta"]["security"][0]["code"] == "R" for body in mine)

"""What the council said of a person's care, read back: newest first, less what a restriction or the wall withholds."""

from dataclasses import replace

import orjson

from ascbridge.events.facts.care import (
    EquipmentStated,
    PackageStated,
    SealedGoals,
    SealedWorker,
    WorkerAllocated,
)
from ascbridge.events.facts.fact import CouncilFact, Part
from ascbridge.events.facts.hospital_assessment import SealedDocument
from ascbridge.record.care_parts import care_views, fact_of, open_care, stored
from ascbridge.record.gathering import PartRow
from ascbridge.record.views import RequestView
from tests.record.care_samples import SAID
from tests.record.mapping.test_assessment_response import MADE
from tests.record.samples import PERSON, PRESENT, RESTRICTED
from tests.record.test_council_parts import CONTACT
from tests.record.world import World


def part(fact: CouncilFact, part_id: str = "c1", revision: int = 1, kind: str = "care") -> PartRow:
    return PartRow(kind, part_id, "p1", stored(fact), "m1", revision)


def test_each_fact_comes_back_as_it_was_stored() -> None:
    for slot, (fact, _) in SAID.items():
        kind = "objection" if slot == "objection" else "care"
        assert fact_of(part(fact, kind=kind)) == fact


def test_a_fact_that_no_mapping_reads_any_more_is_left_alone() -> None:
    row = part(SAID["package"][0])._replace(data=orjson.dumps({"slot": "heating"}))
    assert fact_of(row) is None
    assert care_views([row], PRESENT, [], {}, held=False) == ()


def test_of_what_a_person_has_one_only_the_last_word_holds_and_of_the_rest_each() -> None:
    team = SAID["worker"][0]
    assert isinstance(team, WorkerAllocated)
    older = part(team.model_copy(update={"team": "South"}), "c1", 1)
    newer = part(team, "c2", 2)
    packages = [part(SAID["package"][0], f"c{n}", n) for n in (3, 4)]
    for order in ([older, newer, *packages], [*reversed(packages), newer, older]):
        seen = care_views(order, PRESENT, [], {}, held=False)
        assert sorted(each.part_id for each in seen) == ["c2", "c3", "c4"]
        assert all(each.person_id == PERSON for each in seen)


def test_a_fact_refers_to_the_request_that_it_follows_from() -> None:
    fact = SAID["short_term"][0].model_copy(update={"request": "CT-1"})
    requests = [RequestView(PERSON, "c9", CONTACT)]
    (seen,) = care_views([part(fact)], PRESENT, requests, {}, held=True)
    assert (seen.request_id, seen.held) == ("c9", True)


def test_a_restricted_persons_facts_are_without_what_they_withhold() -> None:
    (seen,) = care_views([part(SAID["package"][0])], RESTRICTED, [], {}, held=False)
    assert isinstance(seen.fact, PackageStated)
    assert (seen.fact.provider, seen.fact.provider_location, seen.restricted) == ("", "", True)
    assert seen.fact.kind == "Home support"


def test_what_names_a_case_behind_the_wall_is_taken_out_and_nothing_else() -> None:
    fact = SAID["equipment"][0].model_copy(update={"kind": "Camera after MARAC"})
    (seen,) = care_views([part(fact)], PRESENT, [], {}, held=False)
    assert isinstance(seen.fact, EquipmentStated)
    assert (seen.fact.kind, seen.fact.item, seen.fact.status) == ("", "Q-1", "delivered")


async def test_what_was_sealed_opens_less_what_names_such_a_case(world: World) -> None:
    ref = await world.known("A1")
    goals = SealedGoals(goals=("Cook again", "End the safeguarding plan"))
    for fact, sealed in ((SAID["support_plan"][0], goals), SAID["worker"]):
        await world.say(ref, fact, sealed)
    rows = [row for row in await world.rows_of_parts() if row.kind == "care"]
    opened = await world.database.read(
        lambda c: open_care(c, world.data_keys, [(row, False) for row in rows])
    )
    assert sorted(map(repr, opened.values())) == sorted(
        map(repr, (SealedGoals(goals=("Cook again",)), SealedWorker(**SAID["worker"][1].model_dump())))
    )
    await world.erase(ref)
    assert await world.database.read(lambda c: open_care(c, world.data_keys, [(rows[0], False)])) == {}


def test_what_was_not_said_again_since_it_is_kept_has_no_sealed_part() -> None:
    (seen,) = care_views([part(SAID["worker"][0])], replace(PRESENT, died=True), [], {}, held=False)
    assert (seen.sealed, seen.died) == (None, True)


async def test_what_a_document_is_called_opens_less_what_may_not_be_said_of_it(world: World) -> None:
    ref = await world.known("A1")
    url = "https://records.trust.example/d/1"
    await world.say(ref, MADE, SealedDocument(title="Safeguarding plan", url=url))
    (row,) = [row for row in await world.rows_of_parts() if row.kind == "assessed"]

    async def opened(*, restricted: bool) -> dict[str, Part]:
        return await world.database.read(lambda c: open_care(c, world.data_keys, [(row, restricted)]))

    assert await opened(restricted=False) == {row.part_id: SealedDocument(url=url)}
    assert await opened(restricted=True) == {row.part_id: SealedDocument()}
    await world.erase(ref)
    assert await opened(restricted=False) == {}

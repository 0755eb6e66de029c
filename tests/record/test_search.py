"""Searching the built-in store: what is found, in what order, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascbridge.record import search as search_module
from ascbridge.record.resource_store import Change, put
from ascbridge.record.search import (
    EVERYTHING,
    HIGHEST_COUNT,
    PARAMETERS,
    BadSearch,
    Reach,
    read_query,
    search,
)
from tests.record.world import KEYRING, NOW, World

NHS = "https://fhir.nhs.uk/Id/nhs-number"


def task(number: int, status: str, person: str = "n1") -> Change:
    body = {"resourceType": "Task", "id": f"t{number}", "status": status}
    body["identifier"] = [{"system": "https://x/task", "value": f"t{number}"}]
    return Change(body, person)


async def filled(world: World) -> None:
    """Seven tasks, a day apart, of two people."""
    day = 24 * 3_600_000
    for number in range(7):
        change = task(number, "requested" if number % 2 else "completed", f"n{number % 3}")
        await world.database.write(
            lambda c, change=change, at=NOW + number * day: put(c, KEYRING, [change], at)
        )
    patients = [
        Change(
            {
                "resourceType": "Patient",
                "id": f"n{n}",
                "identifier": [{"system": NHS, "value": f"999000100{n}"}],
            },
            f"n{n}",
        )
        for n in range(3)
    ]
    await world.database.write(lambda c: put(c, KEYRING, patients, NOW))


async def ids(world: World, resource_type: str, **parameters: str) -> list[str]:
    query = read_query(resource_type, list(parameters.items()), strict=True)
    page = await world.database.read(lambda c: search(c, KEYRING, query))
    return [each.resource_id for each in page.found]


async def test_by_identifier_with_and_without_its_system(either_world: World) -> None:
    world = either_world
    await filled(world)
    assert await ids(world, "Patient", identifier=f"{NHS}|9990001001") == ["n1"]
    assert await ids(world, "Patient", identifier="9990001001,9990001002") == ["n1", "n2"]
    assert await ids(world, "Patient", identifier="https://other|9990001001") == []
    assert await ids(world, "Task", identifier="9990001001") == []


async def test_by_id_patient_and_status(either_world: World) -> None:
    world = either_world
    await filled(world)
    assert await ids(world, "Task", _id="t3,t4") == ["t3", "t4"]
    assert await ids(world, "Task", patient="Patient/n1") == ["t1", "t4"]
    assert await ids(world, "Task", patient="n1", status="requested") == ["t1"]
    assert await ids(world, "Task", status="requested,completed") == [f"t{n}" for n in range(7)]


@pytest.mark.parametrize(
    "value,wanted",
    [
        ("2026-11-02", [0]),
        ("eq2026-11-02T06:13", [0]),
        ("2026-11-02T06:13:20.000Z", [0]),
        ("gt2026-11-02T06:13:20Z", [1, 2, 3, 4, 5, 6]),
        ("ge2026-11-02T06:13:20Z", [0, 1, 2, 3, 4, 5, 6]),
        ("lt2026-11-04", [0, 1]),
        ("le2026-11-04", [0, 1, 2]),
        ("ge2026-11-03T07:13:20+01:00", [1, 2, 3, 4, 5, 6]),
        ("ge2026-11-03T07:13:20 01:00", [1, 2, 3, 4, 5, 6]),
        ("2026-11", [0, 1, 2, 3, 4, 5, 6]),
        ("2026", [0, 1, 2, 3, 4, 5, 6]),
        ("gt2026", []),
        ("lt2026", []),
    ],
)
async def test_by_when_it_last_changed(value: str, wanted: list[int], world: World) -> None:
    await filled(world)
    assert await ids(world, "Task", _lastUpdated=value) == [f"t{n}" for n in wanted]


async def test_between_two_times(world: World) -> None:
    await filled(world)
    query = read_query(
        "Task", [("_lastUpdated", "gt2026-11-02"), ("_lastUpdated", "lt2026-11-05")], strict=True
    )
    page = await world.database.read(lambda c: search(c, KEYRING, query))
    assert [each.resource_id for each in page.found] == ["t1", "t2"]


async def test_pages_cover_everything_once_and_what_changes_meanwhile_comes_again(
    either_world: World,
) -> None:
    world = either_world
    await filled(world)
    seen, after = [], 0
    for turn in range(10):
        query = read_query("Task", [("_count", "3"), ("_cursor", str(after))], strict=True)
        page = await world.database.read(lambda c, query=query: search(c, KEYRING, query))
        seen += [each.resource_id for each in page.found]
        if turn == 0:
            await world.database.write(lambda c: put(c, KEYRING, [task(0, "cancelled")], NOW))
        if page.after is None:
            break
        after = page.after
    assert seen == ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t0"]


async def test_only_the_number(world: World) -> None:
    await filled(world)
    query = read_query("Task", [("_count", "0"), ("status", "requested")], strict=True)
    page = await world.database.read(lambda c: search(c, KEYRING, query))
    assert (page.found, page.total) == ((), 3)


async def test_what_no_index_leads_to_is_looked_for_a_part_at_a_time_and_found_whole(
    either_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = either_world
    monkeypatch.setattr(search_module, "MOST_LOOKED_AT", 2)
    for number in range(7):
        authored = "2026-03-03" if number == 5 else "2026-04-01"
        each = Change({**task(number, "requested").body, "authoredOn": authored}, "n1")
        at_ms = NOW + number * 86_400_000
        await world.database.write(lambda c, each=each, at=at_ms: put(c, KEYRING, [each], at))

    async def pages(*pairs: tuple[str, str], reach: Reach = EVERYTHING) -> list[list[str]]:
        found, after = [], 0
        while after is not None:
            query = read_query("Task", [*pairs, ("_cursor", str(after))], strict=True)
            page = await world.database.read(lambda c, query=query: search(c, KEYRING, query, reach))
            found.append([each.resource_id for each in page.found])
            assert page.after is None or page.after > after
            after = page.after
        return found

    assert await pages(("authored-on", "2026-03-03")) == [[], [], ["t5"], []]
    assert await pages(("authored-on", "2026-03-03"), ("status", "requested")) == [[], [], ["t5"], []]
    assert await pages(("authored-on", "2026-04"), ("_count", "1")) == [
        ["t0"], ["t1"], ["t2"], ["t3"], ["t4"], ["t6"],
    ]  # fmt: skip
    last = ("_lastUpdated", "ge2026-11-07")
    assert [each for page in await pages(("authored-on", "2026-03-03"), last) for each in page] == ["t5"]
    # Who is named is gone by, and that is few.
    assert await pages(("authored-on", "2026-03-03"), ("patient", "n1")) == [["t5"]]
    assert await pages(("authored-on", "2026-03-03"), reach=Reach(person="n1")) == [["t5"]]
    assert await pages(("authored-on", "2026-03-03"), reach=Reach(person="n2")) == [[]]
    total = read_query("Task", [("authored-on", "2026"), ("_count", "0")], strict=True)
    with pytest.raises(BadSearch, match="needs patient, _id or identifier"):
        await world.database.read(lambda c: search(c, KEYRING, total))


def test_parameters_nobody_knows_are_ignored_or_refused() -> None:
    pairs = [("status", "requested"), ("colour", "red"), ("_format", "json"), ("patient", "")]
    query = read_query("Task", pairs, strict=False)
    assert query.ignored == ("colour",)
    assert query.applied == (("status", "requested"), ("_format", "json"))
    with pytest.raises(BadSearch, match="cannot be searched by this parameter"):
        read_query("Task", pairs, strict=True)


@pytest.mark.parametrize(
    "name,value",
    [
        ("_count", "many"),
        ("_count", "-1"),
        ("_cursor", "x"),
        ("_cursor", "9" * 30),
        ("status:not", "requested"),
        ("_lastUpdated", "yesterday"),
        ("_lastUpdated", "ne2026-11-02"),
        ("_lastUpdated", "2026-02-30"),
        ("_lastUpdated", "9999"),
        ("_lastUpdated", "2026-11-02T25:00Z"),
        ("identifier", "|x"),
        ("identifier", "https://x|"),
    ],
)
def test_what_cannot_be_understood_is_refused_and_not_quoted(name: str, value: str) -> None:
    with pytest.raises(BadSearch) as caught:
        read_query("Task", [(name, value)], strict=False)
    assert value not in str(caught.value)


def test_no_page_is_longer_than_agreed() -> None:
    assert read_query("Task", [("_count", "100000")], strict=True).count == HIGHEST_COUNT


@given(
    st.lists(
        st.tuples(st.sampled_from([*PARAMETERS["Task"], "_count", "_cursor", "x"]), st.text(max_size=25))
    )
)
def test_any_text_is_understood_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        query = read_query("Task", pairs, strict=False)
    except BadSearch:
        return
    assert 0 <= query.count <= HIGHEST_COUNT

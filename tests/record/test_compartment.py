"""All that is of one person, in pages, and what comes along with a search."""

from typing import Any

import pytest

from ascbridge.record import compartment
from ascbridge.record.compartment import coming_along, everything
from ascbridge.record.resource_store import Change, put
from ascbridge.record.search import BadSearch, read_query, search
from tests.record.world import KEYRING, NOW, World


def of(resource_type: str, resource_id: str, person: str = "n1", **more: Any) -> Change:
    return Change({"resourceType": resource_type, "id": resource_id, **more}, person)


def to(name: str) -> dict[str, str]:
    return {"reference": name}


@pytest.fixture
async def stored(world: World) -> World:
    changes = [
        of("Organization", "o1", "", partOf=to("Organization/o2")),
        of("Organization", "o2", ""),
        of("Patient", "n1", managingOrganization=to("Organization/o1")),
        of("Patient", "n2", "n2"),
        of(
            "Task",
            "t1",
            **{"for": to("Patient/n1"), "owner": to("Organization/o1"), "focus": to("Encounter/e1")},
        ),
        of("Encounter", "e1", subject=to("Patient/n1")),
        of("Encounter", "e2", "n2", subject=to("Patient/n2")),
    ]
    for n, change in enumerate(changes):
        await world.database.write(lambda c, change=change, n=n: put(c, KEYRING, [change], NOW + n))
    return world


def names(found: Any) -> list[str]:
    return [f"{each.resource_type}/{each.resource_id}" for each in found]


async def test_everything_of_a_person_comes_with_what_it_refers_to_and_nobody_elses(stored: World) -> None:
    page = await stored.database.read(lambda c: everything(c, "n1"))
    assert names(page.found) == ["Patient/n1", "Task/t1", "Encounter/e1", "Organization/o1"]
    assert page.after is None


async def test_it_comes_in_pages_of_some_types_or_of_what_changed_since(stored: World) -> None:
    first = await stored.database.read(lambda c: everything(c, "n1", count=2))
    rest = await stored.database.read(lambda c: everything(c, "n1", count=2, after=first.after or 0))
    assert names(first.found)[:2] == ["Patient/n1", "Task/t1"]
    assert names(rest.found) == ["Encounter/e1"]
    tasks = await stored.database.read(lambda c: everything(c, "n1", types=["Task"]))
    assert names(tasks.found) == ["Task/t1"]
    later = await stored.database.read(lambda c: everything(c, "n1", since_ms=NOW + 5))
    assert names(later.found) == ["Encounter/e1"]


async def along(world: World, resource_type: str, *pairs: tuple[str, str]) -> list[str]:
    query = read_query(resource_type, pairs, strict=True)

    def look(connection: Any) -> list[str]:
        return names(coming_along(connection, query, search(connection, KEYRING, query).found))

    return await world.database.read(look)


async def test_what_a_find_refers_to_comes_along_where_it_is_asked_for(stored: World) -> None:
    assert await along(stored, "Task") == []
    assert await along(stored, "Task", ("_include", "Task:owner")) == ["Organization/o1"]
    both = await along(stored, "Task", ("_include", "Task:focus"), ("_include", "Task:patient"))
    assert both == ["Encounter/e1", "Patient/n1"]


async def test_what_refers_to_a_person_comes_along(stored: World) -> None:
    pairs = (("_id", "n1"), ("_revinclude", "Encounter:patient"), ("_revinclude", "Task:patient"))
    assert sorted(await along(stored, "Patient", *pairs)) == ["Encounter/e1", "Task/t1"]
    assert await along(stored, "Patient", ("_revinclude", "Provenance:target")) == []


@pytest.mark.parametrize(
    "name, value",
    [
        ("_include", "Task:requester"),
        ("_include", "Encounter:patient"),
        ("_include", "Task"),
        ("_revinclude", "Encounter:patient"),
        ("_revinclude", "Provenance:agent"),
    ],
)
async def test_what_does_not_come_along_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadSearch, match=name):
        read_query("Task", [(name, value)], strict=False)


async def test_too_much_is_refused_and_never_cut_off(stored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compartment, "MOST", 1)
    with pytest.raises(BadSearch, match="_count"):
        await along(stored, "Patient", ("_revinclude", "Encounter:patient"))

"""Older versions: kept with each change, and gone once what they hold is withheld."""

from typing import Any

import pytest

from ascbridge.record.resource_store import Change, put
from ascbridge.record.version_store import older_versions
from tests.record.world import KEYRING, NOW, World

R = {"meta": {"security": [{"system": "x", "code": "R"}]}}


def patient(**more: Any) -> Change:
    erased = more.pop("erased", False)
    return Change({"resourceType": "Patient", "id": "n1", "active": True, **more}, "n1", erased)


async def versions(world: World, *changes: Change) -> list[int]:
    for change in changes:
        await world.database.write(lambda c, change=change: put(c, KEYRING, [change], NOW))
    found = await world.database.read(lambda c: older_versions(c, "Patient", "n1", 100, 100))
    return [each.version for each in found]


async def test_what_was_there_before_is_kept_the_newest_first(either_world: World) -> None:
    assert await versions(either_world, patient(), patient(gender="female"), patient(gender="male")) == [2, 1]
    (two, one) = await either_world.database.read(lambda c: older_versions(c, "Patient", "n1", 3, 9))
    assert b"female" in two.body
    assert b"gender" not in one.body
    assert await either_world.database.read(lambda c: older_versions(c, "Patient", "n1", 2, 9)) == [one]


@pytest.mark.parametrize("change", [patient(**R), patient(active=False), patient(erased=True)])
async def test_once_something_is_withheld_no_version_from_before_is_left(
    change: Change, world: World
) -> None:
    assert await versions(world, patient(), patient(gender="female"), change) == []


async def test_of_a_restricted_person_the_versions_since_are_kept_and_go_with_what_is_withdrawn(
    world: World,
) -> None:
    assert await versions(world, patient(), patient(**R), patient(gender="male", **R)) == [2]
    assert await versions(world, patient(gender="other")) == [3, 2]  # lifted: what it held before stays gone
    assert await versions(world, patient(active=False)) == []
    assert await versions(world, patient()) == [5]

"""What a task's page knows of joining: nothing where nobody entered a stay, and no whereabouts of a restricted person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ascbridge.calendars import day_bounds
from ascbridge.discharge.keeping.possible_stays import Look
from ascbridge.discharge.lists.task_story import story
from ascbridge.discharge.lists.worklist import Lists
from ascbridge.events.facts.catalogue import SealedPatient
from ascbridge.storage.tables import task
from ascbridge.web.app import create_app
from ascbridge.web.discharge.joining_shown import (
    JoiningShown,
    PossibleShown,
    joining_shown,
    local_refs,
    possible_shown,
)
from ascbridge.web.visitors import Visitor
from tests.web.city import City
from tests.web.conftest import Someone
from tests.web.discharge.test_enter_pages import FILLED, SENT, enter, hears, ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(tmp_path)
    yield made
    made.close()


def nurse() -> Visitor:
    return Visitor(name="Nia Brown", role="discharge-team", via="session", employer="council")


def shown(city: City, number: int = 0) -> JoiningShown:
    row = city.task_of(number)

    def read(connection: object) -> JoiningShown:
        found = story(connection, row.task_id, Lists(city.clock.at_ms))  # type: ignore[arg-type]
        assert found is not None
        return joining_shown(connection, city.parts(), found, nurse())  # type: ignore[arg-type]

    return city.bridge.read_now(read)


def like(city: City, **who: str) -> list[PossibleShown]:
    look, days = Look(SealedPatient(**who)), day_bounds(city.clock.at_ms)  # type: ignore[arg-type]
    return city.bridge.read_now(lambda c: possible_shown(c, city.parts(), nurse(), look, days))


def test_where_nobody_entered_anything_there_is_nothing_to_show(city: City) -> None:
    hears(city, "A01")
    ready(city)
    assert shown(city) == JoiningShown()


def test_what_is_joined_is_counted_and_nothing_else_is_looked_for(city: City) -> None:
    someone = Someone(create_app(city.parts())).sign_in("discharge-team")
    enter(someone)
    assert (shown(city).by_hand, shown(city).joined, shown(city).possible) == (True, 0, ())
    hears(city, "A01")
    found = shown(city)
    assert (found.joined, len(found.parts), found.entered_ms) == (1, 1, city.task_of(0).opened_ms)


def test_a_restricted_person_is_named_and_stands_nowhere(city: City) -> None:
    hears(city, "A01", extra=("ZU8||||2",))
    (found,) = like(city, nhs_number="9993000019")
    assert (found.person.restricted, found.hospital) == (True, "")
    assert found.because == ("the same NHS number",)


def test_a_name_needs_its_birth_date(city: City) -> None:
    hears(city, "A01")
    assert like(city, family_name="Evans") == []
    (found,) = like(city, family_name="Evans", birth_date="1941-03-14")
    assert (found.hospital, found.because) == (
        "University Hospital, Coventry",
        ("the same name and date of birth",),
    )
    assert (found.task, found.by_hand) == ("", False)


def test_a_hospitals_own_number_is_asked_of_that_hospitals_feed_alone(city: City) -> None:
    parts = city.parts()
    assert [ref.authority for ref in local_refs(parts, "RKB01", "L100")] == ["RKB"]
    assert local_refs(parts, "RLT", "L100") == ()
    assert local_refs(parts, "RKB01", "") == ()
    assert {FILLED["site"], SENT["local_id"]} == {"RKB01", "L100"}
    assert city.rows(task) == []

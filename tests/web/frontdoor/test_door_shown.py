"""A front-door task opened for a page: what may be shown of what came in, and the acts in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from ascbridge.access import as_role
from ascbridge.events.facts.front_door import FrontDoorTask
from ascbridge.frontdoor import front_desk
from ascbridge.web.frontdoor.door_shown import DOOR_ACT_WORDS, SHOWN_AT_THE_DOOR, CameIn, came_in, door_shown
from ascbridge.web.people.people_shown import ERASED, PersonShown
from ascbridge.web.record.case_shown import TITLES
from ascbridge.web.visitors import Visitor
from tests.web.door import at_door, people_the_door

if TYPE_CHECKING:
    from tests.web.city import City

ANYBODY = PersonShown("EVANS, Mary")


def visitor(role: str) -> Visitor:
    found = as_role(role)
    assert found
    return Visitor("Sam Lee", found, "session", employer="council")


def test_every_act_has_words_and_every_section_a_title() -> None:
    assert set(DOOR_ACT_WORDS) == set(get_args(front_desk.ActName))
    assert set(SHOWN_AT_THE_DOOR) <= set(TITLES)


def test_of_a_restricted_person_neither_route_nor_reason_nor_team_is_shown(city: City) -> None:
    people_the_door(city)
    fact = FrontDoorTask.model_validate_json(at_door(city, "contact:CT-3").body)
    assert fact.route == "", "what is withheld is not in the event"
    fact = fact.model_copy(
        update={"route": "prison", "asked_for": "Lives at Canary Court"}
    )  # from before the restriction
    assert came_in(fact, ANYBODY).asked_for == "Lives at Canary Court"
    hidden = came_in(fact, replace(ANYBODY, restricted=True))
    assert hidden == CameIn(channel="phone", made_by="family", client="person")


@pytest.mark.parametrize("person", [replace(ANYBODY, masked=True), ERASED])
def test_what_the_council_wrote_is_only_for_those_who_see_names(person: PersonShown, city: City) -> None:
    people_the_door(city)
    fact = FrontDoorTask.model_validate_json(at_door(city, "contact:CT-1").body)
    assert came_in(fact, person).asked_for == ""
    assert came_in(fact, person).channel == "online-referral"


def test_what_there_is_not_is_none_and_what_there_is_has_its_reasons(city: City) -> None:
    people_the_door(city)
    now_ms = city.clock.at_ms
    parts, worker = city.parts(), visitor("front-door")
    assert city.bridge.read_now(lambda c: door_shown(c, parts, "t0", now_ms, worker)) is None
    task = at_door(city, "contact:CT-2").task_id
    shown = city.bridge.read_now(lambda c: door_shown(c, parts, task, now_ms, worker))
    assert shown is not None
    assert shown.person.name.startswith("EVANS, Mary")
    assert [(one["what"], one["kind"]) for one in shown.story.because] == [
        ("came in", "contact"), ("had support", "package"),
    ]  # fmt: skip
    assert [section.kind for section in shown.case.sections] == ["contact"]
    assert (shown.acts, shown.undoable) == ((), None)

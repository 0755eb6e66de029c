"""A name looked for on one's own team's list, and not beyond it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ascbridge.discharge.acts import desk
from ascbridge.discharge.acts.desk import Sitting
from ascbridge.operations.finding import audit_search
from ascbridge.people.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def find(someone: Someone, name: str) -> Any:
    return someone.fill("/worklist/find", "/worklist", name=name)


def names(page: str) -> list[str]:
    return re.findall(r'class="asc-name"><a[^>]*>([^<]+)</a>', page)


def test_a_name_on_the_teams_list_is_found_by_its_beginning(nurse: Someone) -> None:
    assert names(find(nurse, "okaf").text) == ["OKAFOR, Samuel (Mr)"]
    assert names(find(nurse, "mary evans").text) == ["EVANS, Mary Joy (Mrs)"]
    nobody = find(nurse, "nobody").text
    assert names(nobody) == []
    assert "Nobody on your list has that name" in nobody
    assert 'href="/people">Find somebody elsewhere' in nobody


def test_too_little_of_a_name_is_asked_for_again(nurse: Someone) -> None:
    answer = find(nurse, "e")
    assert answer.status_code == 422
    assert "Enter at least 2 letters" in answer.text


def test_another_teams_list_is_not_looked_through_but_ones_own_work_is(
    somebody: Callable[..., Someone], city: City
) -> None:
    locality = somebody("locality-team", "Ola Green")
    assert names(find(locality, "evans").text) == []
    evans = city.task_of(0)
    sitting = Sitting(city.desk, Actor("Ola Green", "locality-team", "work"), 0, city.clock.at_ms)
    city.bridge.write_now(lambda c: desk.claim(c, sitting, evans.task_id))
    assert names(find(locality, "evans").text) == ["EVANS, Mary Joy (Mrs)"]
    assert names(find(locality, "okafor").text) == []


def test_who_was_found_is_written_down_and_what_was_looked_for_is_not(nurse: Someone, city: City) -> None:
    evans = city.task_of(0)
    find(nurse, "evans")
    entries = city.bridge.read_now(audit_search.entries)
    (entry,) = [one for one in entries if one.what == "looked for on own list"]
    assert (entry.whom, entry.why, entry.result) == (evans.person_id, "direct care", "1 found")
    assert "evans" not in str(entry).casefold()


def test_an_erased_person_is_found_no_more_and_a_restricted_one_without_a_place(
    nurse: Someone, city: City
) -> None:
    hidden = find(nurse, "holloway").text
    assert "Location not shown: restricted" in hidden
    assert "W40" not in hidden
    city.erase(city.task_of(0).patient_key)
    assert names(find(nurse, "evans").text) == []


def test_who_sees_no_names_looks_for_none(somebody: Callable[..., Someone]) -> None:
    auditor = somebody("auditor")
    page = auditor.get("/worklist").text
    assert "Find on your list" not in page
    token = re.findall(r'name="form_token" value="([^"]+)"', page)[0]
    assert auditor.post("/worklist/find", data={"form_token": token, "name": "evans"}).status_code == 403

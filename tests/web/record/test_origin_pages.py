"""Any value of a record is a link to where it comes from, without a script; each look is written down."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from tests.web.conftest import Someone
from tests.web.record.test_care_shown import evans

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def nurse(somebody: Callable[..., Someone]) -> Someone:
    return somebody("discharge-team")


def test_every_value_that_is_a_link_leads_to_a_row_that_says_the_same(nurse: Someone, city: City) -> None:
    evans(city, carer={"id": "CR-1", "status": "assessed", "name": "Bert Evans", "emergency_plan": "yes"})
    person_id = city.task_of(0).person_id
    page = nurse.get(f"/people/{person_id}").text
    links = re.findall(r'<a class="asc-from" href="([^"#]+)#([^"]*)">([^<]+)</a>', page)
    assert len(links) >= 12
    pages = {path: nurse.get(path) for path, _, _ in links}
    for path, place, text in links:
        assert pages[path].status_code == 200, path
        assert not place or f'<tr id="{place}">' in unescape(pages[path].text), (path, place, text)
    entries = city.bridge.read_now(lambda c: audit_search.entries(c, whom=person_id))
    assert "where a record comes from read" in {one.what for one in entries}


def test_whom_nothing_connects_is_asked_first_and_nobody_is_not_found(app: FastAPI, city: City) -> None:
    stranger = Someone(app).sign_in("front-door", "Dee Duty")
    person_id = city.task_of(3).person_id
    asked = stranger.get(f"/people/{person_id}/from/who")
    assert asked.headers["location"].startswith(f"/people/{person_id}/open")
    nurse = Someone(app).sign_in("discharge-team")
    assert nurse.get("/people/nobody/from/who").status_code == 404
    assert nurse.get(f"/people/{person_id}/from/carer-0123").status_code == 404


def test_programs_ask_for_the_same(nurse: Someone, city: City) -> None:
    answer = nurse.get(f"/api/persons/{city.task_of(0).person_id}/from/who").json()
    (name,) = [one for one in answer["values"] if one["name"] == "Family name"]
    assert (name["said"], name["place"]) == ("EVANS", "person.family_name")  # the council spoke last
    assert answer["rules"] == ["patient/1"]

"""The page of the reader's people, and the same for programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ascbridge.operations.finding import audit_search
from tests.web.city import MINUTE
from tests.web.conftest import Someone
from tests.web.door import EVANS, HOLLOWAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def amina(somebody: Callable[..., Someone]) -> Someone:
    return somebody("locality-team", "Amina Yusuf")


def test_my_people_are_named_with_where_they_are_and_what_is_new(amina: Someone, city: City) -> None:
    page = amina.get("/my-people").text
    for said in ("EVANS, Mary", "In hospital", "You never looked", "1 in hospital now", ">You<"):
        assert said in page, said
    (path,) = re.findall(r'<a href="(/people/[^"/]+)">EVANS', page)
    assert amina.get(path).status_code == 200  # allocated: nothing is asked
    city.clock.at_ms += 60 * MINUTE
    city.council(*EVANS, "carer", carer={"id": "CR-1", "status": "identified", "name": "Bert Evans"})
    assert "1 change" in amina.get("/my-people").text
    (entry,) = [one for one in city.bridge.read_now(audit_search.entries) if one.what == "my people read"][:1]
    assert (entry.who, entry.result) == ("Amina Yusuf", "1 shown")


def test_where_a_restricted_person_is_stands_not_there(amina: Someone, city: City) -> None:
    city.clock.at_ms += MINUTE
    city.council(
        *HOLLOWAY, "worker", worker={"team": "Integrated Locality Team North", "name": "Amina Yusuf"}
    )
    page = amina.get("/my-people").text
    assert "Restricted" in page
    assert not [word for word in ("W40", "BAY 9", "BED 9", "INVENTED ROW", "CV99") if word in page]


def test_whom_nobody_is_allocated_to_is_told_so_and_a_masked_role_is_named_nobody(
    app: FastAPI, city: City, somebody: Callable[..., Someone]
) -> None:
    assert "nobody is allocated to you" in Someone(app).sign_in("discharge-team").get("/my-people").text
    assert "EVANS" not in somebody("auditor", "Amina Yusuf").get("/my-people").text


def test_programs_ask_for_the_same(amina: Someone, city: City) -> None:
    answer = amina.get("/api/my-people").json()
    (one,) = answer["people"]
    assert one["person"]["name"].startswith("EVANS")
    assert (one["how"], answer["total"], answer["in_hospital"]) == ("me", 1, 1)
    assert amina.get("/api/my-people?page=2").json()["people"] == []

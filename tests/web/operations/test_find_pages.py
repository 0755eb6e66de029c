"""Messages are found on the page and over the interface; whom somebody looks for is audited and in no address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City


@pytest.fixture
def engineer(somebody: Callable[..., Someone]) -> Someone:
    return somebody("it-operations", "Ola Green")


def test_the_only_message_of_an_id_is_shown_at_once_and_others_are_listed(engineer: Someone) -> None:
    assert engineer.get("/operations/find?q=T0009").headers["location"].startswith("/operations/messages/")
    page = engineer.get("/operations/find?trigger=A16").text
    assert "Messages found, newest first" in page
    assert page.count('href="/operations/messages/') == 8
    assert "Nothing here fits all of this" in engineer.get("/operations/find?q=T9999").text
    assert "Messages found" not in engineer.get("/operations/find").text


def test_whom_somebody_looks_for_is_written_down_and_stands_in_no_address(
    engineer: Someone, city: City
) -> None:
    answer = engineer.fill("/operations/find", nhs_number="999 300 0019", why="ticket 4711")
    where = urlsplit(answer.headers["location"])
    assert parse_qs(where.query) == {"person": [city.task_of().person_id]}
    page = engineer.get(answer.headers["location"]).text
    assert "About one person" in page
    assert page.count('href="/operations/messages/') > 3
    assert not [word for word in ("EVANS", "9993000019", "L100", "1941") if word in page.upper()]
    said = next(
        one for one in city.bridge.read_now(audit_search.entries) if one.what == "messages looked for"
    )
    assert (said.whom, said.why, said.result) == (city.task_of().person_id, "ticket 4711", "1 found")
    stay = engineer.fill("/operations/find", visit="V100", why="x").headers["location"]
    assert engineer.get(stay).text.count('href="/operations/messages/') > 1


@pytest.mark.parametrize(
    "said, error",
    [
        ({"nhs_number": "999 300 0019"}, "Say why you look"),
        ({"nhs_number": "999 300 0018", "why": "x"}, "This is not an NHS number"),
        ({"why": "x"}, "Enter an NHS number"),
        ({"local_id": "L999", "why": "x"}, "Nobody and nothing here goes by that"),
        ({"name": "evans", "born": "1941-03-14", "why": "x"}, "by those who may see them"),
    ],
)
def test_what_is_missing_is_said(said: dict[str, str], error: str, engineer: Someone) -> None:
    answer = engineer.fill("/operations/find", **said)
    assert (answer.status_code, error in answer.text) == (422, True)


def test_a_name_is_looked_for_by_who_may_see_names(somebody: Callable[..., Someone], city: City) -> None:
    governor = somebody("information-governance")
    answer = governor.fill("/operations/find", name="evans", born="1941-03-14", why="a complaint")
    assert answer.headers["location"] == f"/operations/find?person={city.task_of().person_id}"


def test_programs_find_the_same_page_by_page(app: FastAPI, city: City) -> None:
    text, slip = tokens.mint(city.keyring, "it-operations", "script")
    tokens.leave_slip(city.folder, slip)
    engineer = Someone(app, headers={"Authorization": f"Bearer {text}"})
    found = engineer.post("/api/operations/find", json={"trigger": "A16"}).json()
    assert len(found["messages"]) == 8
    assert (found["before"], found["back_to_ms"]) == ("", None)
    about = {"nhs_number": "9993000019", "why": "ticket", "trigger": "A16"}
    (one,) = engineer.post("/api/operations/find", json=about).json()["messages"]
    assert one in found["messages"]
    assert engineer.post("/api/operations/find", json={**about, "why": ""}).status_code == 422
    assert engineer.post("/api/operations/find", json={"state": "lost"}).status_code == 422
    assert engineer.post("/api/operations/find", json={"visit": "V999", "why": "x"}).json()["messages"] == []

"""Asking why somebody has no task: with a reason that is audited, and with no number in an address or an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations import tokens
from ascbridge.operations.finding import audit_search
from tests.operations.no_task_causes import NAMED, NUMBER, held
from tests.web.conftest import Someone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from tests.web.city import City

HERE = "/operations/no-task"


def asked(city: City) -> list[tuple[str, str, str]]:
    entries = city.bridge.read_now(audit_search.entries)
    return [(one.who, one.why, one.result) for one in entries if one.what == "asked why there is no task"]


def test_it_is_answered_on_the_page_and_audited(somebody: Callable[..., Someone], city: City) -> None:
    held(city)
    engineer = somebody("it-operations", "Ola Green")
    assert f'href="{HERE}"' in engineer.get("/operations").text
    page = engineer.fill(HERE, nhs_number=NUMBER, why="the ward rang").text
    assert "is held at translator and tried again: a fault of the profile" in page
    assert "What to do:" in page
    assert not [name for name in NAMED if name in page]
    assert asked(city) == [("Ola Green", "the ward rang", "0 found")]
    page = engineer.fill(HERE, nhs_number="999 300 0019", why="the ward rang").text
    assert "There is a task, and it is requested" in page
    assert "/tasks/" not in page, "who may not open it is led to nothing"


def test_without_a_number_or_a_reason_nothing_is_looked_for(
    somebody: Callable[..., Someone], city: City
) -> None:
    engineer = somebody("it-operations")
    for fields in ({"nhs_number": NUMBER}, {"why": "the ward rang"}, {"nhs_number": "123", "why": "x"}):
        assert engineer.fill(HERE, **fields).status_code == 422
    assert asked(city) == []


def test_who_may_not_look_at_operations_asks_nothing(somebody: Callable[..., Someone]) -> None:
    desk = somebody("discharge-team")
    assert desk.get(HERE).status_code == 403
    assert desk.fill(HERE, "/worklist", nhs_number=NUMBER, why="x").status_code == 403


def test_programs_ask_and_open_too(app: FastAPI, city: City) -> None:
    held(city)
    text, slip = tokens.mint(city.keyring, "it-operations", "script")
    tokens.leave_slip(city.folder, slip)
    script = Someone(app, headers={"Authorization": f"Bearer {text}"})
    found = script.post(f"/api{HERE}", json={"nhs_number": NUMBER, "why": "the ward rang"}).json()
    assert [one["cause"] for one in found["findings"]] == ["held"]
    assert script.post(f"/api{HERE}", json={"nhs_number": "1", "why": "the ward rang"}).status_code == 422
    opened = script.post(
        f"/api/operations/messages/{found['messages'][0]}/open", json={"why": "the ward rang"}
    )
    assert opened.json()["parts"]["MSH-9"] == "ADT^A08"
    assert not [name for name in NAMED if name in opened.text + str(found)]
    assert script.post("/api/operations/messages/none/open", json={"why": "the ward rang"}).status_code == 404

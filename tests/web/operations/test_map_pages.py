"""A code is mapped on the page and under /api: asked for, tried out, signed by a second person, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.mending import completing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

PAGE = "/operations/maps"
ROW = {"feed": "itk-v24", "name": "discharge_method", "sent": "ZQ", "meant": "1", "why": "the sender says so"}


def waits(city: City) -> bool:
    return any("ZQ" in one.codes for one in city.bridge.read_now(completing.not_mapped))


def test_a_code_is_mapped_by_two_people_and_what_waited_is_complete(
    somebody: Callable[..., Someone], city: City
) -> None:
    city.hear("A03", local_id="L77", visit="V77", nhs_number="", pv1={36: "ZQ", 37: "19"})
    assert waits(city)
    ola = somebody("it-operations", "Ola Green")
    assert PAGE in ola.get("/operations/not-mapped").text
    assert ola.fill(PAGE, PAGE, **ROW).headers["location"] == f"{PAGE}?done=asked"
    page = ola.get(PAGE).text
    assert "1 messages of 1 patients wait for this code" in page
    assert "second person must sign" in ola.fill(f"{PAGE}/itk-v24/1/sign", PAGE).text
    assert waits(city)
    nia = somebody("it-operations", "Nia Brown")
    assert nia.fill(f"{PAGE}/itk-v24/1/sign", PAGE).headers["location"] == f"{PAGE}?done=signed"
    assert not waits(city)
    nia.fill(f"{PAGE}/itk-v24/1/refuse", PAGE, why="the sender was wrong")
    assert waits(city)
    (one,) = nia.get("/api/operations/maps").json()
    assert (one["state"], one["decided_by"]) == ("taken back", "Nia Brown")


def test_what_cannot_be_asked_for_is_said(somebody: Callable[..., Someone]) -> None:
    ola = somebody("it-operations", "Ola Green")
    answer = ola.fill(PAGE, PAGE, **{**ROW, "meant": "blue"})
    assert answer.status_code == 422
    assert "Choose what it means" in answer.text


def test_an_auditor_looks_and_changes_nothing(somebody: Callable[..., Someone]) -> None:
    auditor = somebody("auditor")
    assert "Ask for a row" not in auditor.get(PAGE).text
    assert auditor.fill(PAGE, "/audit", **ROW).status_code == 403
    assert somebody("discharge-team").get(PAGE).status_code == 403

"""What a shadow found, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.shadow import found, shadows
from tests.web.operations.shadow_once import shadow_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

PAGE, API = "/operations/shadows", "/api/operations/shadows"


def test_programs_hear_the_same_and_stop_one(somebody: Callable[..., Someone], city: City) -> None:
    shadow_once(city)
    engineer = somebody("it-operations")
    (made,) = engineer.get(API).json()
    assert (made["name"], made["state"], made["done"]) == ("next", "built", 9)
    seen = engineer.get(f"{API}/next", params={"kind": "task"}).json()
    assert [one["what"] for one in seen["differences"]] == [city.task_of(0).task_id]
    assert sum(one["things"] for one in seen["counts"]) == found.PAGE + 1
    assert seen["after"] == 0
    assert engineer.get(f"{API}/next").json()["after"] == found.PAGE
    team = somebody("discharge-team")
    assert team.get(API).status_code == 403
    token = engineer.get("/operations").text
    assert token
    assert not shadows.asked_to_stop(city.folder / "shadow" / "next")

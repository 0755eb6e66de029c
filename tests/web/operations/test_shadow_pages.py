"""What a shadow found, as a page: by ids and codes, to those who look after the bridge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.storage.tables import audit
from tests.web.operations.shadow_once import shadow_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

PAGE, API = "/operations/shadows", "/api/operations/shadows"


def test_it_says_how_far_each_is_and_what_would_be_otherwise(
    somebody: Callable[..., Someone], city: City
) -> None:
    engineer = somebody("it-operations", "Ola Green")
    assert "There are none" in engineer.get(PAGE).text
    shadow_once(city)
    page = engineer.get(PAGE).text
    assert "Built" in page
    assert "9 of 9 messages" in page
    assert "feed profile itk-v24" in page
    page = engineer.get(f"{PAGE}/next").text
    for said in (
        "rule: a@1:x becomes b@2:y",
        "status: requested becomes cancelled",
        "Next page",
        "Left out: 1 tasks",
    ):
        assert said in page
    assert f"/tasks/{city.task_of(0).task_id}" not in page  # they may not see tasks
    page = engineer.get(f"{PAGE}/next", params={"person": "n9"}).text
    assert city.task_of(0).task_id not in page
    entry = city.rows(audit)[-1]
    assert (entry.what, entry.whom) == ("differences of a shadow looked at", "n9")
    assert engineer.get(f"{PAGE}/none").status_code == 404
    assert engineer.get(f"{PAGE}/..%2f..").status_code == 404

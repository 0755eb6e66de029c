"""A shadow of which nothing is known yet, and one that nobody builds any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ascbridge.operations.shadow import shadows
from ascbridge.operations.shadow.shadows import Plan, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.city import City
    from tests.web.conftest import Someone

PAGE, API = "/operations/shadows", "/api/operations/shadows"


def test_a_shadow_of_which_nothing_is_known_yet_says_so(somebody: Callable[..., Someone], city: City) -> None:
    plan = Plan("early", "1.0", "ola", city.clock.at_ms)
    folder = shadows.begin(city.folder, plan, {})
    engineer = somebody("it-operations")
    assert "Not begun" in engineer.get(PAGE).text
    assert "Nothing was compared yet" in engineer.get(f"{PAGE}/early").text
    shadows.note(folder, Progress("building", 1, 9, 3, 2, 5.0, 1, 2))
    assert engineer.get(f"{API}").json()[0]["state"] == "nobody builds it"
